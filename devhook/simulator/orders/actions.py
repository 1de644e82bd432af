"""What an action on an order gives off: events, or the reason why it cannot be done."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from devhook.errors import DevhookError
from devhook.scenario.model import Action

TOPICS: Final = (
    "orders/create",
    "orders/updated",
    "orders/paid",
    "orders/edited",
    "orders/partially_fulfilled",
    "orders/fulfilled",
    "orders/cancelled",
    "orders/delete",
    "order_transactions/create",
    "fulfillment_orders/order_routing_complete",
    "fulfillment_orders/moved",
    "fulfillment_orders/cancelled",
    "fulfillments/create",
    "fulfillments/update",
    "refunds/create",
)
"""Every topic that something happening to an order is told of."""


class Event(BaseModel):
    """One thing that subscribers of `topic` are told of.

    `payload` is the body as it is at this moment; nothing that happens to the order later changes it. It
    holds dicts, lists, strings, ints, Decimals (numbers with a point), bools and None. `order_id` is the
    order's own id, also where the payload does not name it (`fulfillment_orders/*`).
    """

    model_config = ConfigDict(frozen=True)

    topic: str
    payload: dict[str, Any]
    action: Action
    order_id: int


class NotPossible(DevhookError):
    """The action does not fit the order's state. The message says why, the hint what to do instead."""
