"""Mistakes around and between the values: line ends, white space, byte order marks, lost characters."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from devhook.signature_doctor.body_mistake import (
    BYTES,
    OVER_WHAT_IS_SENT,
    RAW,
    BodyMistake,
    Guess,
    VariedMistake,
)
from devhook.signature_doctor.case import Case
from devhook.signature_doctor.mistake import Mistake

_GROUP: Final = "line ends, white space and byte order marks"
_CHARACTERS: Final = "characters that look alike or are lost"
_BOM: Final = b"\xef\xbb\xbf"
_CURL: Final = "Send the file with curl --data-binary @file, which changes nothing."
_BINARY: Final = "Open the file in binary mode, and have git leave it alone (-text in .gitattributes)."
# An unfinished string ends with the body, so that each byte is looked at once.
_BETWEEN: Final = re.compile(rb'("(?:[^"\\]++|\\.)*+"?)|\s+', re.DOTALL)
_WHITE: Final = re.compile(rb"\s+")
_BEYOND: Final = re.compile("[\U00010000-\U0010ffff]")
_CONTROLS: Final = re.compile("[\u0000-\u001f\u007f\u200b-\u200f\ufeff]")

NEWLINE_ADDED: Final = Mistake(
    name="newline-added",
    what="It is the signature of the body without the line end or white space around it.",
    comes_from="An editor, echo or a heredoc puts a line end after what was signed.",
    fix="Write the body with printf, or save it without a line end at its end.",
)
NEWLINE_CUT: Final = Mistake(
    name="newline-cut",
    what="It is the signature of the body with a line end after it.",
    comes_from="$(…) in a shell, strip() or curl -d takes the last line end away after it was signed.",
    fix=_CURL,
)
_UNIX: Final = Mistake(
    name="line-ends",
    what="It is the signature of the body with CR LF; this one has line feeds (LF).",
    comes_from="It was signed on Windows or from a text-mode file, and its line ends were changed later.",
    fix=_BINARY,
)


def _without_end(case: Case) -> Iterator[bytes]:
    for end in (b"\n", b"\r\n"):
        if case.body.endswith(end):
            yield case.body.removesuffix(end)
    yield case.body.rstrip()
    yield case.body.strip()


def _windows(case: Case) -> Iterator[Guess]:
    windows = _unix(case.body).replace(b"\n", b"\r\n")
    yield Guess(windows, (_UNIX,))
    yield Guess(windows + b"\r\n", (_UNIX, NEWLINE_CUT))


def _unix(body: bytes) -> bytes:
    return body.replace(b"\r\n", b"\n")


def _between_the_values(case: Case) -> Iterator[bytes]:
    yield _BETWEEN.sub(lambda found: found[1] or b"", case.body)


def _normalised(case: Case) -> Iterator[bytes]:
    if not case.body.isascii() and case.is_text:
        for form in ("NFC", "NFD", "NFKC"):
            yield unicodedata.normalize(form, case.text).encode()
        yield case.text.replace("\u00a0", " ").encode()


def _without_emoji(case: Case) -> Iterator[bytes]:
    if case.is_text and _BEYOND.search(case.text):
        for instead in ("", "?", "??", "????", "\ufffd", "\ufffd\ufffd"):
            yield _BEYOND.sub(instead, case.text).encode()


def _without_controls(case: Case) -> Iterator[bytes]:
    if case.is_text:
        yield _CONTROLS.sub("", case.text).encode()


LINE_ENDS: Final = (
    BodyMistake(_GROUP, NEWLINE_ADDED, _without_end),
    BodyMistake(_GROUP, NEWLINE_CUT, lambda case: (case.body + b"\n", case.body + b"\r\n")),
    BodyMistake(
        _GROUP,
        Mistake(
            name="line-ends",
            what="It is the signature of the body with line feeds (LF); this one has CR LF.",
            comes_from="Windows, git's autocrlf or a text-mode file changed the line ends after signing.",
            fix=_BINARY,
        ),
        lambda case: [_unix(case.body)],
    ),
    VariedMistake(_GROUP, _windows),
    BodyMistake(
        _GROUP,
        Mistake(
            name="line-ends",
            what="It is the signature of the body without any line ends.",
            comes_from="The text was joined to one line before it was signed, as curl -d @file does.",
            fix=_CURL,
        ),
        lambda case: [_unix(case.body).replace(b"\n", b"")],
    ),
    BodyMistake(
        _GROUP,
        Mistake(
            name="byte-order-mark",
            what="It is the signature of the body without the byte order mark at its beginning.",
            comes_from="Windows editors and Encoding.UTF8 in .NET put one before the text.",
            fix="Save and send it as UTF-8 without BOM.",
        ),
        lambda case: [case.body.removeprefix(_BOM)],
    ),
    BodyMistake(
        _GROUP,
        Mistake(
            name="byte-order-mark",
            what="It is the signature of the body with a byte order mark before it.",
            comes_from="Windows editors and Encoding.UTF8 in .NET put one before the text, and a reader took"
            " it off.",
            fix="Save and sign it as UTF-8 without BOM.",
        ),
        lambda case: [] if case.body.startswith(_BOM) else [_BOM + case.body],
    ),
    BodyMistake(
        _GROUP,
        Mistake(
            name="minified",
            what="It is the signature of the body without the white space between its values.",
            comes_from="A proxy or a linter compacted the JSON as text, so that its escapes stayed.",
            fix=OVER_WHAT_IS_SENT,
        ),
        _between_the_values,
    ),
    BodyMistake(
        _GROUP,
        Mistake(
            name="white-space-removed",
            what="It is the signature of the body without any white space, within its strings too.",
            comes_from=r"replace(/\s/g, '') or deleteWhitespace() was meant to make the JSON compact.",
            fix=RAW,
        ),
        lambda case: [_WHITE.sub(b"", case.body), case.body.replace(b" ", b"")],
    ),
    BodyMistake(
        _GROUP,
        Mistake(
            name="white-space-collapsed",
            what="It is the signature of the body with each run of white space as one space.",
            comes_from="HTML, a template or a log wrote the text with its white space collapsed.",
            fix=RAW,
        ),
        lambda case: [_WHITE.sub(b" ", case.body)],
    ),
    BodyMistake(
        _CHARACTERS,
        Mistake(
            name="normalised",
            what="It is the signature of the text with accents composed otherwise, or no-break spaces made"
            " spaces.",
            comes_from="String.normalize() or a database normalised the text (NFC, NFD).",
            fix=BYTES,
        ),
        _normalised,
    ),
    BodyMistake(
        _CHARACTERS,
        Mistake(
            name="emoji-lost",
            what="It is the signature of the text without its emoji, or with ? in their place.",
            comes_from="MySQL's utf8 holds three bytes a character, and many filters take emoji out.",
            fix="Verify before storing; store with utf8mb4.",
        ),
        _without_emoji,
    ),
    BodyMistake(
        _CHARACTERS,
        Mistake(
            name="controls-lost",
            what="It is the signature of the text without its control characters and zero-width ones.",
            comes_from="A sanitiser or a firewall took out what is not printed.",
            fix=RAW,
        ),
        _without_controls,
    ),
)
