"""Mistakes in which the parsed body was changed before it was written again: trimmed, emptied, renamed."""

import html
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from devhook.signature_doctor.body_mistake import RAW, BodyMistake
from devhook.signature_doctor.case import Case
from devhook.signature_doctor.mistake import Mistake
from devhook.signature_doctor.writer import Writer
from devhook.signature_doctor.writers import (
    OF_ANY,
    OF_COMPILED,
    OF_GO,
    OF_JAVASCRIPT,
    OF_PHP,
    OF_RUBY,
    rewritten,
)
from devhook.webhook.document import Document

_GROUP: Final = "changes of the parsed body before it was written again"
# Bytes. Changing and writing a larger body in all these ways takes seconds.
_LARGEST: Final = 192 * 2**10
# Of a large body the commonest writers alone are tried.
_SHARE: Final = 8
_TRIMMED: Final = " \t\n\r\0\x0b"
_UNICODE_SPACE: Final = (
    "[\t-\r \x85\xa0\u1680\u180e\u2000-\u200b\u200e\u2028\u2029\u202f\u205f\u3000\ufeff\0]+"
)
_TRIMMED_UNICODE: Final = re.compile(f"^{_UNICODE_SPACE}|{_UNICODE_SPACE}$")
_NUMERIC: Final = re.compile(r"\s*([+-]?(?:\d+(\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*", re.ASCII)
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", re.ASCII)
_WORD: Final = re.compile(r"_+([a-zA-Z0-9])")
_INT64: Final = 2**63

_Change = Callable[[Document], Document]


def _each(value: Document, change: _Change) -> Document:
    """Return the document with every value in it changed, from the inside out."""
    if type(value) is dict:
        value = {key: _each(value[key], change) for key in value}
    elif type(value) is list:
        value = [_each(item, change) for item in value]
    return change(value)


def _everywhere(change: _Change) -> _Change:
    return lambda document: _each(document, change)


def _of_strings(change: Callable[[str], Document]) -> _Change:
    return _everywhere(lambda value: change(value) if type(value) is str else value)


def _null_if_empty(text: str) -> str | None:
    return text or None


def _without(*unwanted: Document) -> _Change:
    """Take out the values that equal one of these; of objects only, as serialisers do."""

    def taken_out(value: Document) -> Document:
        if type(value) is dict:
            return {key: item for key, item in value.items() if not _is_any(item, unwanted)}
        return value

    return _everywhere(taken_out)


def _is_any(value: Document, unwanted: Sequence[Document]) -> bool:
    return any(type(value) is type(each) and value == each for each in unwanted)


def _numeric(text: str) -> Document:
    """As JSON_NUMERIC_CHECK: a string that PHP takes for a number becomes one."""
    found = _NUMERIC.fullmatch(text)
    if found is None:
        return text
    number = Decimal(found[1])
    whole = "." not in found[1] and "e" not in found[1].lower()
    return int(number) if whole and -_INT64 <= number < _INT64 else number


def _words(value: Document) -> Document:
    """As forms and Rails' test parameters hold a value: as text."""
    if value is None:
        return ""
    if type(value) is bool:
        return "true" if value else "false"
    return str(value) if type(value) in {int, Decimal} else value


def _indexed(value: Document) -> Document:
    return {str(index): item for index, item in enumerate(value)} if type(value) is list else value


def _in_utc(form: str) -> Callable[[str], str]:
    """Return a change of each time with an offset into the same moment in UTC, written in `form`."""

    def changed(text: str) -> str:
        if not _TIME.fullmatch(text):
            return text
        try:
            return datetime.fromisoformat(text).astimezone(UTC).strftime(form)
        except (ValueError, OverflowError):
            return text

    return changed


def _nil_if_empty(value: Document) -> Document:
    return None if value == [] and type(value) is list else value


def _renamed(rename: Callable[[str], str]) -> _Change:
    return _everywhere(
        lambda value: {rename(key): value[key] for key in value} if type(value) is dict else value
    )


def _camel(key: str) -> str:
    return _WORD.sub(lambda found: found[1].upper(), key)


def _pascal(key: str) -> str:
    return _camel(key)[:1].upper() + _camel(key)[1:]


def _only_the_top_levels_keys(document: Document) -> Document:
    if type(document) is not dict:
        return document
    return _renamed_to(document, sorted(document))


def _renamed_to(value: Document, keys: Sequence[str]) -> Document:
    if type(value) is dict:
        return {key: _renamed_to(value[key], keys) for key in keys if key in value}
    return [_renamed_to(item, keys) for item in value] if type(value) is list else value


