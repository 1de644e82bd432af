"""The keys to try: the known secrets, other credentials, and the secrets with each mistake made."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from devhook.signature_doctor.mistake import Mistake
from devhook.signature_doctor.secret_mistakes import (
    NEWLINE,
    QUOTED,
    SECRET_MISTAKES,
    WITHOUT_SECRET,
    Making,
    as_bytes,
    as_hmac,
)
from devhook.webhook.signature import Secret


class Key(NamedTuple):
    """A key, its mistakes, the name of its secret, and how a digest is made with it.

    `rare`: it is tried on the body alone, not together with mistakes in the body.
    """

    value: bytes
    mistakes: tuple[Mistake, ...] = ()
    name: str = ""
    made: Making = as_hmac
    rare: bool = False


def plain_keys(secrets: Sequence[Secret], others: Sequence[Secret]) -> list[Key]:
    """Return the secrets, which are no mistake, then the credentials that are confused with them."""
    known = [Key(as_bytes(secret.value.get_secret_value()), name=secret.name) for secret in secrets]
    taken = {key.value for key in known}
    return known + [
        Key(value, (_another(other.name),))
        for other in others
        if (value := as_bytes(other.value.get_secret_value())) not in taken
    ]


def mistaken_keys(secrets: Sequence[Secret]) -> list[Key]:
    """Return the secrets as they are damaged or misused, and the values used when none is set."""
    keys = [key for secret in secrets for key in _amiss(secret.name, secret.value.get_secret_value())]
    for nothing in WITHOUT_SECRET:
        told = nothing.told("")
        keys += [
            Key(as_bytes(value), (told,), made=nothing.made, rare=nothing.rare) for value in nothing.keys("")
        ]
    return list({(key.value, key.made): key for key in reversed(keys)}.values())[::-1]


def known_now(name: str) -> Mistake:
    """The signature is valid with a secret that devhook learned later."""
    return Mistake(
        name="known-now",
        what=f"The signature is valid: it is made with the {name}, which devhook knows now.",
        comes_from="The secret was not known when the delivery arrived.",
        fix="Nothing to do: new deliveries are checked with it.",
    )


def _amiss(name: str, value: str) -> Iterator[Key]:
    for mistake in SECRET_MISTAKES:
        told = mistake.told(name)
        for key in mistake.keys(value):
            taken = as_bytes(key)
            if taken != as_bytes(value) or mistake.made is not as_hmac:
                yield Key(taken, (told,), made=mistake.made, rare=mistake.rare)
    # A file with a quoted line is both mistakes at once.
    for key in QUOTED.keys(value):
        yield Key(as_bytes(key) + b"\n", (QUOTED.told(name), NEWLINE.told(name)))


def _another(name: str) -> Mistake:
    return Mistake(
        name="other-secret",
        what=f"It is signed with the {name} instead of the client secret.",
        comes_from="Both are shown in the app's settings, and the wrong one was copied.",
        fix=f"Sign with the app's client secret, not with the {name}.",
    )
