"""Leases: a session's temporary subscriptions, written down before they are asked for, gone when it ends."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Final

from pydantic import BaseModel, ConfigDict

from devhook.errors import CredentialsRefused, DevhookError, InboxError
from devhook.inbox.database import Inbox
from devhook.inbox.journal import (
    Lease,
    LeaseState,
    ask_lease,
    confirm_lease,
    move_lease,
    open_leases,
    orphaned_leases,
    strike_lease,
    unproven_leases,
)
from devhook.shop.client import AdminClient, NotSent
from devhook.shop.messages import ShopRefusal
from devhook.shop.subscriptions import Shape, Subscription, Wish, create, delete, listed, move
from devhook.shop.versions import has_name
from devhook.webhook.topics import topic as find_topic

# Done with twenty leases in a second or two, and far from Shopify's own limits.
_AT_ONCE: Final = 4
# A request whose answer was not heard may still be at work in the shop, for as long as its own time limit.
_SETTLED_AFTER: Final = timedelta(seconds=30)
_LONGEST_NAME: Final = 50
# Seconds that the end of a session waits for the shop; twenty leases take one or two.
_END: Final = 5.0
# What the shop says when our own request is repeated although it had been heard the first time.
_OURS_PERHAPS: Final = frozenset({"taken", "name_taken"})
_NEXT_TIME: Final = "The next devhook listen removes it; at once: devhook subscriptions clean"


class RefusedTopic(BaseModel):
    """A topic that no lease was made for, and why."""

    model_config = ConfigDict(frozen=True)

    topic: str
    refusal: ShopRefusal


class Made(BaseModel):
    """What came of asking for leases: the subscriptions as the shop tells them, and the topics it refused."""

    model_config = ConfigDict(frozen=True)

    subscriptions: tuple[Subscription, ...]
    refused: tuple[RefusedTopic, ...]


class Left(BaseModel):
    """A lease that was not removed.

    `lease`: the lease.
    `reason`, `hint`: why it was not removed, and what to do about it.
    `candidates`: the subscriptions that may be the lease's, without a proof; only the user can decide.
    """

    model_config = ConfigDict(frozen=True)

    lease: Lease
    reason: str
    hint: str
    candidates: tuple[Subscription, ...] = ()


class NotProven(DevhookError):
    """The journal does not prove which subscription a lease is. `candidates` are those that it may be."""

    def __init__(self, lease: Lease, candidates: Sequence[Subscription]) -> None:
        super().__init__(
            f"Nothing proves that devhook made the subscription to {lease.topic} at {lease.uri}.",
            "Decide for each subscription: devhook subscriptions clean",
        )
        self.candidates = tuple(candidates)


class Removal(BaseModel):
    """The result of removing leases.

    `removed`: the leases that the shop no longer has, including those that it removed by itself.
    `left`: the leases that were not removed.
    `unproven`: the leases in the journal that no MAC proves to be this user's; nothing was done about them.
    """

    model_config = ConfigDict(frozen=True)

    removed: tuple[Lease, ...]
    left: tuple[Left, ...]
    unproven: tuple[Lease, ...] = ()


class Leases:
    """The leases of one session in one shop.

    The journal in the inbox is written first and struck last: it names every subscription of ours that the
    shop may still have, and nothing else is ever removed. `clock` gives aware times, `new_mark` the part of a
    subscription's name that no other has. Without `provable` no later run can remove what this one leaves.
    """

    def __init__(
        self,
        inbox: Inbox,
        client: AdminClient,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_mark: Callable[[], str] = lambda: token_hex(4),
        provable: bool = True,
    ) -> None:
        self._inbox = inbox
        self._client = client
        self._clock = clock
        self._new_mark = new_mark
        self._provable = provable
        self._own: dict[int, Shape] = {}
        self._lost: list[Lease] = []
        self._looking = asyncio.Lock()

    @property
    def shop(self) -> str:
        """The shop's domain."""
        return self._client.shop

    @property
    def lost(self) -> tuple[Lease, ...]:
        """The leases of this session that the shop removed by itself, until they are made again."""
        return tuple(self._lost)

    def open(self) -> list[Lease]:
        """The leases of this session that the shop may still know."""
        return [lease for lease in open_leases(self._inbox, self._client.shop) if lease.id in self._own]

    async def make(self, topics: Iterable[str], uri: str, shape: Shape | None = None) -> Made:
        """Subscribe to every topic at `uri`. A topic that is refused is reported, the others are made.

        Raises what concerns them all: refused credentials, no connection. What was made until then is in the
        journal, where `remove_all` finds it.
        """
        made: list[Subscription] = []
        refused: list[RefusedTopic] = []
        for topic in topics:
            answer = await self._make(find_topic(topic).name, uri, shape or Shape())
            if isinstance(answer, Subscription):
                made.append(answer)
            else:
                refused.append(RefusedTopic(topic=find_topic(topic).name, refusal=answer))
        return Made(subscriptions=tuple(made), refused=tuple(refused))

    async def move(self, uri: str) -> None:
        """Let every lease of this session deliver to `uri` from now on.

        Raises the first refusal or failure; what was moved by then is moved. Retries of what was triggered
        before still go to the old address:
        https://shopify.dev/changelog/updates-to-webhook-retry-mechanism
        """
        for lease in self.open():
            if lease.subscription_id is None or lease.uri == uri:
                continue
            answer = await move(self._client, lease.subscription_id, uri)
            if isinstance(answer, ShopRefusal):
                raise answer.error()
            move_lease(self._inbox, lease.id, uri)

    async def vanished(self) -> list[Lease]:
        """Strike the leases of this session that the shop no longer has, and return them."""
        async with self._looking:
            held = self.open()
            known = {subscription.id for subscription in await listed(self._client)}
            still = {lease.id for lease in self.open()}
            gone = [
                lease
                for lease in held
                if lease.subscription_id and lease.subscription_id not in known and lease.id in still
            ]
            for lease in gone:
                strike_lease(self._inbox, lease.id, LeaseState.VANISHED)
            self._lost += gone
        return gone

    async def make_again(self, uri: str) -> Made:
        """Make the lost leases again, at `uri` and shaped as they were. A refused one stays lost."""
        made: list[Subscription] = []
        refused: list[RefusedTopic] = []
        for lease in self.lost:
            answer = await self._make(lease.topic, uri, self._own[lease.id])
            if isinstance(answer, Subscription):
                self._lost.remove(lease)
                made.append(answer)
            else:
                refused.append(RefusedTopic(topic=lease.topic, refusal=answer))
        return Made(subscriptions=tuple(made), refused=tuple(refused))

    async def remove(self, lease: Lease) -> None:
        """Remove one lease of this session, or raise why not."""
        # Not while it is looked for: a lease that is being removed must not be called lost.
        async with self._looking:
            await self._remove_one(lease)

    async def remove_all(self, *, within: float = _END) -> Removal:
        """Remove this session's leases within `within` seconds. Failures are in the result.

        A lease that is not removed stays in the journal.
        """
        return await self._remove(self.open(), within)

    async def clean_up(self, *, within: float = 20.0) -> Removal:
        """Remove the proven leases that ended sessions left in this shop. Failures are in the result."""
        removal = await self._remove(orphaned_leases(self._inbox, self._client.shop), within)
        unproven = unproven_leases(self._inbox, self._client.shop)
        return removal.model_copy(update={"unproven": tuple(unproven)})

    async def _make(self, topic: str, uri: str, shape: Shape) -> Subscription | ShopRefusal:
        name = self._name(topic) if has_name(self._client.api_version) else ""
        wish = Wish(topic=topic, uri=uri, name=name, **shape.model_dump())
        lease = self._ask(topic, uri, name, shape)
        try:
            answer = await create(self._client, wish)
        except (CredentialsRefused, NotSent):
            # Any other failure may have come after the shop did it: then the lease stays open.
            strike_lease(self._inbox, lease.id, LeaseState.VANISHED)
            raise
        if isinstance(answer, ShopRefusal) and name and answer.code in _OURS_PERHAPS:
            answer = next(iter(await self._candidates(lease)), answer)
        if isinstance(answer, Subscription):
            confirm_lease(self._inbox, lease.id, answer.id)
        else:
            strike_lease(self._inbox, lease.id, LeaseState.VANISHED)
        return answer

    def _ask(self, topic: str, uri: str, name: str, shape: Shape) -> Lease:
        """Write down what the shop is about to be asked for."""
        lease_id = ask_lease(
            self._inbox,
            shop=self._client.shop,
            topic=topic,
            uri=uri,
            api_version=self._client.api_version,
            name=name,
            provable=self._provable,
        )
        self._own[lease_id] = shape
        return next(lease for lease in self.open() if lease.id == lease_id)

    def _name(self, topic: str) -> str:
        """A name that tells its topic in the shop's list, and in every delivery's X-Shopify-Name."""
        mark = self._new_mark()
        told = topic.replace("/", "-").replace(".", "-")
        return f"devhook-{told[: _LONGEST_NAME - len('devhook--') - len(mark)]}-{mark}"

    async def _remove(self, leases: Sequence[Lease], within: float) -> Removal:
        left: dict[int, Left] = {}
        done: set[int] = set()
        turns = asyncio.Semaphore(_AT_ONCE)

        async def remove(lease: Lease) -> None:
            async with turns:
                try:
                    await self._remove_one(lease)
                except DevhookError as error:
                    candidates = error.candidates if isinstance(error, NotProven) else ()
                    left[lease.id] = Left(
                        lease=lease, reason=error.message, hint=error.hint, candidates=candidates
                    )
                else:
                    done.add(lease.id)

        try:
            async with asyncio.timeout(within), asyncio.TaskGroup() as tasks:
                for lease in leases:
                    tasks.create_task(remove(lease))
        except TimeoutError:
            pass  # what was not reached is told as left
        late = f"{self._client.shop} did not answer in time."
        return Removal(
            removed=tuple(lease for lease in leases if lease.id in done),
            left=tuple(
                left.get(lease.id) or Left(lease=lease, reason=late, hint=_NEXT_TIME)
                for lease in leases
                if lease.id not in done
            ),
        )

    async def _remove_one(self, lease: Lease) -> None:
        """Remove one lease and strike it, or raise why not."""
        subscription_id = lease.subscription_id
        if subscription_id is None:
            candidates = await self._candidates(lease)
            if candidates and not self._has_name(lease):
                raise NotProven(lease, candidates)
            subscription_id = candidates[0].id if candidates else None
        if subscription_id is not None:
            existed = await delete(self._client, subscription_id)
            # It is gone from the shop, also where a full disk keeps the journal from saying so: the next
            # session finds nothing to remove.
            with suppress(InboxError):
                strike_lease(self._inbox, lease.id, LeaseState.REMOVED if existed else LeaseState.VANISHED)
        elif self._clock() >= lease.asked_at + _SETTLED_AFTER:
            strike_lease(self._inbox, lease.id, LeaseState.VANISHED)
        else:
            raise DevhookError(
                f"{self._client.shop} may still be creating the subscription to {lease.topic}.",
                _NEXT_TIME,
            )

    async def remove_candidate(self, left: Left, subscription: Subscription) -> None:
        """Remove a candidate of a lease, after the user confirmed that it is devhook's."""
        existed = await delete(self._client, subscription.id)
        strike_lease(self._inbox, left.lease.id, LeaseState.REMOVED if existed else LeaseState.VANISHED)

    def dismiss(self, left: Left) -> None:
        """Strike a lease, after the user decided that none of its candidates is devhook's."""
        strike_lease(self._inbox, left.lease.id, LeaseState.VANISHED)

    async def _candidates(self, lease: Lease) -> list[Subscription]:
        """Return the subscriptions that may be the lease's, whose answer was lost.

        A name proves it, and then there is one at most. Without names it may be any that was created at the
        topic and address since the request (in whole seconds, as Shopify reports times): the request may have
        failed, and the app may have subscribed there itself.
        """
        found = await listed(self._client, uri=lease.uri, topic=lease.topic)
        if self._has_name(lease):
            return [each for each in found if each.name == lease.name]
        return [each for each in found if each.created_at >= lease.asked_at.replace(microsecond=0)]

    def _has_name(self, lease: Lease) -> bool:
        return bool(lease.name) and has_name(self._client.api_version)
