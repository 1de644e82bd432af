"""Lists the keys that are used by mistake: another credential, or a damaged secret."""

import base64
import binascii
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from devhook.signature_doctor.mistake import Mistake
from devhook.webhook.signature import Secret

_QUOTE_PAIRS: Final = ('""', "''", "``", "\u201c\u201d", "\u2018\u2019")
_APPS: Final = "shpss_"
# Placeholders for a secret in examples, including Shopify's.
_PLACEHOLDERS: Final = (
    "hush",
    "my_shared_secret",
    "shared_secret",
    "my_client_secret",
    "your_client_secret",
    "client_secret",
    "CLIENT_SECRET",
    "SHOPIFY_API_SECRET",
    "SHOPIFY_API_SECRET_KEY",
    "secret",
    "test",
)


class Key(NamedTuple):
    """A key, its mistakes, and the name of its secret. `value` None: no key, a plain hash of the body."""

    value: bytes | None
    mistakes: tuple[Mistake, ...] = ()
    name: str = ""


def plain_keys(secrets: Sequence[Secret], others: Sequence[Secret]) -> list[Key]:
    """Return the secrets, which are no mistake, then the credentials that are confused with them."""
    known = [Key(_bytes(secret.value.get_secret_value()), name=secret.name) for secret in secrets]
    taken = {key.value for key in known}
    return known + [
        Key(value, (_another(other.name),))
        for other in others
        if (value := _bytes(other.value.get_secret_value())) not in taken
    ]


def mistaken_keys(secrets: Sequence[Secret]) -> list[Key]:
    """Return the secrets as damaged by pasting or parsing, and the values used when none is set."""
    keys = [key for secret in secrets for key in _amiss(secret.name, secret.value.get_secret_value())]
    keys.append(Key(b"", (_EMPTY,)))
    keys += [Key(_bytes(word), (_UNSET,)) for word in ("undefined", "null", "None", "nil", "false")]
    keys += [Key(_bytes(word), (_PLACEHOLDER,)) for word in _PLACEHOLDERS]
    keys.append(Key(None, (_UNKEYED,)))
    return list({key.value: key for key in reversed(keys)}.values())[::-1]


def known_now(name: str) -> Mistake:
    """The signature is valid with a secret that devhook learned later."""
    return Mistake(
        name="known-now",
        what=f"The signature is valid: it is made with the {name}, which devhook knows now.",
        comes_from="The secret was not known when the delivery arrived.",
        fix="Nothing to do: new deliveries are checked with it.",
    )


def _bytes(secret: str) -> bytes:
    return secret.encode("utf-8", "surrogatepass")


def _amiss(name: str, value: str) -> Iterator[Key]:
    for end in ("\n", "\r\n", "\r", "\\n"):
        yield Key(_bytes(value + end), (_with_newline(name),))
    for spaced in (f"{value} ", f" {value}", f" {value} ", f"{value}\t", f"\t{value}", f"\ufeff{value}"):
        yield Key(_bytes(spaced), (_with_space(name),))
    for opening, closing in _QUOTE_PAIRS:
        yield Key(_bytes(f"{opening}{value}{closing}"), (_quoted(name),))
        yield Key(_bytes(f"{opening}{value}{closing}\n"), (_quoted(name), _with_newline(name)))
        if value.startswith(opening) and value.endswith(closing):
            yield Key(_bytes(value[1:-1]), (_quoted_here(name),))
    if (joined := "".join(value.split())) != value:
        yield Key(_bytes(joined), (_spaced_here(name),))
    bare = value.removeprefix(_APPS)
    yield Key(_bytes(bare if bare != value else _APPS + value), (_prefix(name),))
    for cased in (value.upper(), value.lower()):
        if cased != value:
            yield Key(_bytes(cased), (_cased(name),))
    yield Key(base64.b64encode(_bytes(value)), (_encoded(name),))
    for decoded in (*_from_hexadecimal(bare), *_from_base64(value)):
        yield Key(decoded, (_decoded(name),))


def _from_hexadecimal(value: str) -> list[bytes]:
    try:
        return [bytes.fromhex(value)]
    except ValueError:
        return []


