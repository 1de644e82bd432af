"""Reads what a person pastes: without a terminal's frame, as JSON and the text between, with what it names.

The text is an answer, a page, or lines of a log. Development servers print in boxes
(https://github.com/Shopify/cli/issues/4275) and behind columns (`15:28:15 │ remix │ …`), and terminals break
long lines in the middle of a word.
"""

import html
import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from devhook.shop.refusal import RequestContext
from devhook.shop.refusals import with_field
from devhook.webhook.topics import Topic, topics

_ESCAPES: Final = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]"
)
_BARS: Final = "│┃║▏▕▌▐┆┊|"
_FRAME: Final = " \t─━═╌┄╭╮╰╯┌┐└┘├┤┬┴┼╔╗╚╝+=-"
_TITLES: Final = frozenset({"", "error", "warning", "info", "success"})
# At the start of a line: a time with the name of a process and a bar (`15:28:15 web.1 |`), the bars of a box,
# or the marks of a quotation.
_LEAD: Final = re.compile(
    rf"\s*(?:[\dT:.,+Z-]{{5,30}}(?: [\dT:.,+Z-]{{5,30}})?\s*(?:[{_BARS}]\s*)?(?:[\w./-]{{1,30}}\s*)?"
    rf"[{_BARS}] ?|[{_BARS}]+ ?|(?:> ?)+)"
)
_TRAIL: Final = re.compile(rf"\s*[{_BARS}]+\s*\Z")

# The list of allowed topics does not contain the requested topic.
_ALLOWED: Final = re.compile(r"(?:Topics allowed:|Allowed values:|to be one of:?)[^\]}]*")
_TOPIC: Final = re.compile(r"\b[a-z][a-z_]+[/.][a-z_]+\b|\b[A-Z]+(?:_[A-Z]+)+\b")
_SHOP: Final = re.compile(
    r"(?<![\w.-])([a-z0-9][a-z0-9-]*)\.myshopify\.com\b|admin\.shopify\.com/store/([a-z0-9][a-z0-9-]*)",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(
    r"""\b(?:address|callback_?url|uri)\b["']?\s*(?:=>|:|=)\s*["']([^"'\s]{1,2000})["']""", re.IGNORECASE
)
# A key before a sentence of an error, in what is not JSON: `field: [ 'x' ], message: 'Address is invalid'`.
_ERROR: Final = re.compile(
    r"""\bfield\b["'\]]{0,3}\s*(?::|=>).{0,200}?\bmessage["'\]]{0,3}\s*(?::|=>)\s*(?:string\(\d+\)\s*)?"""
    r"""(["'])(.{1,2000}?)\1"""
    r"""|\b(?:errors|error_description)["']?\s*(?::|=>)\s*(["'])(.{1,2000}?)\3""",
    re.DOTALL,
)
_ERROR_KEYS: Final = frozenset({"errors", "userErrors", "user_errors", "error", "error_description"})
# Characters of a line, to each side of an error, in which the names belong to it.
_NEAR: Final = 500
_TAG: Final = re.compile(r"<[!/a-zA-Z][^<>]{0,1000}>")
_LINE_END: Final = re.compile(r"[ \t]*\r?\n[ \t]*")


class Block(NamedTuple):
    """A part of the text that belongs together: a JSON document, or the text between two.

    `text`: with one string of the document on each line.
    `errors`: the sentences that stand where errors do.
    """

    text: str
    errors: tuple[str, ...]

    def around(self, start: int, end: int) -> str:
        """Return the lines of the text that contain these characters; of long lines the nearest part."""
        before, after = self.text[max(0, start - _NEAR) : start], self.text[end : end + _NEAR]
        return before.rpartition("\n")[2] + self.text[start:end] + after.partition("\n")[0]


def unbroken(text: str) -> str:
    """Return the text without line ends, which may be in the middle of a word."""
    return _LINE_END.sub("", text)


def unframed(text: str) -> str:
    """Return the text without escape sequences, boxes and columns, and with PHP's escaped slashes as `/`."""
    lines = _ESCAPES.sub("", text).replace("\\/", "/").splitlines()
    return "\n".join(_without_bars(line) for line in lines)


def _without_bars(line: str) -> str:
    if line.strip(_FRAME).lower() in _TITLES:
        return ""
    lead = _LEAD.match(line)
    inner = line[lead.end() :] if lead else line
    return (_TRAIL.sub("", inner) if lead else inner).rstrip()


def blocks(text: str) -> Iterator[Block]:
    """Yield the JSON documents in the text, and what is between them."""
    # Terminals break lines inside of strings, where JSON allows no line ends.
    decoder = json.JSONDecoder(strict=False)
    end, place = 0, text.find("{")
    while place != -1:
        try:
            document, after = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            document, after = None, place + 1
        if not document:
            place = text.find("{", after)
            continue
        yield from _between(text[end:place])
        found = list(_strings(document, is_error=False))
        yield Block("\n".join(each for each, _ in found), tuple(each for each, is_error in found if is_error))
        end, place = after, text.find("{", after)
    yield from _between(text[end:])


def without_tags(text: str) -> str:
    """Return the text of a page of HTML, with a line for each element; any other text as it is."""
    return html.unescape(_TAG.sub("\n", text)) if "</" in text else text


def _between(text: str) -> Iterator[Block]:
    if text.strip():
        yield Block(text, tuple(found[2] or found[4] for found in _ERROR.finditer(text)))


def _strings(document: Any, *, is_error: bool) -> Iterator[tuple[str, bool]]:
    """Yield every string in a document, and whether it is the sentence of an error.

    A string that contains a document, as in logs, is read too.
    """
    match document:
        case str() if "{" in document:
            for block in blocks(document):
                yield block.text, False
                yield from ((error, True) for error in block.errors)
        case str():
            yield _LINE_END.sub("\n", document), is_error
        case list():
            for item in document:
                yield from _strings(item, is_error=is_error)
        case dict():
            yield from _strings_of_object(document, is_error=is_error)
        case _:
            return


def _strings_of_object(document: dict[str, Any], *, is_error: bool) -> Iterator[tuple[str, bool]]:
    for key, value in document.items():
        inside = is_error and ("message" not in document or key == "message")
        # A sentence of REST begins with the name of its field: {"address": ["can't be blank"]}.
        is_field = isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)
        for string, of_error in _strings(value, is_error=inside or key in _ERROR_KEYS):
            yield (with_field(key, string) if is_field else string), of_error


def named_in(text: str) -> RequestContext:
    """Return the shop, the topic and the address that the text names; of each only if it is exactly one."""
    words = set(_TOPIC.findall(_ALLOWED.sub("", text)))
    shops = {f"{(first or second).lower()}.myshopify.com" for first, second in _SHOP.findall(text)}
    uris = set(_ADDRESS.findall(text))
    return RequestContext(
        shop=shops.pop() if len(shops) == 1 else "",
        topic=_only([each for each in topics() if words & {each.name, each.enum}]),
        uri=uris.pop() if len(uris) == 1 else "",
    )


def _only(found: list[Topic]) -> Topic | None:
    return found[0] if len(found) == 1 else None
