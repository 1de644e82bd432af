"""Relates topics: those that the same action triggers, and those that report what a body leaves out."""

from collections.abc import Iterable
from enum import StrEnum
from itertools import chain
from typing import Final

from pydantic import BaseModel, ConfigDict

from devhook.webhook.topics import matching


class Bond(StrEnum):
    """Why a topic is a companion: the same action triggers both, or it reports what the body omits."""

    BESIDE = "beside"
    TELLS = "tells"


class Companion(BaseModel):
    """A topic's companion: its name or a glob (`fulfillment_orders/*`), and why in a sentence."""

    model_config = ConfigDict(frozen=True)

    pattern: str
    bond: Bond
    why: str

    def topics(self) -> tuple[str, ...]:
        """The names of the topics that the pattern matches."""
        return tuple(topic.name for topic in matching(self.pattern))


# "orders/updated fires in addition to specific topics" (Shopify's staff, https://community.shopify.dev/t/27018),
# and no source says in which order. orders/delete is not among them: its order no longer exists.
_FIRE_WITH_UPDATED: Final = (
    "orders/create",
    "orders/paid",
    "orders/edited",
    "orders/cancelled",
    "orders/fulfilled",
    "orders/partially_fulfilled",
    "order_transactions/create",
    "fulfillments/create",
    "fulfillments/update",
    "refunds/create",
)
_IN_NO_ORDER: Final = "The order's body does not carry the location that it is assigned to: "
_LOCATION: Final = (
    # The documented bodies of an order and of fulfillment_orders/moved: https://shopify.dev/docs/api/webhooks/latest
    ("fulfillments/create", f"{_IN_NO_ORDER}a fulfilment's location_id is where it was shipped from."),
    ("fulfillments/update", f"{_IN_NO_ORDER}a fulfilment's location_id is where it was shipped from."),
    ("fulfillment_orders/*", f"{_IN_NO_ORDER}it is moved and routed here, without the order's id."),
)  # fmt: skip


def companions(name: str) -> tuple[Companion, ...]:
    """What is to be known beside the topic `name` (`orders/updated`); nothing where no source says anything.

    A topic may stand there twice: it fires beside, and it tells what is missing.
    """
    return (*_beside(name), *_telling(name))


def offered(names: Iterable[str]) -> tuple[Companion, ...]:
    """What to subscribe to besides `names`, so that nothing that happens to their subjects stays untold.

    Only what none of the names means already; each once.
    """
    asked = set(names)
    wanted = {each.pattern: each for each in chain.from_iterable(map(_telling, sorted(asked)))}
    return tuple(each for each in wanted.values() if not asked.issuperset(each.topics()))


def _beside(name: str) -> tuple[Companion, ...]:
    if name == "orders/updated":
        why = "The same event fires both, in no certain order."
        return tuple(Companion(pattern=other, bond=Bond.BESIDE, why=why) for other in _FIRE_WITH_UPDATED)
    if name in _FIRE_WITH_UPDATED:
        why = "It fires too, whatever happens to an order, before or after this."
        return (Companion(pattern="orders/updated", bond=Bond.BESIDE, why=why),)
    return ()


def _telling(name: str) -> tuple[Companion, ...]:
    told: tuple[tuple[str, str], ...] = ()
    match name:
        case "orders/updated":
            # Reported in thread 2445856 of https://community.shopify.com
            told = (*_LOCATION, ("returns/*", "A return by itself does not fire orders/updated."))
        case "orders/edited":
            # The documented body: https://shopify.dev/docs/api/webhooks/latest
            told = (
                (
                    "orders/updated",
                    "The body holds ids and differences only; the order as it is now comes here.",
                ),
            )
    return tuple(Companion(pattern=pattern, bond=Bond.TELLS, why=why) for pattern, why in told)
