"""Reads a claimed signature in other forms than base64 of an HMAC-SHA256."""

import base64
import binascii
import re
from typing import Final, NamedTuple
from urllib.parse import unquote

from devhook.signature_doctor.mistake import Mistake

_ALGORITHMS: Final = {16: "md5", 20: "sha1", 32: "sha256", 48: "sha384", 64: "sha512"}
_HEXADECIMAL: Final = re.compile(r"(?:[0-9a-fA-F]{2})+")
_NAME: Final = re.compile(r"(?:x-)?shopify-hmac-sha256\s*[:=]\s*", re.IGNORECASE)
_PREFIX: Final = re.compile(r"(?:hmac-)?(?:sha-?\d+|v\d|signature)[=:]\s*", re.IGNORECASE)
_QUOTES: Final = "\"'`\u201c\u201d\u2018\u2019"
# Characters; no digest in any of these forms is longer.
_LONGEST: Final = 400


class Claim(NamedTuple):
    """One reading of a claimed signature: the digest's `algorithm` and bytes, and its mistakes."""

    algorithm: str
    digest: bytes
    mistakes: tuple[Mistake, ...]


NO_DIGEST: Final = Mistake(
    name="no-digest",
    what="The header's value is not a digest in any known form.",
    comes_from="It is a placeholder, a token or another header's value.",
    fix="Put base64 of the body's HMAC-SHA256 there: 44 characters.",
)
_PREFIXED: Final = Mistake(
    name="prefixed",
    what="The header names the digest before giving it (sha256=…).",
    comes_from="GitHub and Meta sign webhooks in this form.",
    fix="Omit the prefix: Shopify sends the base64 alone.",
)
_DECORATED: Final = Mistake(
    name="quoted",
    what="The header's value contains quotation marks or the header's name.",
    comes_from="The value was pasted with the text around it.",
    fix="Keep the base64 alone.",
)
_ESCAPED: Final = Mistake(
    name="percent-encoded",
    what="The header is percent-encoded (%2B and %3D for + and =), or has spaces for +.",
    comes_from="The signature was sent in a URL or a form.",
    fix="Send it as a header, unchanged.",
)
_HEX: Final = Mistake(
    name="hexadecimal",
    what="The digest is written in hexadecimal; Shopify writes it in base64.",
    comes_from="That is what hexdigest() gives in Python, digest('hex') in Node, and hash_hmac() in PHP.",
    fix="Write the digest's bytes in base64.",
)
_HEX_IN_BASE64: Final = Mistake(
    name="hexadecimal-in-base64",
    what="It is base64 of the hexadecimal digest instead of the digest's bytes.",
    comes_from="PHP's hash_hmac() gives hexadecimal unless its fourth argument is true.",
    fix="Take the raw digest: base64_encode(hash_hmac('sha256', $body, $secret, true)).",
)
_URL_SAFE: Final = Mistake(
    name="url-safe",
    what="It is URL-safe base64, with - and _ for + and /.",
    comes_from="That is what urlsafe_b64encode, base64url and JWT libraries write.",
    fix="Use the standard alphabet.",
)
_UNPADDED: Final = Mistake(
    name="unpadded",
    what="The base64 lacks its last character, =.",
    comes_from="Raw or unpadded base64 was chosen, or the = was cut off where name=value was split.",
    fix="Write the padding: 44 characters in all.",
)


def claims(text: str) -> list[Claim]:
    """Return every digest that `text` can be; empty if none."""
    told, mistakes = _bare(text[:_LONGEST])
    if _HEXADECIMAL.fullmatch(told) and (found := _claim(bytes.fromhex(told), (*mistakes, _HEX))):
        return [found]
    return _in_base64(told, mistakes)


def undecorated(text: str) -> str:
    """Return a pasted signature without the header's name and quotation marks."""
    return _NAME.sub("", text.strip().strip(_QUOTES), count=1).strip().strip(_QUOTES).strip()


def _bare(text: str) -> tuple[str, tuple[Mistake, ...]]:
    """Return the bare digest and the mistakes in what was around it."""
    mistakes: list[Mistake] = []
    bare = undecorated(text)
    if bare != text.strip():
        mistakes.append(_DECORATED)
    if found := _PREFIX.match(bare):
        bare = bare[found.end() :].strip(_QUOTES)
        mistakes.append(_PREFIXED)
    plain = unquote(bare).replace(" ", "+")
    if plain != bare:
        mistakes.append(_ESCAPED)
    return plain, tuple(mistakes)


def _in_base64(told: str, mistakes: tuple[Mistake, ...]) -> list[Claim]:
    if "-" in told or "_" in told:
        mistakes = (*mistakes, _URL_SAFE)
        told = told.replace("-", "+").replace("_", "/")
    missing = -len(told) % 4
    try:
        decoded = base64.b64decode(told + "=" * missing, validate=True)
    except (binascii.Error, ValueError):
        return []
    if missing:
        mistakes = (*mistakes, _UNPADDED)
    as_text = decoded.decode("ascii", "replace").strip()
    if _HEXADECIMAL.fullmatch(as_text):
        decoded, mistakes = bytes.fromhex(as_text), (*mistakes, _HEX_IN_BASE64)
    found = _claim(decoded, mistakes)
    return [found] if found else []


def _claim(digest: bytes, mistakes: tuple[Mistake, ...]) -> Claim | None:
    algorithm = _ALGORITHMS.get(len(digest))
    if algorithm is None:
        return None
    return Claim(algorithm, digest, mistakes if algorithm == "sha256" else (_other(algorithm), *mistakes))


def _other(algorithm: str) -> Mistake:
    called = algorithm.upper().replace("SHA", "SHA-")
    return Mistake(
        name=algorithm,
        what=f"The digest is an HMAC with {called}; Shopify uses SHA-256.",
        comes_from="The function's default was used, or the code was written for another service.",
        fix="Pass the algorithm to the HMAC function: sha256.",
    )
