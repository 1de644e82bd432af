"""A request as it arrives: what is needed of it before its answer, without a model of it."""

import time
from typing import Final

from devhook.inbox.arrival_rows import ArrivalRow
from devhook.inbox.checksums import ListedDelivery
from devhook.inbox.deliveries import headers_value, moment, packed, storable
from devhook.webhook.delivery import ORIGIN_HEADER, PROOF_HEADER, Delivery, Origin
from devhook.webhook.headers import FirstValues, RawHeaders
from devhook.webhook.signature import Check

_ORIGIN: Final = ORIGIN_HEADER.lower()
_PROOF: Final = PROOF_HEADER.lower()
_METHOD: Final = "POST"


class Incoming:
    """A complete request.

    `body`: the bytes that came; they are neither decoded nor decompressed.
    `topic`, `hmac`: the values of Shopify's headers.
    `claimed_origin`, `proof`: the values of devhook's own headers.

    A `Delivery` is made only for a target: it takes 8 us, and as long again until its headers are found.
    """

    __slots__ = ("_first", "_path", "_received_at", "body", "headers", "hmac", "topic")

    def __init__(self, path: str, headers: RawHeaders, body: bytes) -> None:
        self._received_at = time.time_ns() // 1000
        self._path = path
        self._first = FirstValues(headers)
        self.headers = headers
        self.body = body
        self.topic = self._first.shopify("topic")
        self.hmac = self._first.shopify("hmac-sha256")

    @property
    def claimed_origin(self) -> str | None:
        """The origin that a devhook claims: `replay` or `forged`."""
        return self._first.get(_ORIGIN)

    @property
    def proof(self) -> str | None:
        """The proof of the origin."""
        return self._first.get(_PROOF)

    def row(self, checked: Check, origin: Origin, status: int | None) -> ArrivalRow:
        """Return the row to write; `status` as in `ArrivalRow`."""
        first = self._first
        listed = ListedDelivery(
            received_at=self._received_at,
            method=_METHOD,
            path=storable(self._path) or "",
            topic=storable(self.topic),
            shop=storable(first.shopify("shop-domain")),
            webhook_id=storable(first.shopify("webhook-id")),
            event_id=storable(first.shopify("event-id")),
            signature=checked.signature.value,
            signed_with=storable(checked.signed_with),
            origin=origin.value,
            size=len(self.body),
            imported_at=None,
        )
        return ArrivalRow.made_of(listed, self._packed(), self.body, status)

    def delivery(self) -> Delivery:
        """Return the delivery, for a target."""
        return Delivery(
            received_at=moment(self._received_at),
            method=_METHOD,
            path=self._path,
            headers=self._as_text(),
            body=self.body,
        )

    def _packed(self) -> bytes | str:
        return packed(self.headers) or headers_value(self._as_text())

    def _as_text(self) -> tuple[tuple[str, str], ...]:
        return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in self.headers)
