"""A request as it arrives: the parts that are needed before it is answered."""

import time
from collections.abc import Mapping
from typing import Final

from devhook.inbox.arrival_rows import ArrivalRow
from devhook.inbox.checksums import ListedDelivery
from devhook.inbox.deliveries import RawHeaders, headers_value, moment, packed, storable
from devhook.webhook.delivery import ORIGIN_HEADER, PROOF_HEADER, Delivery, Origin
from devhook.webhook.signature import Check

_METHOD: Final = "POST"


class Incoming:
    """A complete request.

    `body`: the bytes that came; they are neither decoded nor decompressed.
    `topic`, `hmac`: the values of Shopify's headers.
    `claimed_origin`, `proof`: the values of devhook's own headers.

    A `Delivery` is made only for a target: it takes 8 us, and as long again until its headers are found.
    """

    __slots__ = ("_headers", "_path", "_raw_headers", "_received_at", "body", "hmac", "topic")

    def __init__(self, path: str, raw_headers: RawHeaders, headers: Mapping[str, str], body: bytes) -> None:
        """Note a request; `headers` are aiohttp's, which finds them whatever the case of a name."""
        self._received_at = time.time_ns() // 1000
        self._path = path
        self._raw_headers = raw_headers
        self._headers = headers
        self.body = body
        self.topic = self._shopify("topic")
        self.hmac = self._shopify("hmac-sha256")

    @property
    def claimed_origin(self) -> str | None:
        """The origin that the sending devhook claims: `replay` or `forged`."""
        return self._value(ORIGIN_HEADER)

    @property
    def proof(self) -> str | None:
        """The proof of the origin."""
        return self._value(PROOF_HEADER)

    def row(self, checked: Check, origin: Origin, status: int | None) -> ArrivalRow:
        """Return the row to write; `status` as in `ArrivalRow`."""
        listed = ListedDelivery(
            received_at=self._received_at,
            method=_METHOD,
            path=storable(self._path) or "",
            topic=storable(self.topic),
            shop=storable(self._shopify("shop-domain")),
            webhook_id=storable(self._shopify("webhook-id")),
            event_id=storable(self._shopify("event-id")),
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
        return packed(self._raw_headers) or headers_value(self._as_text())

    def _as_text(self) -> tuple[tuple[str, str], ...]:
        return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in self._raw_headers)

    def _shopify(self, name: str) -> str | None:
        """Return the value of Shopify's header `name`, as `Delivery.shopify` does."""
        value = self._value(f"shopify-{name}")
        if value is None:
            value = self._value(f"x-shopify-{name}")
        return None if value is None else value.strip()

    def _value(self, name: str) -> str | None:
        """Return the first value of a header, decoded as UTF-8 if it is valid, else as Latin-1."""
        value = self._headers.get(name)
        if value is None or value.isascii():
            return value
        try:
            value.encode()
        except UnicodeEncodeError:
            # aiohttp reads headers as UTF-8 and keeps what is not as half surrogates.
            return value.encode("utf-8", "surrogateescape").decode("latin-1")
        return value
