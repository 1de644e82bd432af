"""How Shopify signs a body, and what a claimed signature turns out to be."""

import base64
import hmac
import re
from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from devhook.webhook.delivery import Signature

_DIGEST_BYTES: Final = 32
_HEXADECIMAL: Final = re.compile(r"[0-9A-Fa-f]{64}")
_URL_SAFE: Final = re.compile(r"[A-Za-z0-9_-]*[_-][A-Za-z0-9_-]*={0,2}")


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


class Secret(BaseModel):
    """A secret that deliveries may be signed with, and the name it is called by wherever it is spoken of.

    White space around the value is a slip of the clipboard and is taken off. An empty value is refused: with
    it anybody could sign. The value is shown in no representation, error or dump.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    name: str
    value: Annotated[SecretStr, BeforeValidator(_stripped), Field(min_length=1)]


class Check(BaseModel):
    """What checking a signature showed.

    `signed_with` is the name of the secret that made it. `reason` says in plain words why the signature is
    not valid, and is empty when it is; it holds neither a secret nor the signature that would be right.
    """

    model_config = ConfigDict(frozen=True)

    signature: Signature
    signed_with: str | None = None
    reason: str = ""


def sign(secret: str, body: bytes) -> str:
    """Return the value of `X-Shopify-Hmac-Sha256`: base64 of HMAC-SHA256 over the raw body.

    https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
    """
    return base64.b64encode(_digest(secret.strip(), body)).decode("ascii")


def check(secrets: Sequence[Secret], body: bytes, claimed: str | None) -> Check:
    """Say what the `claimed` signature of `body` is worth, given the secrets that are known.

    Several secrets are known during a rotation, when Shopify goes on signing with the oldest one:
    https://shopify.dev/docs/apps/build/authentication-authorization/client-secrets/rotate-revoke-client-credentials
    All of them are tried, and compared in constant time, so that the time taken tells nothing about any.
    """
    if not secrets:
        return Check(signature=Signature.UNCHECKED, reason="No secret is known to check it with.")
    claim = (claimed or "").strip()
    if not claim:
        return Check(signature=Signature.MISSING, reason="There is no X-Shopify-Hmac-Sha256 header.")
    try:
        signature = _decoded(claim)
    except ValueError as error:
        return Check(signature=Signature.INVALID, reason=str(error))
    makers = [
        secret.name
        for secret in secrets
        if hmac.compare_digest(_digest(secret.value.get_secret_value(), body), signature)
    ]
    if makers:
        return Check(signature=Signature.VALID, signed_with=makers[0])
    return Check(signature=Signature.INVALID, reason=_foreign(secrets))


def _digest(secret: str, body: bytes) -> bytes:
    # A stray half surrogate in a secret must end in a signature that does not match, not in an exception.
    return hmac.digest(secret.encode("utf-8", "surrogatepass"), body, "sha256")


def _decoded(claim: str) -> bytes:
    """Return the signature's bytes; raise ValueError, in the user's words, where it cannot be one at all."""
    if _HEXADECIMAL.fullmatch(claim):
        raise ValueError("The header is hexadecimal; Shopify sends base64.")
    if _URL_SAFE.fullmatch(claim):
        raise ValueError("The header is URL-safe base64; Shopify sends base64 with + and /.")
    try:
        signature = base64.b64decode(claim, validate=True)
    except ValueError as error:
        raise ValueError("The header is not base64; Shopify sends 44 characters of it.") from error
    if len(signature) != _DIGEST_BYTES:
        raise ValueError(f"The header holds {len(signature)} bytes; an HMAC-SHA256 has {_DIGEST_BYTES}.")
    return signature


def _foreign(secrets: Sequence[Secret]) -> str:
    """Return what is to be said of a well-formed signature that no known secret makes."""
    if len(secrets) == 1:
        return f"The {secrets[0].name} does not make this signature for this body."
    names = ", ".join(secret.name for secret in secrets)
    return f"None of these makes this signature for this body: {names}."
