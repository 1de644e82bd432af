"""The headers that Shopify sends with a delivery: their names, case and order.

The order is that of a capture: first the headers of the HTTP client, then Shopify's own in alphabetical
order. The sender adds Host and Content-Length.
"""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from random import Random
from typing import Final

from pydantic import BaseModel, ConfigDict

SIGNATURE_HEADER: Final = "X-Shopify-Hmac-Sha256"
TOPIC_HEADER: Final = "X-Shopify-Topic"
TRIGGERED_AT_HEADER: Final = "X-Shopify-Triggered-At"
WEBHOOK_ID_HEADER: Final = "X-Shopify-Webhook-Id"

# Undocumented, but present in every capture of these topics.
_RESOURCES: Final = {"orders": "X-Shopify-Order-Id", "products": "X-Shopify-Product-Id"}

Headers = tuple[tuple[str, str], ...]
Uuids = Callable[[], str]


class HeaderValues(BaseModel):
    """The values of one delivery's headers, except its signature.

    - `topic`: `orders/updated`.
    - `shop`: the `*.myshopify.com` domain.
    - `api_version`: `2026-07`.
    - `webhook_id`: the delivery's own id.
    - `event_id`: the id that it shares with all deliveries of the same action.
    - `triggered_at`: UTC with nanoseconds, see `triggered_at()`.
    - `name`: the subscription's name, if it has one.
    - `resource_id`: the id in the body; only deliveries of orders and products repeat it in a header.
    - `test`: whether Shopify marks it as a test.
    - `content_type`: `application/json` or `application/xml`.
    """

    model_config = ConfigDict(frozen=True)

    topic: str
    shop: str
    api_version: str
    webhook_id: str
    event_id: str
    triggered_at: str
    name: str | None = None
    resource_id: int | None = None
    test: bool = False
    content_type: str = "application/json"

    def headers(self, signature: str | None) -> Headers:
        """Return the headers with this signature of the body (see `signature.sign`); None: without one.

        Values are UTF-8 bytes read as Latin-1, as in a Delivery.
        """
        return tuple(
            (name, value.encode("utf-8").decode("latin-1")) for name, value in self._written(signature)
        )

    def _written(self, signature: str | None) -> Iterator[tuple[str, str]]:
        yield "User-Agent", "Shopify-Captain-Hook"
        yield "Accept", "*/*"
        yield "Accept-Encoding", "gzip;q=1.0,deflate;q=0.6,identity;q=0.3"
        yield "Content-Type", self.content_type
        yield "X-Shopify-API-Version", self.api_version
        yield "X-Shopify-Event-Id", self.event_id
        if signature is not None:
            yield SIGNATURE_HEADER, signature
        if self.name:
            yield "X-Shopify-Name", self.name
        resource = _RESOURCES.get(self.topic.partition("/")[0])
        if resource is not None and self.resource_id is not None:
            yield resource, str(self.resource_id)
        yield "X-Shopify-Shop-Domain", self.shop
        yield "X-Shopify-Test", "true" if self.test else "false"
        yield TOPIC_HEADER, self.topic
        yield TRIGGERED_AT_HEADER, self.triggered_at
        yield WEBHOOK_ID_HEADER, self.webhook_id


def random_uuids(random: Random) -> Uuids:
    """Return a source of ids in the form of X-Shopify-Webhook-Id and X-Shopify-Event-Id."""
    return lambda: str(uuid.UUID(int=random.getrandbits(128), version=4))


def triggered_at(moment: datetime, nanoseconds: int = 0) -> str:
    """Return `moment` in the form of X-Shopify-Triggered-At; `nanoseconds` (0-999) complete it."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond:06d}{nanoseconds:03d}Z"
