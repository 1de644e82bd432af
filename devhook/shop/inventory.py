"""What is registered in a shop: whose each subscription is, and which of them lead nowhere."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from devhook.inbox.leases import Lease
from devhook.inbox.store import Inbox
from devhook.inbox.takeover import is_there
from devhook.shop.client import AdminClient
from devhook.shop.dead_tunnels import dead_tunnels
from devhook.shop.subscriptions import Subscription, listed

_OURS: Final = "devhook-"


class Holder(StrEnum):
    """Whose a subscription is: this inbox's journal proves it ours, its name says devhook, or neither."""

    LEASE = "lease"
    DEVHOOK = "devhook"
    OTHER = "other"


class Entry(BaseModel):
    """A subscription of this app. `dead` says why its address leads nowhere, and is empty otherwise."""

    model_config = ConfigDict(frozen=True)

    subscription: Subscription
    holder: Holder
    dead: str


async def inventory(client: AdminClient, leases: Sequence[Lease]) -> list[Entry]:
    """What this app is subscribed to in the shop, oldest first; `leases` are the journal's open ones."""
    subscriptions = await listed(client)
    dead = await dead_tunnels(each.uri for each in subscriptions)
    return [
        Entry(subscription=each, holder=_holder(each, leases), dead=dead.get(each.uri, ""))
        for each in subscriptions
    ]


def leases_written(inbox: Path, shop: str) -> list[Lease]:
    """The open leases of a shop in the journal of that inbox; none where there is no inbox."""
    if not is_there(inbox):
        return []
    with Inbox.open(inbox) as opened:
        return opened.open_leases(shop)


def _holder(subscription: Subscription, leases: Sequence[Lease]) -> Holder:
    for lease in leases:
        if subscription.id == lease.subscription_id or (lease.name and subscription.name == lease.name):
            return Holder.LEASE
    return Holder.DEVHOOK if (subscription.name or "").startswith(_OURS) else Holder.OTHER