def _from_base64(value: str) -> list[bytes]:
    try:
        return [base64.b64decode(value + "=" * (-len(value) % 4), validate=True)]
    except (binascii.Error, ValueError):
        return []


def _another(name: str) -> Mistake:
    return Mistake(
        name="other-secret",
        what=f"It is signed with the {name} instead of the client secret.",
        comes_from="Both are shown in the app's settings, and the wrong one was copied.",
        fix=f"Sign with the app's client secret, not with the {name}.",
    )


def _with_newline(name: str) -> Mistake:
    return Mistake(
        name="secret-newline",
        what=f"It is signed with the {name} and a line end after it.",
        comes_from="The secret was read from a file, or piped in by echo, and not stripped.",
        fix="Strip the secret where it is read, or write it with printf or echo -n.",
    )


def _with_space(name: str) -> Mistake:
    return Mistake(
        name="secret-spaces",
        what=f"It is signed with the {name} and white space beside it.",
        comes_from="A space was copied with the secret, or follows the = in a .env file.",
        fix="Strip the secret where it is read.",
    )


def _quoted(name: str) -> Mistake:
    return Mistake(
        name="secret-quotes",
        what=f"It is signed with the {name} in quotation marks.",
        comes_from="docker --env-file and some .env readers keep the marks as part of the value.",
        fix="Write the secret without quotation marks.",
    )


def _quoted_here(name: str) -> Mistake:
    return Mistake(
        name="secret-quotes",
        what=f"The signature is right, and the {name} that devhook was given has quotation marks around it.",
        comes_from="A reader of .env files kept the marks as part of the value.",
        fix=f"Give devhook the {name} without them.",
    )


def _spaced_here(name: str) -> Mistake:
    return Mistake(
        name="secret-spaces",
        what=f"The signature is right, and the {name} that devhook was given contains white space.",
        comes_from="It was copied in two pieces, or from a wrapped line.",
        fix=f"Copy the {name} again, in one piece.",
    )


def _prefix(name: str) -> Mistake:
    return Mistake(
        name="secret-prefix",
        what=f"It is signed with the {name} without, or with an added, {_APPS} prefix.",
        comes_from="A double click selects only a part of it, and old and new secrets differ in it.",
        fix="Copy the whole secret from the app's settings, from its first character.",
    )


def _cased(name: str) -> Mistake:
    return Mistake(
        name="secret-case",
        what=f"It is signed with the {name} in upper or lower case.",
        comes_from="A form or a script changed the case of the value.",
        fix="Use the secret as it is written.",
    )


def _encoded(name: str) -> Mistake:
    return Mistake(
        name="secret-encoded",
        what=f"It is signed with base64 of the {name}.",
        comes_from="A Kubernetes secret holds base64, which was not decoded, or was encoded twice.",
        fix="Sign with the secret itself.",
    )


def _decoded(name: str) -> Mistake:
    return Mistake(
        name="secret-decoded",
        what=f"It is signed with the bytes that the {name} would be if it were hexadecimal or base64.",
        comes_from="The secret looks like encoded bytes and was decoded first.",
        fix="Use the secret's characters as the key, as they are.",
    )


_EMPTY: Final = Mistake(
    name="secret-empty",
    what="It is signed with an empty secret.",
    comes_from="The variable that should hold the secret is not set where the signing runs.",
    fix="Set it there, and refuse to start without it.",
)
_UNSET: Final = Mistake(
    name="secret-unset",
    what="It is signed with the word for a missing value (undefined, null, None).",
    comes_from="The variable that should hold the secret is not set, and its absence was made text.",
    fix="Set it where the signing runs, and refuse to start without it.",
)
_PLACEHOLDER: Final = Mistake(
    name="secret-placeholder",
    what="It is signed with a placeholder from an example.",
    comes_from="Code from a tutorial still has the tutorial's secret.",
    fix="Replace it by the app's client secret.",
)
_UNKEYED: Final = Mistake(
    name="unkeyed",
    what="It is a plain hash of the body, without a secret.",
    comes_from="createHash or sha256() was called where createHmac or hmac was meant.",
    fix="Compute an HMAC with the client secret as its key.",
)
