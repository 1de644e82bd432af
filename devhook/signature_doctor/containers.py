"""Mistakes in which the body was packed: compressed, base64, chunks, a string, another object, numbers."""

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Iterator
from typing import Final

from devhook.signature_doctor.body_mistake import OVER_WHAT_IS_SENT, RAW, BodyMistake
from devhook.signature_doctor.case import Case
from devhook.signature_doctor.forms import as_text
from devhook.signature_doctor.mistake import Mistake
from devhook.webhook.transfer import unchunked

_MOST_FIELDS: Final = 64
_INSPECTED: Final = 50
_MOST_DECOMPRESSED: Final = 16 * 2**20
# A level, the byte that gzip has for it, and the systems that gzip names: Unix, macOS, Windows, unknown.
_GZIP_LEVELS: Final = ((6, 0), (9, 2), (1, 4))
_GZIP_SYSTEMS: Final = (3, 19, 10, 255)
# Compressing and percent-encoding take twenty times as long as hashing.
_LARGEST_CODED: Final = 2**20
# Bytes. Writing every byte as a number, or every value as a field, takes as long again.
_LARGEST_LISTED: Final = 256 * 2**10
_WRAPPERS: Final = ("body", "data", "payload", "rawBody", "event", "message", "order", "json", "params")


def decompressed(body: bytes) -> Iterator[bytes]:
    """Yield what gzip, zlib or deflate make of `body`."""
    for bits in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):
        try:
            yield zlib.decompressobj(bits).decompress(body, _MOST_DECOMPRESSED)
        except zlib.error:
            continue


def _compressed(case: Case) -> Iterator[bytes]:
    for level, byte in _GZIP_LEVELS:
        packer = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS | 16)
        packed = packer.compress(case.body) + packer.flush()
        for flags in (0, byte):
            for system in _GZIP_SYSTEMS:
                yield packed[:8] + bytes((flags, system)) + packed[10:]
        yield zlib.compress(case.body, level)


def _in_chunks(case: Case) -> Iterator[bytes]:
    plain = unchunked(case.body)
    if plain is not None:
        yield plain


def _base64(case: Case) -> Iterator[bytes]:
    body = case.body
    yield base64.b64encode(body)
    yield base64.encodebytes(body)
    try:
        yield base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return


def _hexadecimal(case: Case) -> Iterator[bytes]:
    yield case.body.hex().encode()
    try:
        yield bytes.fromhex(case.body.decode("ascii"))
    except ValueError:
        return


def _hashed(case: Case) -> Iterator[bytes]:
    for algorithm in ("sha256", "sha1", "md5"):
        digest = hashlib.new(algorithm, case.body, usedforsecurity=False).digest()
        yield digest.hex().encode()
        yield digest
        yield base64.b64encode(digest)


def _string(case: Case) -> Iterator[bytes]:
    document = case.document
    if type(document) is str:
        yield document.encode("utf-8", "replace")
    for ascii_only in (False, True):
        once = json.dumps(case.text, ensure_ascii=ascii_only)
        yield once.encode()
        yield json.dumps(once, ensure_ascii=ascii_only).encode()


def _wrapped(case: Case) -> Iterator[bytes]:
    if case.document is None:
        return
    text = case.text
    string = json.dumps(text, ensure_ascii=False)
    yield f"[{text}]".encode()
    # A form parser takes JSON for the name of a field.
    yield f'{{{string}:""}}'.encode()
    for key in _WRAPPERS:
        yield f'{{"{key}":{text}}}'.encode()
        yield f'{{"{key}": {text}}}'.encode()
        yield f'{{"{key}":{string}}}'.encode()


def _parts(case: Case) -> Iterator[bytes]:
    """Yield the value of each of the document's own fields, as text and as JSON."""
    document = case.document
    if type(document) is not dict:
        return
    for key in list(document)[:_MOST_FIELDS]:
        yield as_text(document[key]).encode("utf-8", "replace")
        yield json.dumps(document[key], separators=(",", ":"), ensure_ascii=False, default=float).encode(
            "utf-8", "replace"
        )
        yield json.dumps(document[key], default=float).encode()


