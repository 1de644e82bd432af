"""Reads the domain of a shop and the credentials for its Admin API: a token, or client credentials."""

import re
from datetime import timedelta
from typing import Any, Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, SecretStr, ValidationError

from devhook.errors import CredentialsRefused, InputError

_SHOP_HINT: Final = "Write acme, acme.myshopify.com or https://admin.shopify.com/store/acme."
_HANDLE: Final = re.compile(r"[a-z0-9][a-z0-9-]*\Z")
_ADMIN: Final = re.compile(r"admin\.shopify\.com/store/([^/?#]+)")
_MYSHOPIFY: Final = re.compile(r"([^/?#]+)\.myshopify\.com(?:[/?#]|\Z)")

# The shop rejects a request whose token expires on the way; no request takes ten minutes.
_RENEWED_BEFORE: Final = timedelta(minutes=10)


class TokenAccess(BaseModel):
    """An Admin API access token (`shpat_…`)."""

    model_config = ConfigDict(frozen=True)

    token: SecretStr

    def secrets(self) -> tuple[SecretStr, ...]:
        """What must not be shown."""
        return (self.token,)


class ClientCredentials(BaseModel):
    """The client id and secret of an app, which devhook exchanges for a token.

    https://shopify.dev/docs/apps/build/authentication-authorization/client-credentials-grant
    """

    model_config = ConfigDict(frozen=True)

    client_id: str
    client_secret: SecretStr

    def secrets(self) -> tuple[SecretStr, ...]:
        """What must not be shown."""
        return (self.client_secret,)


Access = TokenAccess | ClientCredentials


class GrantedToken(BaseModel):
    """A token that the shop issued for client credentials. `scopes` are the granted scopes."""

    model_config = ConfigDict(frozen=True)

    token: SecretStr
    scopes: frozenset[str]
    ends_at: AwareDatetime

    @classmethod
    def read(cls, body: Any, now: AwareDatetime) -> Self:
        """Read the shop's answer `{"access_token": …, "scope": "a,b", "expires_in": 86399}`."""
        try:
            answer = _GrantAnswer.model_validate(body)
        except ValidationError:
            # The validation error quotes its input, which may contain the token.
            raise CredentialsRefused(
                "The shop's answer to the client id and secret contains no token.",
                "Try again, or use an access token: set DEVHOOK_ACCESS_TOKEN.",
            ) from None
        return cls(
            token=answer.access_token,
            scopes=frozenset(answer.scope.replace(",", " ").split()),
            ends_at=now + timedelta(seconds=answer.expires_in),
        )

    def fresh(self, now: AwareDatetime) -> bool:
        """Return whether the token is valid for at least ten minutes after `now`."""
        return now < self.ends_at - _RENEWED_BEFORE


class _GrantAnswer(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    access_token: SecretStr
    scope: str = ""
    expires_in: int


def access(token: str = "", client_id: str = "", client_secret: str = "") -> Access:
    """Return the access for the user's values; a token has precedence over client credentials.

    Surrounding white space is removed. Raises InputError if a value is missing or contains invalid
    characters, or if the token is a client secret.
    """
    token, client_id, client_secret = token.strip(), client_id.strip(), client_secret.strip()
    for what, value in (
        ("access token", token),
        ("client id", client_id),
        ("client secret", client_secret),
    ):
        if not value.isascii() or not value.isprintable() or " " in value:
            raise InputError(f"The {what} contains invalid characters.", "Copy it again completely.")
    if token.startswith("shpss_"):
        raise InputError(
            "The access token is a client secret (shpss_…).",
            "An access token begins with shpat_. To use the client secret, set SHOPIFY_API_KEY and "
            "SHOPIFY_API_SECRET.",
        )
    if token:
        return TokenAccess(token=SecretStr(token))
    if client_id and client_secret:
        return ClientCredentials(client_id=client_id, client_secret=SecretStr(client_secret))
    missing = "client secret" if client_id else "client id" if client_secret else "access to the shop"
    raise InputError(
        f"The {missing} is missing.",
        "Set DEVHOOK_ACCESS_TOKEN, or SHOPIFY_API_KEY and SHOPIFY_API_SECRET.",
    )


def shop_domain(text: str) -> str:
    """Return the `*.myshopify.com` domain of a shop from its handle, domain or admin address.

    Raises InputError for anything else, also for a custom domain, where the Admin API is not available.
    """
    given = text.strip().lower().removeprefix("https://").removeprefix("http://")
    found = _ADMIN.match(given) or _MYSHOPIFY.match(given)
    handle = found[1] if found else given.rstrip("/")
    if _HANDLE.match(handle):
        return f"{handle}.myshopify.com"
    if "." in given and not found:
        raise InputError(
            f"{text.strip()!r} is not a shop's myshopify.com domain.",
            f"{_SHOP_HINT} It is shown in the admin under Settings > Domains.",
        )
    raise InputError(f"{text.strip()!r} is not a shop.", _SHOP_HINT)
