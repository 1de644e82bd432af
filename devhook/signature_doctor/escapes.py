"""Mistakes in which escapes were added to the body's text, or taken from it, without parsing it."""

import html
import re
from collections.abc import Callable, Iterator, Sequence
from html.entities import codepoint2name
from typing import Final

from devhook.signature_doctor.body_mistake import RAW, BodyMistake
from devhook.signature_doctor.case import Case
from devhook.signature_doctor.mistake import Mistake

_UNSLASHED: Final = re.compile(r"\\(.?)", re.DOTALL)
_UNICODE: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_NUMBERED: Final = re.compile("[\u00a0-\u00ff\U00010000-\U0010ffff]")
_JAVASCRIPT: Final = (
    *(("\\", "\\\\"), ("<", "\\u003C"), (">", "\\u003E"), ("&", "\\u0026"), ("=", "\\u003D")),
    *(("'", "\\'"), ('"', '\\"')),
)
_SMART: Final = (("\u2018", "'"), ("\u2019", "'"), ("\u201c", '"'), ("\u201d", '"'), ("\u2013", "-"))


def _replaced(text: str, pairs: Sequence[tuple[str, str]]) -> str:
    """Replace one after the other: ten times as fast as a regular expression, which would hold the screen."""
    for character, escape in pairs:
        text = text.replace(character, escape)
    return text


def _texts(*change: Callable[[str], str]) -> Callable[[Case], Iterator[bytes]]:
    def bodies(case: Case) -> Iterator[bytes]:
        for changed in change:
            text = changed(case.text)
            if text != case.text:
                yield text.encode("utf-8", "backslashreplace")

    return bodies


def _html(*, double: str, single: str) -> Callable[[str], str]:
    """Return an escaper of HTML, with its way to write quotation marks."""

    def escape(text: str) -> str:
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return escaped.replace('"', double).replace("'", single)

    return escape


def _of_validator(text: str) -> str:
    """As express-validator's escape()."""
    escaped = _html(double="&quot;", single="&#x27;")(text)
    return _replaced(escaped, (("/", "&#x2F;"), ("\\", "&#x5C;"), ("`", "&#96;")))


def _named_entities(single: str) -> Callable[[str], str]:
    """As PHP's htmlentities() and Java's escapeHtml4(): letters by their names in HTML 4."""
    basic = _html(double="&quot;", single=single)
    return lambda text: _BEYOND_ASCII.sub(
        lambda found: f"&{codepoint2name[ord(found[0])]};" if ord(found[0]) in codepoint2name else found[0],
        basic(text),
    )


def _of_dotnet(text: str) -> str:
    """As .NET's HtmlEncode(): the rest of Latin-1, and what lies beyond 16 bits, by their numbers."""
    return _NUMBERED.sub(lambda found: f"&#{ord(found[0])};", _html(double="&quot;", single="&#39;")(text))


def _addslashes(text: str) -> str:
    return _replaced(text, (("\\", "\\\\"), ('"', '\\"'), ("'", "\\'"), ("\x00", "\\0")))


def _stripslashes(text: str) -> str:
    return _UNSLASHED.sub(lambda found: "\x00" if found[1] == "0" else found[1], text)


