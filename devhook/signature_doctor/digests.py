"""Reads a claimed signature in other forms than base64 of an HMAC-SHA256."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import unquote

from devhook.signature_doctor.mistake import Mistake

_ALGORITHMS: Final = {16: "md5", 20: "sha1", 28: "sha224", 32: "sha256", 48: "sha384", 64: "sha512"}
_HEXADECIMAL: Final = re.compile(r"(?:[0-9a-fA-F]{2})+")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]+")
_NAME: Final = re.compile(r"(?:http_)?(?:x[-_])?shopify[-_]hmac[-_]sha256\s*(?:=>|[:=])\s*", re.IGNORECASE)
_PREFIX: Final = re.compile(r"(?:t=\d+,)?(?:hmac-)?(?:sha-?\d+|v\d|signature)[=:,]\s*", re.IGNORECASE)
_PRINTED: Final = re.compile(r"""b(['"])(.*)\1""", re.DOTALL)
_LISTED: Final = re.compile(r"""[\[(]\s*(['"]?)([^'",\[\]()]+)\1\s*,?\s*[\])]""")
_NUMBERS: Final = re.compile(r"[^-\d]*(-?\d{1,3}(?:[,\s]+-?\d{1,3}){15,63})\D*")
_SEPARATED: Final = re.compile(r"(?:0x)?[0-9a-fA-F]{2}(?:[-: ][0-9a-fA-F]{2}){15,}")
_QUOTES: Final = "\"'`\u201c\u201d\u2018\u2019"
# Characters; no digest in any of these forms is longer.
_LONGEST: Final = 700
# Characters of a digest that was cut; fewer could agree by chance.
_SHORTEST_CUT: Final = 16
_REPLACEMENT: Final = "\ufffd".encode()


class Claim(NamedTuple):
    """One reading of a claimed signature: the digest's `algorithm` and bytes, and its mistakes.

    `written` is set where the digest cannot be read back: it is then compared with what `written` makes of a
    computed one.
    """

    algorithm: str
    digest: bytes
    mistakes: tuple[Mistake, ...]
    written: Callable[[bytes], bytes] | None = None

    def matches(self, computed: bytes) -> bool:
        """Whether this is a `computed` digest of the same algorithm."""
        return self.digest == (self.written(computed) if self.written else computed)

    @property
    def complete(self) -> bool:
        """Whether it is a whole HMAC-SHA256."""
        return self.algorithm == "sha256" and self.written is None


@dataclass(frozen=True)
class Wrapping:
    """One mistake in what stands around the digest. `unwrapped` returns the text without it."""

    told: Mistake
    unwrapped: Callable[[str], str]


NO_DIGEST: Final = Mistake(
    name="no-digest",
    what="The header's value is not a digest in any known form.",
    comes_from="It is a placeholder, a token or another header's value.",
    fix="Put base64 of the body's HMAC-SHA256 there: 44 characters.",
)
SAMPLE: Final = Mistake(
    name="documentation-sample",
    what="It is the digest printed in Shopify's documentation, which belongs to no body of yours.",
    comes_from="The headers of the example were copied into a test or a request.",
    fix="Sign the body: devhook sign FILE, or devhook forge.",
)
# The example headers of https://shopify.dev/docs/apps/build/webhooks/delivery-structure, and the query of
# https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant.
SAMPLES: Final = frozenset(
    {
        base64.b64decode("XWmrwMey6OsLMeiZKwP4FppHH3cmAiiJJAweH5Jo4bM="),
        bytes.fromhex("700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf"),
    }
)
_HEX: Final = Mistake(
    name="hexadecimal",
    what="The digest is written in hexadecimal; Shopify writes it in base64.",
    comes_from="That is what hexdigest() gives in Python, digest('hex') in Node, and hash_hmac() in PHP.",
    fix="Write the digest's bytes in base64.",
)
_SEPARATED_HEX: Final = Mistake(
    name="separated-hexadecimal",
    what="The digest is written in hexadecimal with separators (A1-B2-…); Shopify writes it in base64.",
    comes_from="That is what BitConverter.ToString() gives in .NET, and openssl's -c.",
    fix="Write the digest's bytes in base64: Convert.ToBase64String().",
)
_HEX_IN_BASE64: Final = Mistake(
    name="hexadecimal-in-base64",
    what="It is base64 of the hexadecimal digest instead of the digest's bytes.",
    comes_from="PHP's hash_hmac() gives hexadecimal unless its fourth argument is true.",
    fix="Take the raw digest: base64_encode(hash_hmac('sha256', $body, $secret, true)).",
)
_TWICE: Final = Mistake(
    name="base64-twice",
    what="It is base64 of base64: the digest was encoded twice.",
    comes_from="digest('base64') is text already, and Buffer.from(…).toString('base64') encodes it again.",
    fix="Encode the digest once.",
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
_LIST: Final = Mistake(
    name="digest-as-numbers",
    what="The digest is written as a list of numbers; Shopify writes it in base64.",
    comes_from="JSON.stringify or String() of a Buffer, Arrays.toString() in Java, or print() of a list.",
    fix="Write the digest's bytes in base64: digest('base64').",
)
_AS_TEXT: Final = Mistake(
    name="digest-as-text",
    what="The digest's bytes were taken for Latin-1 text and encoded as UTF-8 before base64.",
    comes_from="digest('latin1') or digest('binary') is text; btoa() takes it, Buffer.from() encodes it.",
    fix="Use digest('base64').",
)
_LOSSY: Final = Mistake(
    name="digest-lossy",
    what="The digest's bytes were taken for UTF-8 text, which lost most of them.",
    comes_from="digest().toString() without an encoding, or decode(errors='replace').",
    fix="Use digest('base64').",
)
_CUT: Final = Mistake(
    name="digest-cut",
    what="It is the beginning of the right digest; its end is missing.",
    comes_from="A column of a database, a log or a substring cut it.",
    fix="Keep the whole digest: 44 characters.",
)
_BROKEN_LINE: Final = Mistake(
    name="digest-line-break",
    what="There is white space within the digest.",
    comes_from="Ruby's Base64.encode64, MIME and openssl break lines.",
    fix="Use Base64.strict_encode64, or openssl base64 -A.",
)


def _printed_away(text: str) -> str:
    found = _PRINTED.fullmatch(text)
    return found[2] if found else text


def _list_away(text: str) -> str:
    found = _LISTED.fullmatch(text)
    return found[2].strip() if found else text


def _repetition_away(text: str) -> str:
    pieces = [piece.strip() for piece in text.split(",")]
    return pieces[0] if len(pieces) > 1 and len(set(pieces)) == 1 else text


def _prefix_away(text: str) -> str:
    found = _PREFIX.match(text)
    return text[found.end() :].strip(_QUOTES) if found else text


def _percent_away(text: str) -> str:
    if _SEPARATED.fullmatch(text) or _NUMBERS.fullmatch(text):
        return text
    return unquote(text).strip().replace(" ", "+")


def undecorated(text: str) -> str:
    """Return a pasted signature without the header's name and quotation marks around it."""
    bare = _NAME.sub("", text.strip(), count=1).strip()
    if _PRINTED.fullmatch(bare):
        return bare
    return _NAME.sub("", bare.strip(_QUOTES), count=1).strip().strip(_QUOTES).strip()


WRAPPINGS: Final = (
    Wrapping(
        Mistake(
            name="quoted",
            what="The header's value contains quotation marks or the header's name.",
            comes_from="The value was pasted with the text around it.",
            fix="Keep the base64 alone.",
        ),
        undecorated,
    ),
    Wrapping(
        Mistake(
            name="python-bytes-repr",
            what="The header's value is b'…', which is how Python prints bytes.",
            comes_from="str() or an f-string was given the bytes that base64.b64encode() returns.",
            fix="Decode them: base64.b64encode(digest).decode().",
        ),
        _printed_away,
    ),
    Wrapping(
        Mistake(
            name="listed",
            what="The header's value is a list with the digest in it.",
            comes_from="A framework returns a header's values as a list, and the list was printed.",
            fix="Take the first value.",
        ),
        _list_away,
    ),
    Wrapping(
        Mistake(
            name="repeated",
            what="The header's value holds the digest twice.",
            comes_from="The header was set twice, and a proxy or Node joined the two with a comma.",
            fix="Set the header once.",
        ),
        _repetition_away,
    ),
    Wrapping(
        Mistake(
            name="prefixed",
            what="The header names the digest before giving it (sha256=…).",
            comes_from="GitHub and Meta sign webhooks in this form.",
            fix="Omit the prefix: Shopify sends the base64 alone.",
        ),
        _prefix_away,
    ),
    Wrapping(
        Mistake(
            name="percent-encoded",
            what="The header is percent-encoded (%2B and %3D for + and =), or has spaces for +.",
            comes_from="The signature was sent in a URL or a form.",
            fix="Send it as a header, unchanged.",
        ),
        _percent_away,
    ),
)


FORMS: Final = (
    *(wrapping.told for wrapping in WRAPPINGS),
    *(_HEX, _SEPARATED_HEX, _HEX_IN_BASE64, _TWICE, _URL_SAFE, _UNPADDED, _BROKEN_LINE),
    *(_LIST, _AS_TEXT, _LOSSY, _CUT, NO_DIGEST, SAMPLE),
)
"""The mistakes in the form of a digest, which the manual lists."""


def claims(text: str) -> list[Claim]:
    """Return every digest that `text` can be; empty if none."""
    bare = text[:_LONGEST].strip()
    mistakes: list[Mistake] = []
    for wrapping in WRAPPINGS:
        unwrapped = wrapping.unwrapped(bare)
        if unwrapped != bare:
            mistakes.append(wrapping.told)
            bare = unwrapped
    return list(_read(bare, tuple(mistakes)))


def _read(text: str, mistakes: tuple[Mistake, ...]) -> Iterator[Claim]:
    if found := _NUMBERS.fullmatch(text):
        # Bytes are signed in Java and Apps Script.
        numbers = [int(number) for number in re.findall(r"-?\d+", found[1])]
        if min(numbers) >= -128 and max(numbers) < 256:  # noqa: PLR2004 - the bounds of a byte
            yield from _claim(bytes(number % 256 for number in numbers), (*mistakes, _LIST))
        return
    if _SEPARATED.fullmatch(text):
        plain = re.sub(r"[-: ]|^0x", "", text)
        yield from _claim(bytes.fromhex(plain), (*mistakes, _SEPARATED_HEX))
        return
    if _HEXADECIMAL.fullmatch(text):
        yield from _claim(bytes.fromhex(text), (*mistakes, _HEX))
        yield from _cut(text.lower(), (*mistakes, _HEX), lambda digest: digest.hex().encode())
        return
    if (joined := "".join(text.split())) != text:
        text, mistakes = joined, (*mistakes, _BROKEN_LINE)
    yield from _in_base64(text, mistakes)


def _in_base64(told: str, mistakes: tuple[Mistake, ...]) -> Iterator[Claim]:
    if "-" in told or "_" in told:
        mistakes = (*mistakes, _URL_SAFE)
        told = told.replace("-", "+").replace("_", "/")
    yield from _cut(told, mistakes, base64.b64encode)
    missing = -len(told) % 4
    try:
        decoded = base64.b64decode(told + "=" * missing, validate=True)
    except (binascii.Error, ValueError):
        return
    if missing:
        mistakes = (*mistakes, _UNPADDED)
    yield from _decoded(decoded, mistakes)


def _decoded(decoded: bytes, mistakes: tuple[Mistake, ...]) -> Iterator[Claim]:
    """Yield the readings of what base64 held: a digest, or a digest that was made text first."""
    if _REPLACEMENT in decoded:
        yield Claim("sha256", decoded, (*mistakes, _LOSSY), _lossy)
        return
    as_text = decoded.decode("ascii", "replace").strip()
    if _HEXADECIMAL.fullmatch(as_text):
        yield from _claim(bytes.fromhex(as_text), (*mistakes, _HEX_IN_BASE64))
        return
    yield from _claim(decoded, mistakes)
    try:
        if decoded.isascii():
            yield from _claim(base64.b64decode(as_text, validate=True), (*mistakes, _TWICE))
        else:
            yield from _claim(decoded.decode().encode("latin-1"), (*mistakes, _AS_TEXT))
    except ValueError:
        return


def _cut(text: str, mistakes: tuple[Mistake, ...], written: Callable[[bytes], bytes]) -> Iterator[Claim]:
    """Yield the reading of a text that is the beginning of a SHA-256 digest written so."""
    length = len(text)
    if _SHORTEST_CUT <= length < len(written(bytes(32))) - 1 and _BASE64.fullmatch(text):
        yield Claim("sha256", text.encode(), (*mistakes, _CUT), lambda digest: written(digest)[:length])


def _lossy(digest: bytes) -> bytes:
    return digest.decode("utf-8", "replace").encode()


def _claim(digest: bytes, mistakes: tuple[Mistake, ...]) -> Iterator[Claim]:
    algorithm = _ALGORITHMS.get(len(digest))
    if algorithm is not None:
        yield Claim(algorithm, digest, mistakes if algorithm == "sha256" else (_other(algorithm), *mistakes))


def _other(algorithm: str) -> Mistake:
    called = algorithm.upper().replace("SHA", "SHA-")
    return Mistake(
        name=algorithm,
        what=f"The digest is an HMAC with {called}; Shopify uses SHA-256.",
        comes_from="The function's default was used, or the code was written for another service.",
        fix="Pass the algorithm to the HMAC function: sha256.",
    )
