"""Mistakes between text and bytes: another encoding, and characters cut in two between chunks."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import Final

from devhook.signature_doctor.body_mistake import BYTES, BodyMistake
from devhook.signature_doctor.case import Case
from devhook.signature_doctor.mistake import Mistake

_GROUP: Final = "other encodings of the text"
_CHUNKS: Final = "characters cut in two between chunks"
_SEQUENCE: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# The chunks that sockets, TLS records, streams and buffers make.
_CHUNK_SIZES: Final = (65536, 16384, 8192, 4096, 1460, 1448, 1024)
# Bytes of bodies; every place where a character can be cut needs one.
_MOST_CHUNKED: Final = 16 * 2**20


def _latin(case: Case) -> Iterator[bytes]:
    if case.body.isascii():
        return
    for encoding in ("latin-1", "cp1252"):
        yield case.body.decode(encoding, "replace").encode()
    for encoding in ("latin-1", "cp1252"):
        yield case.text.encode(encoding, "ignore")
        yield case.text.encode(encoding, "replace")


def _low_bytes(case: Case) -> Iterator[bytes]:
    if not case.body.isascii():
        yield case.text.encode("utf-16-le", "surrogatepass")[::2]


def _seven_bits(case: Case) -> Iterator[bytes]:
    if not case.body.isascii():
        yield bytes(byte & 0x7F for byte in case.body)


def _other_encoding(case: Case) -> Iterator[bytes]:
    text = case.text
    yield text.encode()
    if not case.body.isascii():
        for handling in ("replace", "ignore"):
            yield text.encode("ascii", handling)
    for encoding in ("utf-16-le", "utf-16-be", "utf-8-sig", "utf-16", "utf-32-le"):
        yield text.encode(encoding)
    yield case.body.decode("utf-16-le", "replace").encode()


def _chunked(case: Case) -> Iterator[bytes]:
    """Yield the body decoded in pieces, each of its own: cut at every place where it matters.

    First in pieces of the usual sizes, then in two, in pieces of any one size, and in three.
    """
    body = case.body
    if body.isascii():
        return
    left = _MOST_CHUNKED
    for cuts in _cuts(body):
        left -= len(body)
        if left < 0:
            return
        for handling in ("replace", "ignore"):
            yield _in_pieces(body, cuts, handling)


def _cuts(body: bytes) -> Iterator[Sequence[int]]:
    within = [cut for found in _SEQUENCE.finditer(body) for cut in range(found.start() + 1, found.end())]
    for size in _CHUNK_SIZES:
        if size < len(body):
            yield range(size, len(body), size)
    yield from ((cut,) for cut in within)
    inside = frozenset(within)
    for size in range(1, len(body)):
        if any(cut in inside for cut in range(size, len(body), size)):
            yield range(size, len(body), size)
    yield from combinations(within, 2)


def _in_pieces(body: bytes, cuts: Sequence[int], handling: str) -> bytes:
    edges = [0, *cuts, len(body)]
    pieces = (body[start:end] for start, end in pairwise(edges))
    return "".join(piece.decode("utf-8", handling) for piece in pieces).encode()


ENCODINGS: Final = (
    BodyMistake(
        _GROUP,
        Mistake(
            name="latin-1",
            what="It is the signature of the text in other bytes: Latin-1 and UTF-8 were mistaken for each"
            " other.",
            comes_from="The body was decoded as one and encoded as the other, which shows only beyond ASCII.",
            fix=BYTES,
        ),
        _latin,
    ),
    BodyMistake(
        _GROUP,
        Mistake(
            name="node-latin1",
            what="It is the signature of the text with the low byte of each character alone.",
            comes_from="Node's encodings latin1, binary and ascii drop the rest: update(body, 'latin1').",
            fix="Pass the Buffer to update(), or the text without an encoding.",
        ),
        _low_bytes,
    ),
    BodyMistake(
        _GROUP,
        Mistake(
            name="seven-bits",
            what="It is the signature of the body with the highest bit of each byte cleared.",
            comes_from="Buffer.toString('ascii') in Node, or a mail gateway, keeps seven bits.",
            fix=BYTES,
        ),
        _seven_bits,
    ),
    BodyMistake(
        _CHUNKS,
        Mistake(
            name="split-character",
            what="It is the signature of the text with a character cut in two between two chunks.",
            comes_from="body += chunk makes text of each chunk, and � of the halves of a character.",
            fix="Collect the chunks, and join them as bytes: Buffer.concat(chunks).",
        ),
        _chunked,
    ),
    BodyMistake(
        _GROUP,
        Mistake(
            name="encoding",
            what="It is the signature of the text in another encoding, or with its letters beyond ASCII"
            " replaced.",
            comes_from="It was decoded and encoded again, as UTF-16 or ASCII, or in pieces that split"
            " letters.",
            fix=BYTES,
        ),
        _other_encoding,
    ),
)
