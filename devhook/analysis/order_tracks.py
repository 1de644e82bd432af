"""Follows an order's money, fulfilment status and payment status through the versions of its body."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from devhook.analysis.phrases import unwrapped
from devhook.webhook.document import Document

# How far along a status is, from 0 to 1.
# https://shopify.dev/docs/api/admin-rest/latest/resources/order
_FULFILMENT: Final = {"unfulfilled": 0.0, "restocked": 0.0, "partial": 0.5, "fulfilled": 1.0}
_PAYMENT: Final = {
    "pending": 0.0,
    "voided": 0.0,
    "expired": 0.0,
    "refunded": 0.0,
    "authorized": 0.25,
    "partially_paid": 0.5,
    "partially_refunded": 0.5,
    "paid": 1.0,
}


class OrderSnapshot(NamedTuple):
    """What one body says of its order; an empty text where it says nothing."""

    total: str
    fulfilment: str
    payment: str

    @classmethod
    def of(cls, document: Document) -> "OrderSnapshot":
        """Read it from an order's body; the total is what is left after edits and refunds."""
        body: Any = unwrapped(document)
        if not isinstance(body, dict):
            return cls("", "", "")
        total = _text(body.get("current_total_price")) or _text(body.get("total_price"))
        unsent = "unfulfilled" if "fulfillment_status" in body else ""
        return cls(
            total if _amount(total) is not None else "",
            _text(body.get("fulfillment_status")) or unsent,
            _text(body.get("financial_status")),
        )


class Track(NamedTuple):
    """One of the three over time: its values, and how high each stands, from 0 to 1; None if unknown."""

    name: str
    values: tuple[str, ...]
    levels: tuple[float | None, ...]


def tracks(states: Sequence[OrderSnapshot]) -> tuple[Track, ...]:
    """Return the tracks of an order whose versions say `states`; what no version says has none."""
    totals = tuple(state.total for state in states if state.total)
    amounts = [_amount(total) or Decimal(0) for total in totals]
    highest = max(amounts, default=Decimal(0))
    sent = tuple(state.fulfilment for state in states if state.fulfilment)
    paid = tuple(state.payment for state in states if state.payment)
    every = (
        Track("money", totals, tuple(float(each / highest) if highest > 0 else 0.0 for each in amounts)),
        Track("fulfilment", sent, tuple(map(_FULFILMENT.get, sent))),
        Track("payment", paid, tuple(map(_PAYMENT.get, paid))),
    )
    return tuple(track for track in every if track.values)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text[:40])
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
