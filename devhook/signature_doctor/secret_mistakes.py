"""The table of mistakes with the secret: damaged, cut or encoded, none at all, or used in another way."""

import base64
import contextlib
import hashlib
import hmac
import html
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from devhook.signature_doctor.mistake import Mistake

_QUOTE_PAIRS: Final = ('""', "''", "``", "\u201c\u201d", "\u2018\u2019", "<>", "()", "[]", "{}")
_APPS: Final = "shpss_"
_SHORTEST_PREFIX: Final = 8
# Placeholders for a secret in examples, including Shopify's.
_PLACEHOLDERS: Final = (
    *("hush", "my_shared_secret", "shared_secret", "my_client_secret", "your_client_secret"),
    *("client_secret", "CLIENT_SECRET", "SHOPIFY_API_SECRET", "SHOPIFY_API_SECRET_KEY", "secret", "test"),
    *("api_secret", "API_SECRET_KEY", "SHOPIFY_CLIENT_SECRET", "SHOPIFY_WEBHOOK_SECRET", "webhook_secret"),
    *("your_shopify_api_secret", "YOUR_API_SECRET", "my-secret", "changeme", "password", "shpss_"),
    *("process.env.SHOPIFY_API_SECRET", "$SHOPIFY_API_SECRET", "${SHOPIFY_API_SECRET}"),
)
_UNSET_WORDS: Final = (
    "undefined",
    "null",
    "None",
    "nil",
    "false",
    "NaN",
    "[object Object]",
    "[object Promise]",
)

Making = Callable[[bytes, bytes, str], bytes]
"""How a digest is made of a key, a body, and the name of an algorithm."""


def as_hmac(key: bytes, body: bytes, algorithm: str) -> bytes:
    """Return the HMAC, as it should be made."""
    return hmac.digest(key, body, algorithm)


def _hmac_swapped(key: bytes, body: bytes, algorithm: str) -> bytes:
    return hmac.digest(body, key, algorithm)


def _hmac_twice(key: bytes, body: bytes, algorithm: str) -> bytes:
    return hmac.digest(key, hmac.digest(key, body, algorithm), algorithm)


def _hmac_of_hexadecimal(key: bytes, body: bytes, algorithm: str) -> bytes:
    return hmac.digest(key, hmac.digest(key, body, algorithm).hex().encode(), algorithm)


def _hash(_: bytes, body: bytes, algorithm: str) -> bytes:
    return hashlib.new(algorithm, body).digest()


def _hash_after_key(key: bytes, body: bytes, algorithm: str) -> bytes:
    return hashlib.new(algorithm, key + body).digest()


def _hash_before_key(key: bytes, body: bytes, algorithm: str) -> bytes:
    return hashlib.new(algorithm, body + key).digest()


@dataclass(frozen=True)
class SecretMistake:
    """One mistake with a secret: its description, `{secret}` standing for the secret's name, and the keys."""

    name: str
    what: str
    comes_from: str
    fix: str
    keys: Callable[[str], Iterable[str | bytes]]
    made: Making = as_hmac
    rare: bool = False

    def told(self, secret: str) -> Mistake:
        """Return the description for a secret of this name."""
        return Mistake(
            name=self.name,
            what=self.what.format(secret=secret),
            comes_from=self.comes_from.format(secret=secret),
            fix=self.fix.format(secret=secret),
        )


def as_bytes(secret: str | bytes) -> bytes:
    """Return the key that a secret's characters are."""
    return secret if isinstance(secret, bytes) else secret.encode("utf-8", "surrogatepass")


def _itself(value: str) -> Iterable[str]:
    return (value,)


def _unquoted(value: str) -> Iterable[str]:
    return [
        value[1:-1]
        for opening, closing in _QUOTE_PAIRS
        if value.startswith(opening) and value.endswith(closing)
    ]


