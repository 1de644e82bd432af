"""Lists, creates and removes the subscriptions of this app in a shop, with their origin."""

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
from devhook.shop.dead_tunnels import dead_tunnels, tunnel_answers
from devhook.shop.leases import Creation, Leases
from devhook.shop.subscriptions import Shape, Subscription, delete, granted_scopes, listed
from devhook.shop.versions import subscribed_differences
from devhook.text import counted

_OURS: Final = "devhook-"


class Holder(StrEnum):
    """The origin of a subscription.

    `LEASE`: this session created it, which the journal of the inbox proves.
    `DEVHOOK`: its name begins with `devhook-`.
    `OTHER`: neither.
    """

    LEASE = "lease"
    DEVHOOK = "devhook"
    OTHER = "other"


class Registration(BaseModel):
    """A subscription of this app.

    `dead`: why its tunnel is dead; empty if it is not, or if nothing proves it.
    `unreachable`: why its tunnel could not be asked.
    `requested_version`: the API version that devhook requested it in; empty if devhook did not.
    """

    model_config = ConfigDict(frozen=True)

    subscription: Subscription
    holder: Holder
    dead: str
    unreachable: str = ""
    requested_version: str = ""


_NOT_OURS: Final = (
    "This session did not create the subscription to {topic} at {uri}, so devhook does not remove it."
)
_WHOSE_ELSE: Final = {
    Holder.DEVHOOK: "Another devhook created it, according to its name, and removes it when it ends.",
    Holder.OTHER: "Your app created it. Remove it in the app.",
}


class RegistrationList(BaseModel):
    """The subscriptions in a shop.

    `entries`: the subscriptions of this app, oldest first.
    `lost`: the leases of the session that the shop removed.
    """

    model_config = ConfigDict(frozen=True)

    entries: tuple[Registration, ...]
    lost: tuple[Lease, ...]


class Registrations:
    """The subscriptions of this app in the shop of a session.

    `leases`: the temporary subscriptions of the session.
    `address`: returns the URL that new subscriptions deliver to.
    `shape`: the format of new subscriptions; its filter and fields are not used.

    Every coroutine raises a DevhookError if the shop rejects a request or cannot be reached.
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
        """Return the domain of the shop."""
        return self._client.shop

    @property
    def address(self) -> str:
        """Return the URL that new subscriptions deliver to."""
        return self._address()

    @property
    def topics(self) -> frozenset[str]:
        """Return the topics that the session has leases for."""
        return frozenset(lease.topic for lease in self.leases.open())

    async def fetch(self) -> RegistrationList:
        """Return every subscription of this app. Leases are only those that the journal proves."""
        await self.leases.vanished()
        entries = await list_registrations(self._client, self.leases.open())
        return RegistrationList(entries=tuple(entries), lost=self.leases.lost)

    async def granted(self) -> frozenset[str]:
        """Return the scopes that are granted to the app."""
        return await granted_scopes(self._client)

    async def subscribe(self, topics: Iterable[str]) -> Creation:
        """Create leases for more topics, in the format of the session.

        They do not get its filter and fields: a filter on a field that a topic does not have stops its
        deliveries.
        """
        return await self.leases.make(topics, self.address, Shape(format=self._shape.format))

    async def renew(self) -> Creation:
        """Create the lost leases again."""
        return await self.leases.make_again(self.address)

    async def remove(self, entry: Registration) -> None:
        """Remove a lease of this session, or a subscription whose tunnel is still dead.

        The caller asks the user before it removes a subscription that is not a lease. Raises InputError for
        any other subscription.
        """
        subscription = entry.subscription
        for lease in self.leases.open():
            if _is_of_lease(subscription, lease):
                await self.leases.remove(lease)
                return
        if entry.holder is Holder.LEASE:
            return  # It was removed in the meantime.
        if refusal := refusal_to_remove(entry):
            raise refusal
        if not await dead_tunnels([subscription.uri]):
            raise InputError(f"{subscription.uri} is reachable again.", "The subscription was not removed.")
        await delete(self._client, subscription.id)


def refusal_to_remove(entry: Registration) -> InputError | None:
    """Return the error that forbids the removal; None for a lease and for a dead tunnel."""
    if entry.holder is Holder.LEASE or entry.dead:
        return None
    message = _NOT_OURS.format(topic=entry.subscription.topic, uri=entry.subscription.uri)
    return InputError(message, _WHOSE_ELSE[entry.holder])


async def list_registrations(client: AdminClient, leases: Sequence[Lease]) -> list[Registration]:
    """Return the subscriptions of this app, oldest first. `leases` are the open ones of the journal."""
    subscriptions = await listed(client)
    answers = await tunnel_answers(each.uri for each in subscriptions)
    return [
        Registration(
            subscription=each,
            holder=_holder(each, leases),
            dead=answers.dead.get(each.uri, ""),
            unreachable=answers.unreachable.get(each.uri, ""),
            requested_version=next((lease.api_version for lease in leases if _is_of_lease(each, lease)), ""),
        )
        for each in subscriptions
    ]


def version_differences(entries: Sequence[Registration]) -> Iterator[str]:
    """Yield each other version than the requested one that subscriptions of devhook have, once."""
    for requested in dict.fromkeys(entry.requested_version for entry in entries if entry.requested_version):
        yield from subscribed_differences(
            requested,
            (
                (entry.subscription.topic, entry.subscription.api_version)
                for entry in entries
                if entry.requested_version == requested
            ),
        )


def journal_leases(inbox: Path, shop: str) -> list[Lease]:
    """Return the open leases of a shop in the journal of an inbox, proven or not; [] without an inbox."""
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
        if _is_of_lease(subscription, lease):
            return Holder.LEASE
    return Holder.DEVHOOK if (subscription.name or "").startswith(_OURS) else Holder.OTHER


def _is_of_lease(subscription: Subscription, lease: Lease) -> bool:
    return subscription.id == lease.subscription_id or bool(lease.name and subscription.name == lease.name)