def _as_units(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _without_unicode_escapes(text: str) -> str:
    return (
        _UNICODE.sub(lambda found: chr(int(found[1], 16)), text)
        .encode("utf-16", "surrogatepass")
        .decode("utf-16", "replace")
    )


def _escape_once(text: str) -> str:
    return text.replace("/", "\\/", 1).replace("&", "\\u0026", 1)


# Bytes. Replacing in a larger text takes as long as all the rest.
_LARGEST: Final = 2 * 2**20
_GROUP: Final = "escapes added to the text or taken from it"
_SLASHES_FIX: Final = "Keep the body as it came; Shopify escapes / as \\/, which is part of what it signs."
ESCAPES: Final = (
    BodyMistake(
        _GROUP,
        Mistake(
            name="html-escaped",
            what="It is the signature of the body with HTML's escapes: &quot; and &amp;.",
            comes_from="htmlspecialchars(), html.escape() or a sanitiser was applied to the body.",
            fix=RAW,
        ),
        _texts(
            _html(double="&quot;", single="&#039;"),
            _html(double="&quot;", single="&#x27;"),
            _html(double="&quot;", single="&#39;"),
            _html(double="&#34;", single="&#39;"),
            _html(double="&quot;", single="&apos;"),
            _html(double="&quot;", single="'"),
            _html(double='"', single="'"),
            _of_validator,
            _named_entities("&#039;"),
            _named_entities("'"),
            _of_dotnet,
            lambda text: text.replace("<", "&lt;").replace(">", "&gt;"),
            lambda text: text.replace("&", "&amp;"),
        ),
        _LARGEST,
    ),
    BodyMistake(
        _GROUP,
        Mistake(
            name="html-unescaped",
            what="It is the signature of the body with HTML's escapes (&amp;, &quot;) undone.",
            comes_from="html_entity_decode() or html.unescape() was applied to one side only.",
            fix=RAW,
        ),
        _texts(html.unescape),
        _LARGEST,
    ),
    BodyMistake(
        _GROUP,
        Mistake(
            name="slashes-added",
            what="It is the signature of the body with a backslash before each quotation mark.",
            comes_from="PHP's addslashes(), as WordPress (wp_magic_quotes) applies it to a request.",
            fix="Sign file_get_contents('php://input'), or undo it: wp_unslash().",
        ),
        _texts(_addslashes, lambda text: text.replace('"', '\\"')),
        _LARGEST,
    ),
    BodyMistake(
        _GROUP,
        Mistake(
            name="slashes-stripped",
            what="It is the signature of the body without its backslashes.",
            comes_from="stripslashes() or wp_unslash() was applied to JSON, which needs its backslashes.",
            fix="Sign file_get_contents('php://input') as it is.",
        ),
        _texts(_stripslashes, lambda text: text.replace("\\", "")),
        _LARGEST,
    ),
    BodyMistake(
        _GROUP,
        Mistake(
            name="slash-escapes",
            what="It is the signature of the body with \\/ written as /.",
            comes_from="The \\/ was taken for damage and replaced, or the body stood in a string literal.",
            fix=_SLASHES_FIX,
        ),
        _texts(lambda text: text.replace("\\/", "/")),
        _LARGEST,
    ),
    BodyMistake(
        _GROUP,
        Mistake(
            name="slash-escapes",
            what="It is the signature of the body with / written as \\/ a second time.",
            comes_from="The escapes of another JSON writer were added by hand to a body that has them.",
            fix=_SLASHES_FIX,
        ),
        _texts(
            lambda text: text.replace("/", "\\/"),
            lambda text: text.replace("/", "\\/").replace("&", "\\u0026"),
            _escape_once,
        ),
        _LARGEST,
    ),
    BodyMistake(
        _GROUP,
        Mistake(
            name="unicode-escapes",
            what="It is the signature of the body with letters beyond ASCII as \\uXXXX, or with \\uXXXX as"
            " letters.",
            comes_from="Meta signs that form of a payload, and code for it was copied; or unescape() ran.",
            fix=RAW,
        ),
        _texts(
            lambda text: _BEYOND_ASCII.sub(_as_units, text),
            lambda text: _BEYOND_ASCII.sub(_as_units, text).replace("/", "\\/"),
            _without_unicode_escapes,
        ),
        _LARGEST,
    ),
    BodyMistake(
        _GROUP,
        Mistake(
            name="javascript-escaped",
            what="It is the signature of the body escaped for a JavaScript string.",
            comes_from="A template (js, escapejs, $util.escapeJavaScript) wrote the body into a mapping.",
            fix="Pass the body through without a filter; API Gateway: $input.body, or a proxy integration.",
        ),
        _texts(
            lambda text: _replaced(text, _JAVASCRIPT),
            lambda text: (
                text.replace("\\", "\\\\").replace('"', '\\"').replace("'", "\\'").replace("/", "\\/")
            ),
        ),
        _LARGEST,
    ),
    BodyMistake(
        _GROUP,
        Mistake(
            name="plain-punctuation",
            what="It is the signature of the text with typographic quotation marks and dashes made plain.",
            comes_from="An editor or a sanitiser replaced them.",
            fix=RAW,
        ),
        _texts(lambda text: _replaced(text, _SMART)),
        _LARGEST,
    ),
)