def _decoded(value: str) -> Iterator[bytes]:
    """Yield what decoders make of a secret: Node reads - and _ as + and /, PHP and Ruby skip them."""
    for text in dict.fromkeys((value.removeprefix(_APPS), value)):
        with contextlib.suppress(ValueError):
            yield bytes.fromhex(text)
        plain = text.replace("-", "+").replace("_", "/"), text.replace("-", "").replace("_", "")
        for each in dict.fromkeys(plain):
            with contextlib.suppress(ValueError):
                yield base64.b64decode(each + "=" * (-len(each) % 4), validate=True)


def _encoded(value: str) -> Iterator[bytes]:
    for text in (value, value + "\n"):
        once = base64.b64encode(as_bytes(text))
        yield once
        yield base64.b64encode(once)
    yield as_bytes(value).hex().encode()


def _hashed(value: str) -> Iterator[bytes]:
    for algorithm in ("sha256", "sha1", "md5"):
        digest = hashlib.new(algorithm, as_bytes(value), usedforsecurity=False).digest()
        yield digest.hex().encode()
        yield digest


def _assigned(value: str) -> Iterable[str]:
    names = ("SHOPIFY_API_SECRET", "SHOPIFY_API_SECRET_KEY", "SHOPIFY_CLIENT_SECRET", "API_SECRET")
    return (*(f"{name}={value}" for name in names), f"={value}", f"Bearer {value}", f"sha256={value}")


def _in_an_object(value: str) -> Iterable[str]:
    names = ("SHOPIFY_API_SECRET", "SHOPIFY_CLIENT_SECRET", "client_secret", "secret", "apiSecret")
    return (
        *(json.dumps({name: value}) for name in names),
        *(json.dumps({name: value}, separators=(",", ":")) for name in names),
    )


def _escaped(value: str) -> Iterable[str]:
    return (
        html.escape(value),
        html.escape(value).replace("&#x27;", "&#039;"),
        html.escape(value, quote=False),
        quote(value, safe=""),
        value.replace("=", "\\u003D").replace("&", "\\u0026").replace("<", "\\u003C"),
        value.replace("\\", "\\\\").replace('"', '\\"').replace("'", "\\'"),
        value.split("#", 1)[0].rstrip(),
        value.split("$", 1)[0],
    )


