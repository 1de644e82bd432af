"""Mistakes with forms: the body as a field of one, its fields written as one, or decoded as a URL is."""

import json
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus, urlencode

from devhook.signature_doctor.body_mistake import OVER_WHAT_IS_SENT, RAW, BodyMistake
from devhook.signature_doctor.case import Case
from devhook.signature_doctor.mistake import Mistake
from devhook.webhook.document import Document

_FORM_FIELDS: Final = ("payload", "data", "body", "json")
_FORM: Final = re.compile(rb"[A-Za-z0-9%+._~*'()!&=-]+")
_MOST_FIELDS: Final = 64
# Bytes. Percent-encoding takes twenty times as long as hashing, and writing every value as a field longer.
_LARGEST: Final = 2**20
_LARGEST_PARSED: Final = 256 * 2**10


def as_text(value: Document) -> str:
    """Return a value as text: a string as it is, all else as JSON."""
    return value if type(value) is str else json.dumps(value, separators=(",", ":"), default=float)


def _fields(case: Case) -> Iterator[bytes]:
    """Yield the body as the value, or the name, of a form's only field."""
    try:
        text = case.body.decode()
    except UnicodeDecodeError:
        return
    if _FORM.fullmatch(case.body):
        return
    for encoded in (quote_plus(text), quote(text, safe="!~*'()"), quote(text, safe="")):
        yield encoded.encode()
        yield encoded.encode() + b"="
        for field in _FORM_FIELDS:
            yield f"{field}={encoded}".encode()


def _form(case: Case) -> Iterator[bytes]:
    """Yield the parsed body's fields as a form: as they are, nested in brackets, sorted, not encoded."""
    document = case.document
    if type(document) is not dict:
        return
    flat = [(key, as_text(value)) for key, value in document.items()]
    nested = _bracketed(document)
    words = _bracketed(document, words=("", "true", "false"))
    yield urlencode(document, errors="replace").encode()
    yield urlencode(document, errors="replace", doseq=True).encode()
    yield urlencode([(key, _as_string(value)) for key, value in document.items()], errors="replace").encode()
    yield urlencode(_querystring(document), errors="replace", quote_via=quote).replace("%7E", "~").encode()
    for pairs in (nested, words, flat):
        for chosen in (pairs, sorted(pairs)):
            yield urlencode(chosen, errors="replace").encode()
            yield urlencode(chosen, errors="replace", quote_via=quote, safe="").encode()
            plain = [f"{key}={value}" for key, value in chosen]
            for between in ("&", "", "\n"):
                yield between.join(plain).encode("utf-8", "replace")


def _as_string(value: Document) -> str:
    """As JavaScript's String(), which URLSearchParams applies."""
    if type(value) is dict:
        return "[object Object]"
    if type(value) is list:
        return ",".join("" if item is None else _as_string(item) for item in value)
    return as_text(value)


def _querystring(document: dict[str, Document]) -> list[tuple[str, str]]:
    """As Node's querystring.stringify: a list repeats its key, and an object or null is empty."""
    pairs: list[tuple[str, str]] = []
    for key, value in document.items():
        items = value if type(value) is list else [value]
        pairs += [
            (key, "" if item is None or type(item) in {dict, list} else as_text(item)) for item in items
        ]
    return pairs


def _bracketed(
    value: Document, name: str = "", words: tuple[str | None, str, str] = (None, "1", "0")
) -> list[tuple[str, str]]:
    """Return form fields as PHP and Rails write them: `lines[0][id]`.

    `words` are those for null, true and false. In PHP null is omitted; the library qs writes them out.
    """
    if value is None:
        return [] if words[0] is None else [(name, words[0])]
    if type(value) is bool:
        return [(name, words[1] if value else words[2])]
    if type(value) is dict or type(value) is list:
        items = value.items() if type(value) is dict else enumerate(value)
        return [
            field
            for key, item in items
            for field in _bracketed(item, f"{name}[{key}]" if name else str(key), words)
        ]
    return [(name, str(value))]


def _values(case: Case) -> Iterator[bytes]:
    """Yield the values alone, joined: as PHP's implode() and JavaScript's join() write them."""
    document = case.document
    if type(document) is not dict:
        return
    by_php = ["Array" if type(item) in {dict, list} else _php_text(item) for item in document.values()]
    by_javascript = ["" if item is None else _as_string(item) for item in document.values()]
    for values in (by_php, by_javascript):
        for between in ("", "|", ",", "&", ":", "."):
            yield between.join(values).encode("utf-8", "replace")


def _php_text(value: Document) -> str:
    if value is None or value is False:
        return ""
    return "1" if value is True else str(value)


def _out_of_a_form(case: Case) -> Iterator[bytes]:
    """Yield the JSON inside a form: a field's value or, by a body parser's mistake, its name."""
    if not _FORM.fullmatch(case.body):
        return
    text = case.body.decode("ascii")
    yield unquote_plus(text).encode()
    yield unquote_plus(text).removesuffix("=").encode()
    try:
        fields = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return
    for name, value in fields:
        yield value.encode()
        yield name.encode()


def _url_decoded(case: Case) -> Iterator[bytes]:
    for decoded in (unquote_plus(case.text), unquote(case.text), case.text.replace("+", " ")):
        yield decoded.encode()


FORMS: Final = (
    BodyMistake(
        "forms",
        Mistake(
            name="form-encoded",
            what="It is the signature of the body as a form; this body is not a form.",
            comes_from="The signing side used the fields of a form, or a query string, as the body.",
            fix=OVER_WHAT_IS_SENT,
        ),
        _fields,
        _LARGEST,
    ),
    BodyMistake(
        "forms",
        Mistake(
            name="form-encoded",
            what="It is the signature of the parsed body's fields, written as a form (key=value).",
            comes_from="The rule for Shopify's query strings (OAuth, app proxies) was applied to a webhook,"
            " or a library sent the object as a form.",
            fix=RAW,
        ),
        _form,
        _LARGEST_PARSED,
    ),
    BodyMistake(
        "forms",
        Mistake(
            name="values-joined",
            what="It is the signature of the parsed body's values, joined without their names.",
            comes_from="Some services sign a list of fields: implode('|', $data). Shopify signs the body.",
            fix=RAW,
        ),
        _values,
        _LARGEST_PARSED,
    ),
    BodyMistake(
        "forms",
        Mistake(
            name="form-encoded",
            what="It is the signature of the JSON alone; this body has it wrapped in a form.",
            comes_from="curl -d and requests' data= send application/x-www-form-urlencoded unless told"
            " otherwise.",
            fix="Send the JSON as the body itself, as application/json.",
        ),
        _out_of_a_form,
        _LARGEST,
    ),
    BodyMistake(
        "forms",
        Mistake(
            name="url-decoded",
            what="It is the signature of the body with + and %XX decoded as in a URL.",
            comes_from="A form parser or urldecode() was applied to JSON.",
            fix=RAW,
        ),
        _url_decoded,
        _LARGEST,
    ),
)
