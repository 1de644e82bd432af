"""A delivery: one request that claims to be a webhook, exactly as it came."""

from enum import StrEnum
from functools import lru_cache
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

ORIGIN_HEADER: Final = "X-Devhook-Origin"
"""The header by which devhook's receiver recognises devhook's own requests: `replay` or `forged`."""

PROOF_HEADER: Final = "X-Devhook-Proof"
"""The header that proves the origin: a MAC with this user's key. Anybody can write the other one."""


class Origin(StrEnum):
    """Who made a delivery."""

    SHOPIFY = "shopify"
    SIMULATOR = "simulator"
    REPLAY = "replay"
    FORGED = "forged"


class Signature(StrEnum):
    """The result of checking a delivery's signature. `unchecked`: no secret is known."""

    VALID = "valid"
    INVALID = "invalid"
    MISSING = "missing"
    UNCHECKED = "unchecked"

    @property
    def trusted(self) -> bool:
        """Whether the delivery counts as a version of its subject: valid or unchecked."""
        return self is Signature.VALID or self is Signature.UNCHECKED


class Delivery(BaseModel):
    """One request that claims to be a webhook.

    Header names and values are the received bytes read as Latin-1, so that they can be written out again
    unchanged; they keep their order, their case and their repetitions. `path` is the request target as sent,
    query included. `body` is never decoded here.

    Both header families are read: `X-Shopify-*` of classic webhooks
    (https://shopify.dev/docs/apps/build/webhooks/delivery-structure) and `shopify-*` of Events
    (https://shopify.dev/docs/apps/build/events/delivery-structure). Where both are present the new form
    wins, as in Shopify's own libraries.
    """

    model_config = ConfigDict(frozen=True)

    received_at: AwareDatetime
    method: str = "POST"
    path: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def values(self, name: str) -> list[str]:
        """Return every value of the header `name`, in order of arrival; the case of `name` is ignored."""
        return list(_by_name(self.headers).get(name.lower(), ()))

    def header(self, name: str) -> str | None:
        """Return the first value of the header `name`, or None."""
        return next(iter(_by_name(self.headers).get(name.lower(), ())), None)

    def shopify(self, name: str) -> str | None:
        """Return the value of Shopify's header `name`, given without its prefix (`topic`), or None.

        The value is stripped, and decoded if it is UTF-8: a subscription's name may be any text.
        """
        values = _by_name(self.headers)
        name = f"shopify-{name.lower()}"
        found = values.get(name) or values.get(f"x-{name}")
        return _as_text(found[0]).strip() if found else None

    @property
    def topic(self) -> str | None:
        """The topic in the header: `orders/updated`."""
        return self.shopify("topic")

    @property
    def shop(self) -> str | None:
        """The shop's `*.myshopify.com` domain. The signature does not cover it."""
        return self.shopify("shop-domain")

    @property
    def webhook_id(self) -> str | None:
        """The id of this delivery; a second one with the same id is a duplicate.

        https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
        """
        return self.shopify("webhook-id")

    @property
    def event_id(self) -> str | None:
        """The id shared by all deliveries of one action, over topics and subscriptions.

        https://shopify.dev/docs/apps/build/webhooks/delivery-structure
        """
        return self.shopify("event-id")

    @property
    def triggered_at(self) -> str | None:
        """When the action happened: UTC with nanoseconds. A retry keeps the first value.

        https://shopify.dev/changelog/updates-to-webhook-retry-mechanism
        """
        return self.shopify("triggered-at")

    @property
    def api_version(self) -> str | None:
        """The API version that wrote the payload."""
        return self.shopify("api-version")

    @property
    def hmac(self) -> str | None:
        """The claimed signature: base64 of HMAC-SHA256 over the raw body."""
        return self.shopify("hmac-sha256")

    @property
    def content_type(self) -> str:
        """The media type in lower case without parameters; empty if there is none."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()


class Arrival(BaseModel):
    """A delivery as the receiver stores it.

    `signature`: the result of the check.
    `signed_with`: the name of the secret that made the signature, never the secret itself.
    `status`: the HTTP status that is answered once the row is on disk. 0: the connection is dropped instead;
    None: a target is asked first.
    """

    model_config = ConfigDict(frozen=True)

    delivery: Delivery
    signature: Signature
    signed_with: str | None = None
    origin: Origin = Origin.SHOPIFY
    status: int | None = 200


@lru_cache(maxsize=64)
def _by_name(headers: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    """Return the values of each header by its name in lower case.

    One reading asks for 32 headers. The key is the headers themselves, so a copy of a delivery with others
    gets its own; a look-up takes 1 µs, a search of ten headers 3 µs.
    """
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name.lower(), []).append(value)
    return found


def _as_text(value: str) -> str:
    if value.isascii():
        return value
    raw = value.encode("latin-1", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return value