QUOTED: Final = SecretMistake(
    name="secret-quotes",
    what="It is signed with the {secret} in quotation marks.",
    comes_from="docker --env-file and some .env readers keep the marks as part of the value.",
    fix="Write the secret without quotation marks.",
    keys=lambda value: [f"{opening}{value}{closing}" for opening, closing in _QUOTE_PAIRS],
)
NEWLINE: Final = SecretMistake(
    name="secret-newline",
    what="It is signed with the {secret} and a line end after it.",
    comes_from="The secret was read from a file, or piped in by echo, and not stripped.",
    fix="Strip the secret where it is read, or write it with printf or echo -n.",
    keys=lambda value: [value + end for end in ("\n", "\r\n", "\r", "\\n")],
)
SECRET_MISTAKES: Final = (
    NEWLINE,
    SecretMistake(
        name="secret-spaces",
        what="It is signed with the {secret} and white space beside it.",
        comes_from="A space was copied with the secret, or follows the = in a .env file.",
        fix="Strip the secret where it is read.",
        keys=lambda value: (
            *(f"{value} ", f" {value}", f" {value} ", f"{value}\t", f"\t{value}"),
            *(f"\ufeff{value}", f"{value}\u00a0", f"\u00a0{value}", f"{value}\u200b", f"\u200b{value}"),
        ),
    ),
    QUOTED,
    SecretMistake(
        name="secret-quotes",
        what="The signature is right, and the {secret} that devhook was given has quotation marks around it.",
        comes_from="A reader of .env files kept the marks as part of the value.",
        fix="Give devhook the {secret} without them.",
        keys=_unquoted,
    ),
    SecretMistake(
        name="secret-spaces",
        what="The signature is right, and the {secret} that devhook was given contains white space.",
        comes_from="It was copied in two pieces, or from a wrapped line.",
        fix="Copy the {secret} again, in one piece.",
        keys=lambda value: ["".join(value.split())],
    ),
    SecretMistake(
        name="secret-prefix",
        what=f"It is signed with the {{secret}} without, or with an added, {_APPS} prefix.",
        comes_from="A double click selects only a part of it, and old and new secrets differ in it.",
        fix="Copy the whole secret from the app's settings, from its first character.",
        keys=lambda value: [value.removeprefix(_APPS) if value.startswith(_APPS) else _APPS + value],
    ),
    SecretMistake(
        name="secret-case",
        what="It is signed with the {secret} in upper or lower case.",
        comes_from="A form or a script changed the case of the value.",
        fix="Use the secret as it is written.",
        keys=lambda value: (value.upper(), value.lower(), value.capitalize()),
    ),
    SecretMistake(
        name="secret-encoded",
        what="It is signed with base64 or hexadecimal of the {secret}.",
        comes_from="A Kubernetes secret holds base64, which was not decoded, or was encoded twice.",
        fix="Sign with the secret itself.",
        keys=_encoded,
    ),
    SecretMistake(
        name="secret-decoded",
        what="It is signed with the bytes that the {secret} would be if it were hexadecimal or base64.",
        comes_from="The secret looks like encoded bytes and was decoded first; other services' secrets are"
        " base64.",
        fix="Use the secret's characters as the key, as they are.",
        keys=_decoded,
    ),
    SecretMistake(
        name="key-and-message-swapped",
        what="It is an HMAC made with the body as the key and the {secret} as the message.",
        comes_from="The order of the two differs: hmac.new(key, body) in Python, HmacSHA256(body, key) in"
        " crypto-js, hash_hmac(algorithm, body, key) in PHP.",
        fix="Pass the secret as the key and the body as the message.",
        keys=_itself,
        made=_hmac_swapped,
    ),
    SecretMistake(
        name="concatenated",
        what="It is a plain hash of the {secret} and the body put together, without HMAC.",
        comes_from="Some services sign so: sha256(secret + body). An HMAC is more than that.",
        fix="Compute an HMAC with the secret as its key.",
        keys=_itself,
        made=_hash_after_key,
    ),
    SecretMistake(
        name="concatenated",
        what="It is a plain hash of the body and the {secret} put together, without HMAC.",
        comes_from="Some services sign so: sha256(body + secret). An HMAC is more than that.",
        fix="Compute an HMAC with the secret as its key.",
        keys=_itself,
        made=_hash_before_key,
    ),
    SecretMistake(
        name="signed-twice",
        what="It is the HMAC of the body's HMAC: the {secret} was applied twice.",
        comes_from="A comparison by double HMAC was mistaken for the signature, or a signature was signed.",
        fix="Apply the HMAC once, to the body.",
        keys=_itself,
        made=_hmac_twice,
        rare=True,
    ),
    SecretMistake(
        name="signed-twice",
        what="It is the HMAC of the body's HMAC in hexadecimal: the {secret} was applied twice.",
        comes_from="A signature was signed instead of the body.",
        fix="Apply the HMAC once, to the body.",
        keys=_itself,
        made=_hmac_of_hexadecimal,
        rare=True,
    ),
    SecretMistake(
        name="secret-cut",
        what="It is signed with a part of the {secret}: its end or its beginning is missing.",
        comes_from="A double click, a column of a database or a form cut the value.",
        fix="Copy the whole secret from the app's settings.",
        keys=lambda value: (
            *(value[:length] for length in range(_SHORTEST_PREFIX, len(value))),
            *(value[start:] for start in range(1, len(value) - _SHORTEST_PREFIX + 1)),
        ),
        rare=True,
    ),
    SecretMistake(
        name="secret-extended",
        what="It is signed with the {secret} and a character after it that does not belong to it.",
        comes_from="A comma, a semicolon or zsh's % at the end of a line was copied with it.",
        fix="Copy the secret alone.",
        keys=lambda value: [value + end for end in ("%", ";", ",", ".", "\\", "\0", "=", ")", '"', "'")],
        rare=True,
    ),
    SecretMistake(
        name="secret-line",
        what="It is signed with the {secret} and the name of its variable, or another word, before it.",
        comes_from="The whole line NAME=value was taken for the value.",
        fix="Use what stands after the =.",
        keys=_assigned,
        rare=True,
    ),
    SecretMistake(
        name="secret-in-json",
        what="It is signed with the JSON object that contains the {secret}.",
        comes_from="AWS Secrets Manager returns an object as text (SecretString), which was not parsed.",
        fix="Parse it, and use the value of its key.",
        keys=_in_an_object,
        rare=True,
    ),
    SecretMistake(
        name="secret-printed",
        what="It is signed with the {secret} as Python prints bytes, b'…'.",
        comes_from="str(secret.encode()) prints the bytes with a b and quotation marks.",
        fix="Pass the bytes: hmac.new(secret.encode(), …).",
        keys=lambda value: (repr(as_bytes(value)), f'b"{value}"', repr(value)),
        rare=True,
    ),
    SecretMistake(
        name="secret-escaped",
        what="It is signed with the {secret} as HTML, a URL, a template or a .env reader changed it.",
        comes_from="A form stored the secret with HTML's escapes, or a # or $ in a .env file ended it.",
        fix="Store the secret as it is; quote it in the .env file if it has # or $.",
        keys=_escaped,
        rare=True,
    ),
    SecretMistake(
        name="secret-hashed",
        what="It is signed with a hash of the {secret}.",
        comes_from="The stored hash of the secret was used, or a key was derived from it.",
        fix="Use the secret's characters as the key, as they are.",
        keys=_hashed,
        rare=True,
    ),
    SecretMistake(
        name="secret-wide",
        what="It is signed with the {secret} as UTF-16.",
        comes_from="Encoding.Unicode.GetBytes() in .NET gives two bytes for each character.",
        fix="Use Encoding.UTF8.GetBytes().",
        keys=lambda value: (
            value.encode("utf-16-le", "surrogatepass"),
            value.encode("utf-16-be", "surrogatepass"),
        ),
        rare=True,
    ),
    SecretMistake(
        name="secret-doubled",
        what="It is signed with the {secret} written twice.",
        comes_from="It was pasted into a field that held it already.",
        fix="Enter the secret once.",
        keys=lambda value: (value * 2, f"{value}\n{value}"),
        rare=True,
    ),
)
WITHOUT_SECRET: Final = (
    SecretMistake(
        name="secret-empty",
        what="It is signed with an empty secret.",
        comes_from="The variable that should hold the secret is not set where the signing runs.",
        fix="Set it there, and refuse to start without it.",
        keys=lambda _: [""],
    ),
    SecretMistake(
        name="secret-unset",
        what="It is signed with the word for a missing value (undefined, null, None).",
        comes_from="The variable that should hold the secret is not set, and its absence was made text.",
        fix="Set it where the signing runs, and refuse to start without it.",
        keys=lambda _: _UNSET_WORDS,
    ),
    SecretMistake(
        name="secret-placeholder",
        what="It is signed with a placeholder from an example.",
        comes_from="Code from a tutorial still has the tutorial's secret.",
        fix="Replace it by the app's client secret.",
        keys=lambda _: _PLACEHOLDERS,
    ),
    SecretMistake(
        name="unkeyed",
        what="It is a plain hash of the body, without a secret.",
        comes_from="createHash or sha256() was called where createHmac or hmac was meant.",
        fix="Compute an HMAC with the client secret as its key.",
        keys=lambda _: [""],
        made=_hash,
    ),
)
