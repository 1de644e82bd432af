"""The app's installation in the simulated shop: its credentials, scopes and access tokens."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest
from secrets import token_hex
from typing import Final

from pydantic import BaseModel, ConfigDict, SecretStr

from devhook.webhook.topics import Topic

TOKEN_LIFETIME: Final = timedelta(seconds=86_399)

DEMO_SCOPES: Final = (
    "read_assigned_fulfillment_orders",
    "read_customers",
    "read_fulfillments",
    "read_inventory",
    "read_locations",
    "read_merchant_managed_fulfillment_orders",
    "read_order_edits",
    "read_orders",
    "read_products",
    "read_returns",
    "read_third_party_fulfillment_orders",
)
"""The scopes that an app needs to read orders, fulfilments and returns."""


class GrantRefusal(StrEnum):
    """Why no token is granted.

    https://shopify.dev/docs/apps/build/authentication-authorization/client-credentials-grant
    """

    APP_NOT_INSTALLED = "app_not_installed"
    SHOP_NOT_PERMITTED = "shop_not_permitted"
    APPLICATION_NOT_FOUND = "application_cannot_be_found"
    INVALID_CLIENT = "invalid_client"


class Grant(BaseModel):
    """The token of a client-credentials grant; `expires_in` is in seconds."""

    model_config = ConfigDict(frozen=True)

    token: SecretStr
    scopes: tuple[str, ...]
    expires_in: int


class Installation:
    """One app in one shop. The public attributes can be changed at any time.

    - `scopes`: the granted access scopes.
    - `protected_customer_data`: whether the app is approved for it.
    - `webhooks_version`: the payload version set in the app; None: the version of the request's URL.
    - `refusal`: why grants fail; None: they succeed.
    - `denied`: the root fields that answer ACCESS_DENIED, with the access that each requires.
    - `tokens`: the access tokens, each with its expiry (None: never). Uninstalling the app clears them.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        client_id: str = "",
        client_secret: SecretStr | None = None,
        tokens: Iterable[SecretStr] = (),
        scopes: Iterable[str] = DEMO_SCOPES,
        protected_customer_data: bool = True,
        webhooks_version: str | None = None,
        new_token: Callable[[], str] = lambda: f"shpat_{token_hex(16)}",
    ) -> None:
        self.scopes = frozenset(scopes)
        self.protected_customer_data = protected_customer_data
        self.webhooks_version = webhooks_version
        self.refusal: GrantRefusal | None = None
        self.denied: Mapping[str, str] = {}
        self._clock = clock
        self._client_id = client_id
        self._client_secret = client_secret
        self._new_token = new_token
        self.tokens: dict[str, datetime | None] = {token.get_secret_value(): None for token in tokens}

    def knows(self, token: str) -> bool:
        """Return whether `token` is valid now."""
        now = self._clock()
        known = False
        for stored, ends in self.tokens.items():
            alive = ends is None or now < ends
            known |= alive and compare_digest(stored.encode(), token.encode())
        return known

    def grant(self, client_id: str, client_secret: str) -> Grant | GrantRefusal:
        """Return a token for the app's own credentials, or why there is none."""
        if not self._client_id or client_id != self._client_id:
            return GrantRefusal.APPLICATION_NOT_FOUND
        expected = self._client_secret.get_secret_value() if self._client_secret else ""
        if not expected or not compare_digest(expected.encode(), client_secret.encode()):
            return GrantRefusal.INVALID_CLIENT
        if self.refusal is not None:
            return self.refusal
        token = self._new_token()
        self.tokens[token] = self._clock() + TOKEN_LIFETIME
        return Grant(
            token=SecretStr(token),
            scopes=tuple(sorted(self.scopes)),
            expires_in=int(TOKEN_LIFETIME.total_seconds()),
        )

    def reaches(self, topic: Topic) -> bool:
        """Return whether one of the topic's scopes is granted; `write_x` implies `read_x`."""
        return not topic.scopes or any(
            scope in self.scopes or scope.replace("read_", "write_", 1) in self.scopes
            for scope in topic.scopes
        )
