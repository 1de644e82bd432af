"""Signs bodies as Shopify does, and checks claimed signatures."""

import base64
import hmac
import re
from collections.abc import Sequence
from typing import Annotated, Final, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from devhook.text import counted
from devhook.webhook.delivery import Signature

_DIGEST_BYTES: Final = 32
_HEXADECIMAL: Final = re.compile(r"[0-9A-Fa-f]{64}")
_URL_SAFE: Final = re.compile(r"[A-Za-z0-9_-]*[_-][A-Za-z0-9_-]*={0,2}")


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


class Secret(BaseModel):
    """A secret that deliveries may be signed with, and its name in messages.

    White space around the value is stripped. An empty value is refused: anyone could sign with it. The value
    appears in no representation, error or dump.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    name: str
    value: Annotated[SecretStr, BeforeValidator(_stripped), Field(min_length=1)]


class Check(NamedTuple):
    """The result of checking a signature.

    `signed_with` is the name of the secret that made it. `reason` says why the signature is not valid; it is
    empty if it is valid, and contains neither a secret nor the correct signature.
    """

    signature: Signature
    signed_with: str | None = None
    reason: str = ""


def sign(secret: str, body: bytes) -> str:
    """Return the value of `X-Shopify-Hmac-Sha256`: base64 of HMAC-SHA256 over the raw body.

    https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
    """
    return base64.b64encode(_digest(secret.strip(), body)).decode("ascii")


def check(secrets: Sequence[Secret], body: bytes, claimed: str | None) -> Check:
    """Check the `claimed` signature of `body` against the known `secrets`.

    There are several secrets during a rotation, while Shopify continues to sign with the oldest one:
    https://shopify.dev/docs/apps/build/authentication-authorization/client-secrets/rotate-revoke-client-credentials
    Each is tried, and compared in constant time, so that the duration reveals nothing about a secret.
    """
    if not secrets:
        return Check(signature=Signature.UNCHECKED, reason="No secret is known.")
    claim = (claimed or "").strip()
    if not claim:
        return Check(signature=Signature.MISSING, reason="The header X-Shopify-Hmac-Sha256 is missing.")
    digests = [(secret.name, _digest(secret.value.get_secret_value(), body)) for secret in secrets]
    # In Shopify's own form it needs no further check.
    encoded = claim.encode("utf-8", "surrogatepass")
    makers = [name for name, digest in digests if hmac.compare_digest(base64.b64encode(digest), encoded)]
    if not makers:
        try:
            signature = _decoded(claim)
        except ValueError as error:
            return Check(signature=Signature.INVALID, reason=str(error))
        makers = [name for name, digest in digests if hmac.compare_digest(digest, signature)]
    if makers:
        return Check(signature=Signature.VALID, signed_with=makers[0])
    return Check(signature=Signature.INVALID, reason=_foreign(secrets))


def _digest(secret: str, body: bytes) -> bytes:
    # A lone surrogate in a secret must give a signature that does not match, not an exception.
    return hmac.digest(secret.encode("utf-8", "surrogatepass"), body, "sha256")


def _decoded(claim: str) -> bytes:
    """Return the signature's bytes; ValueError says in a sentence why it cannot be a signature."""
    if _HEXADECIMAL.fullmatch(claim):
        raise ValueError("The header is hexadecimal; Shopify sends base64.")
    if _URL_SAFE.fullmatch(claim):
        raise ValueError("The header is URL-safe base64; Shopify sends base64 with + and /.")
    try:
        signature = base64.b64decode(claim, validate=True)
    except ValueError as error:
        raise ValueError("The header is not base64; Shopify sends 44 characters of it.") from error
    if len(signature) != _DIGEST_BYTES:
        raise ValueError(
            f"The header holds {counted(len(signature), 'byte')}; an HMAC-SHA256 has {_DIGEST_BYTES}."
        )
    return signature


def _foreign(secrets: Sequence[Secret]) -> str:
    """Return the reason for a well-formed signature that no known secret makes."""
    if len(secrets) == 1:
        return f"The {secrets[0].name} does not make this signature for this body."
    names = ", ".join(secret.name for secret in secrets)
    return f"None of these makes this signature for this body: {names}."
