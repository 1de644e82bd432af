"""The results of an action on an order: events, or the reason why it is not possible."""

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
"""All topics that an action on an order can emit."""


class Event(BaseModel):
    """One event of an action.

    - `topic`: `orders/updated`.
    - `payload`: the body at this moment, which later actions do not change. It contains dicts, lists,
      strings, ints, Decimals (numbers with a decimal point), bools and None.
    - `action`: the action that caused it.
    - `order_id`: the order's id, also if the payload does not contain it (`fulfillment_orders/*`).
    """

    model_config = ConfigDict(frozen=True)

    topic: str
    payload: dict[str, Any]
    action: Action
    order_id: int


class NotPossible(DevhookError):
    """The order's state does not allow the action. The hint names another action."""