def _listed_bytes(case: Case) -> Iterator[bytes]:
    numbers = ",".join(map(str, case.body))
    yield f'{{"type":"Buffer","data":[{numbers}]}}'.encode()
    indexed = ",".join(f'"{index}":{byte}' for index, byte in enumerate(case.body))
    yield f"{{{indexed}}}".encode()
    yield numbers.encode()
    yield f"[{numbers}]".encode()
    yield f"[{numbers.replace(',', ', ')}]".encode()
    yield f"[{numbers.replace(',', ' ')}]".encode()
    yield f"<Buffer {case.body[:_INSPECTED].hex(' ')}{_more(len(case.body) - _INSPECTED)}>".encode()


def _more(bytes_left: int) -> str:
    """As Node's util.inspect, which prints the first 50 bytes of a Buffer."""
    return f" ... {bytes_left} more byte{'s' if bytes_left > 1 else ''}" if bytes_left > 0 else ""


CONTAINERS: Final = (
    BodyMistake(
        "a compressed body",
        Mistake(
            name="still-compressed",
            what="It is the signature of the decompressed body; this one is still compressed.",
            comes_from="It was compressed after it was signed, by the sender or a proxy; Shopify compresses"
            " nothing.",
            fix="Send it uncompressed, or check it once it is decompressed.",
        ),
        lambda case: decompressed(case.body),
    ),
    BodyMistake(
        "compression",
        Mistake(
            name="decompressed",
            what="It is the signature of the compressed body; this one is decompressed.",
            comes_from="The sender signed the compressed bytes, and a proxy decompressed them.",
            fix="Sign before compressing; Shopify compresses nothing.",
        ),
        _compressed,
        _LARGEST_CODED,
    ),
    BodyMistake(
        "chunk framing",
        Mistake(
            name="chunk-framing",
            what="It is the signature of the body without the chunk sizes that stand in this one.",
            comes_from="A recorder or a hand-made server kept the framing of Transfer-Encoding: chunked.",
            fix="Let the HTTP library read the body; the framing belongs to the transfer.",
        ),
        _in_chunks,
        _LARGEST_CODED,
    ),
    BodyMistake(
        "base64 and hexadecimal",
        Mistake(
            name="base64-body",
            what="The body is base64 on one side only: either the signed or the received bytes are encoded.",
            comes_from="API gateways and serverless functions pass bodies as base64 (isBase64Encoded).",
            fix="Decode the body first where isBase64Encoded says so.",
        ),
        _base64,
    ),
    BodyMistake(
        "base64 and hexadecimal",
        Mistake(
            name="hexadecimal-body",
            what="The body is hexadecimal on one side only: either the signed or the received bytes are"
            " encoded.",
            comes_from="Buffer.toString('hex') or bin2hex() was applied to the body before it was signed.",
            fix=RAW,
        ),
        _hexadecimal,
    ),
    BodyMistake(
        "base64 and hexadecimal",
        Mistake(
            name="hashed-first",
            what="It is the signature of a hash of the body instead of the body.",
            comes_from="Some services sign a digest of the body (Content-Digest, AWS); Shopify signs the"
            " body.",
            fix="Pass the body itself to the HMAC function.",
        ),
        _hashed,
    ),
    BodyMistake(
        "JSON within a string",
        Mistake(
            name="json-string",
            what="The body is a JSON string that contains the JSON, on one side only: it was encoded twice.",
            comes_from="JSON.stringify was given text that was JSON already.",
            fix=OVER_WHAT_IS_SENT,
        ),
        _string,
    ),
    BodyMistake(
        "JSON within a string",
        Mistake(
            name="wrapped",
            what="It is the signature of an object or list that contains the body.",
            comes_from="The event of a serverless function, or {body: …}, was signed whole.",
            fix=RAW,
        ),
        _wrapped,
        _LARGEST_CODED,
    ),
    BodyMistake(
        "one field of the body",
        Mistake(
            name="one-field",
            what="It is the signature of one field of the body instead of the whole.",
            comes_from="Only the payload inside an envelope, or an id, was passed to the HMAC function.",
            fix=RAW,
        ),
        _parts,
    ),
    BodyMistake(
        "the bytes as a list of numbers",
        Mistake(
            name="json-of-a-buffer",
            what="It is the signature of the body's bytes written as a list of numbers.",
            comes_from='JSON.stringify of a Buffer gives {"type":"Buffer","data":[…]}, and String() of a'
            " Uint8Array or a list of bytes is as wrong.",
            fix="Pass the Buffer itself to update().",
        ),
        _listed_bytes,
        _LARGEST_LISTED,
    ),
)
