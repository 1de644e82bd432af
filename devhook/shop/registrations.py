"""The subscriptions of this app in a shop: whose each is, which lead nowhere, making and removing them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from devhook.errors import InputError
from devhook.inbox.database import Inbox
from devhook.inbox.folder import is_there
from devhook.inbox.journal import Lease, open_leases
from devhook.shop.client import AdminClient
from devhook.shop.dead_tunnels import dead_tunnels
from devhook.shop.leases import Leases, Made
from devhook.shop.subscriptions import Shape, Subscription, delete, granted_scopes, listed
from devhook.text import counted

_OURS: Final = "devhook-"


class Holder(StrEnum):
    """Whose a subscription is: this inbox's journal proves it ours, its name says devhook, or neither."""

    LEASE = "lease"
    DEVHOOK = "devhook"
    OTHER = "other"


class Registration(BaseModel):
    """A subscription of this app. `dead` says why its address leads nowhere, and is empty otherwise."""

    model_config = ConfigDict(frozen=True)

    subscription: Subscription
    holder: Holder
    dead: str


_NOT_OURS: Final = (
    "{topic} to {uri} is not this run's, and devhook removes only what its journal proves its own."
)
_WHOSE_ELSE: Final = {
    Holder.DEVHOOK: "Its name says that another devhook made it; that one removes it when it ends.",
    Holder.OTHER: "Your app made it by itself: remove it there.",
}


class RegistrationList(BaseModel):
    """What is registered in the shop, oldest first, and which leases of the session the shop has lost."""

    model_config = ConfigDict(frozen=True)

    entries: tuple[Registration, ...]
    lost: tuple[Lease, ...]


class Registrations:
    """This app's subscriptions in the shop of a session; `leases` are the temporary ones.

    `address` tells where they are to deliver to at this moment; new ones are made in `shape`. Everything
    raises a DevhookError where the shop refuses or cannot be reached.
    """

    def __init__(
        self, leases: Leases, client: AdminClient, address: Callable[[], str], shape: Shape | None = None
    ) -> None:
        self.leases = leases
        self._client = client
        self._address = address
        self._shape = shape or Shape()

    @property
    def domain(self) -> str:
        """The shop's domain."""
        return self._client.shop

    @property
    def address(self) -> str:
        """Where new subscriptions deliver to."""
        return self._address()

    @property
    def topics(self) -> frozenset[str]:
        """The topics that the session has leases of."""
        return frozenset(lease.topic for lease in self.leases.open())

    async def fetch(self) -> RegistrationList:
        """Look at every subscription of this app. Only what the journal proves ours is a lease."""
        await self.leases.vanished()
        entries = await list_registrations(self._client, self.leases.open())
        return RegistrationList(entries=tuple(entries), lost=self.leases.lost)

    async def granted(self) -> frozenset[str]:
        """The scopes that the app was granted."""
        return await granted_scopes(self._client)

    async def subscribe(self, topics: Iterable[str]) -> Made:
        """Make leases of more topics, in the format that the session was begun with.

        Not with its filter and fields: one that a topic does not have would silence it.
        """
        return await self.leases.make(topics, self.address, Shape(format=self._shape.format))

    async def renew(self) -> Made:
        """Make the lost leases again."""
        return await self.leases.make_again(self.address)

    async def remove(self, entry: Registration) -> None:
        """Remove a lease of ours, or what leads into a tunnel that is still gone; refuse anything else.

        Whoever calls this for what is not a lease has asked the user about it.
        """
        found = entry.subscription
        for lease in self.leases.open():
            if found.id == lease.subscription_id or (lease.name and found.name == lease.name):
                await self.leases.remove(lease)
                return
        if entry.holder is Holder.LEASE:
            return  # removed meanwhile
        if refusal := refusal_to_remove(entry):
            raise refusal
        if not await dead_tunnels([found.uri]):
            raise InputError(f"{found.uri} is reachable again.", "The subscription was not removed.")
        await delete(self._client, found.id)


def refusal_to_remove(entry: Registration) -> InputError | None:
    """Why devhook will not remove this one; None where it may, after asking where it is no lease."""
    if entry.holder is Holder.LEASE or entry.dead:
        return None
    message = _NOT_OURS.format(topic=entry.subscription.topic, uri=entry.subscription.uri)
    return InputError(message, _WHOSE_ELSE[entry.holder])


async def list_registrations(client: AdminClient, leases: Sequence[Lease]) -> list[Registration]:
    """What this app is subscribed to in the shop, oldest first; `leases` are the journal's open ones."""
    subscriptions = await listed(client)
    dead = await dead_tunnels(each.uri for each in subscriptions)
    return [
        Registration(subscription=each, holder=_holder(each, leases), dead=dead.get(each.uri, ""))
        for each in subscriptions
    ]


def journal_leases(inbox: Path, shop: str) -> list[Lease]:
    """Return the open leases of a shop in the journal of an inbox, proven or not; none without an inbox."""
    if not is_there(inbox):
        return []
    with Inbox.open(inbox) as opened:
        return open_leases(opened, shop)


def unproven_sentences(leases: Sequence[Lease]) -> Iterator[str]:
    """Yield which subscriptions of a journal devhook does not remove, why, and how to remove them by hand.

    https://shopify.dev/docs/api/admin-graphql/latest/mutations/webhookSubscriptionDelete
    """
    if not leases:
        return
    yield (
        f"The journal lists {counted(len(leases), 'subscription')} in {leases[0].shop} without a proof that "
        "this user made them on this machine, so devhook does not remove them:"
    )
    for lease in leases:
        yield f"  {lease.topic} to {lease.uri}, {lease.subscription_id or 'id unknown'}"
    yield "To remove one that is yours, call webhookSubscriptionDelete(id) in the Admin API."


def _holder(subscription: Subscription, leases: Sequence[Lease]) -> Holder:
    for lease in leases:
        if subscription.id == lease.subscription_id or (lease.name and subscription.name == lease.name):
            return Holder.LEASE
    return Holder.DEVHOOK if (subscription.name or "").startswith(_OURS) else Holder.OTHER
