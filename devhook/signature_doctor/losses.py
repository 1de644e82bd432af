"""Mistakes in which the body, or a part of it, was not there when it was signed, or another one was."""

import re
from collections.abc import Iterator
from typing import Final

from devhook.signature_doctor.body_mistake import RAW, BodyMistake, Guess, VariedMistake
from devhook.signature_doctor.case import Case
from devhook.signature_doctor.mistake import Mistake

# The results of a body parser, or of a conversion to text, that failed.
_REMAINS: Final = (
    *(b"{}", b"[]", b"null", b"undefined", b"[object Object]", b'""', b"None", b"Array", b"nil", b"false"),
    *(b"[object Promise]", b"[object ReadableStream]", b"[object Uint8Array]", b"[object ArrayBuffer]"),
    *(b"<QueryDict: {}>", b"ImmutableMultiDict([])", b"{}\n", b"[object Request]"),
    *(b"System.IO.MemoryStream", b"b''", b"<Buffer >", b"\n", b" "),
)
_BUFFERS: Final = tuple(2**power for power in range(9, 23))
_STRUCTURE: Final = re.compile(r'"(?:[^"\\]++|\\.)*+(?P<end>"?)|[{}\[\]]', re.DOTALL)
_CLOSING: Final = {"{": "}", "[": "]"}
_WORDS: Final = ("true", "false", "null")


def cut(length: int, whole: int) -> Mistake:
    """Only the beginning was signed."""
    return Mistake(
        name="truncated",
        what=f"It is the signature of the first {length:,} of the body's {whole:,} bytes.",
        comes_from="A Content-Length that counts characters instead of bytes, or a stream of which only the"
        " first part was read.",
        fix="Count the bytes (Buffer.byteLength, len(text.encode())), and read the body to its end.",
    )


def _old_bodies(case: Case) -> Iterator[Guess]:
    for other in case.others:
        mistake = Mistake(
            name="old-body",
            what=f"It is the signature of delivery {other.id}, with the same Webhook-Id and another body.",
            comes_from="A recorded delivery was edited and sent again with its old headers.",
            fix="Sign the body again after editing it: devhook sign FILE.",
        )
        yield Guess(other.body, (mistake,))


def _beginnings(case: Case) -> Iterator[Guess]:
    """Yield the beginnings that a wrong length leaves: the header's, a count of characters, a buffer size."""
    body, text = case.body, case.text
    characters = (len(text), len(text.encode("utf-16-le", "replace")) // 2)
    for length in (case.content_length, *characters, *_BUFFERS):
        if length is not None and 0 < length < len(body):
            yield Guess(body[:length], (cut(length, len(body)),))


def _completed(case: Case) -> Iterator[bytes]:
    """Yield the complete JSON if only its closing characters are missing."""
    text = case.body.decode("utf-8", "ignore")
    if case.document is not None or not text.lstrip().startswith(("{", "[")):
        return
    expected: list[str] = []
    unfinished = False
    for found in _STRUCTURE.finditer(text):
        piece = found[0]
        if piece in _CLOSING:
            expected.append(_CLOSING[piece])
        elif piece[0] != '"':
            expected = expected[:-1] if expected else expected
        else:
            unfinished = not found["end"]
    closing = "".join(reversed(expected))
    ends = ['"'] if unfinished else ["", *_word_ends(text)]
    for end in ends:
        whole = (text + end + closing).encode()
        yield whole
        yield whole + b"\n"


def _word_ends(text: str) -> list[str]:
    return [
        word[length:] for word in _WORDS for length in range(1, len(word)) if text.endswith(word[:length])
    ]


OLD_BODIES: Final = (VariedMistake("other bodies of the same Webhook-Id", _old_bodies),)
LOSSES: Final = (
    BodyMistake(
        "an empty body",
        Mistake(
            name="empty-body",
            what="It is the signature of an empty body.",
            comes_from="A body parser or a logger had read the stream before, and nothing was left.",
            fix=RAW,
        ),
        lambda _: [b""],
    ),
    BodyMistake(
        "an empty body",
        Mistake(
            name="no-body",
            what="It is the signature of a placeholder for a lost body: {}, null, undefined, [object"
            " Object].",
            comes_from="A body parser without the right content type gives {}, and an object turned to text"
            " gives [object Object].",
            fix=RAW,
        ),
        lambda _: _REMAINS,
    ),
)
CUT: Final = (
    VariedMistake("a body cut short", _beginnings),
    BodyMistake(
        "a body whose end is missing",
        Mistake(
            name="truncated",
            what="It is the signature of a longer body: the end of this one was cut off.",
            comes_from="The sender's Content-Length counts characters; each one beyond ASCII costs the end a"
            " byte.",
            fix="Set Content-Length from the encoded bytes, or leave it to the HTTP library.",
        ),
        _completed,
    ),
)