def _written_after(
    changes: Sequence[_Change], writers: Sequence[Writer]
) -> Callable[[Case], Iterator[bytes]]:
    def bodies(case: Case) -> Iterator[bytes]:
        chosen = writers[: case.ways // _SHARE]
        if case.document is None or not chosen:
            return
        for change in changes:
            for _, body in rewritten(change(case.document), chosen):
                yield body

    return bodies


def _mistake(
    name: str, what: str, comes_from: str, changes: Sequence[_Change], writers: Sequence[Writer]
) -> BodyMistake:
    told = Mistake(name=name, what=f"It is the signature of the JSON {what}.", comes_from=comes_from, fix=RAW)
    return BodyMistake(_GROUP, told, _written_after(changes, writers), _LARGEST)


CHANGED_DOCUMENTS: Final = (
    _mistake(
        "laravel-trimmed",
        "as Laravel hands it over, written again by PHP: strings trimmed, empty ones null",
        "The middlewares TrimStrings and ConvertEmptyStringsToNull change what $request->all() returns.",
        [
            _of_strings(lambda text: _null_if_empty(text.strip(_TRIMMED))),
            _of_strings(lambda text: _null_if_empty(_TRIMMED_UNICODE.sub("", text))),
            _of_strings(_null_if_empty),
        ],
        OF_PHP,
    ),
    _mistake(
        "strings-trimmed",
        "with every string trimmed, and written again",
        "A middleware or a schema (trim: true) strips white space from what it parses.",
        [_of_strings(str.strip), _of_strings(lambda text: text.strip(_TRIMMED))],
        OF_ANY + OF_PHP[1:],
    ),
    _mistake(
        "strings-emptied",
        "with empty strings as null, and written again",
        "A mapper or a middleware makes no difference between an empty string and none.",
        [_of_strings(_null_if_empty), _of_strings(lambda text: _null_if_empty(text.strip()))],
        OF_ANY,
    ),
    _mistake(
        "nulls-omitted",
        "without its null fields, as serialisers of objects write it",
        "JsonInclude.NON_NULL, WhenWritingNull or a schema takes the fields out that are null.",
        [_without(None)],
        OF_ANY,
    ),
    _mistake(
        "empty-fields-omitted",
        "without its empty fields, as omitempty writes it",
        "Go's omitempty, NON_EMPTY or a clean-up takes the fields out that are null, empty, 0 or false.",
        [_without(None, "", [], {}, 0, Decimal(0), False), _without(None, "", [], {}), _without(None, "")],
        OF_GO + OF_ANY,
    ),
    _mistake(
        "empty-lists-nil",
        "with empty lists as null, as older Rails hands it over",
        "Rails' deep_munge made nil of [] in params until version 5.",
        [_everywhere(_nil_if_empty)],
        OF_RUBY,
    ),
    _mistake(
        "numbers-as-text",
        "with every number and true and false as text",
        "Parameters of a form, a test or a query string hold text alone.",
        [_everywhere(_words)],
        OF_ANY,
    ),
    _mistake(
        "numeric-check",
        "with numbers for the strings that look like numbers",
        'json_encode\'s JSON_NUMERIC_CHECK makes 80.1 of "80.10".',
        [_of_strings(_numeric)],
        OF_PHP,
    ),
    _mistake(
        "force-object",
        "with lists as objects, whose keys are 0, 1, 2",
        "json_encode's JSON_FORCE_OBJECT, or a PHP array with gaps in its keys.",
        [_everywhere(_indexed)],
        OF_PHP,
    ),
    _mistake(
        "html-in-strings",
        "with HTML's escapes in its strings, and written again",
        "xss-clean, a sanitiser or strip_tags() goes over the parsed body.",
        [
            _of_strings(lambda text: html.escape(text, quote=False)),
            _of_strings(lambda text: html.escape(text).replace("&#x27;", "&#039;")),
            _of_strings(html.escape),
            _of_strings(lambda text: text.replace("<", "&lt;").replace(">", "&gt;")),
            _of_strings(lambda text: text.replace("<", "&lt;")),
        ],
        OF_JAVASCRIPT + OF_PHP[:4],
    ),
    _mistake(
        "keys-renamed",
        "with its keys in camelCase or PascalCase",
        "A mapper between snake_case and the language's names (humps, Jackson, .NET) ran before.",
        [_renamed(_camel), _renamed(_pascal)],
        OF_COMPILED,
    ),
    _mistake(
        "times-in-utc",
        "with its times moved to UTC",
        "Newtonsoft.Json parses what looks like a time (DateParseHandling), as do revivers and mappers.",
        [
            _of_strings(_in_utc("%Y-%m-%dT%H:%M:%S+00:00")),
            _of_strings(_in_utc("%Y-%m-%dT%H:%M:%SZ")),
            _of_strings(_in_utc("%Y-%m-%dT%H:%M:%S.000Z")),
        ],
        OF_COMPILED + OF_ANY[1:3],
    ),
    _mistake(
        "keys-filtered",
        "with those keys alone that the top level has",
        "JSON.stringify(body, Object.keys(body).sort()) takes the list for a filter at every level.",
        [_only_the_top_levels_keys],
        OF_JAVASCRIPT,
    ),
)
