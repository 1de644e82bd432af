"""Creates the leases, a session's temporary subscriptions, and removes them when the session ends."""

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
from devhook.shop.refusal import ShopRefusal
from devhook.shop.subscriptions import Shape, Subscription, SubscriptionRequest, create, delete, listed, move
from devhook.shop.versions import has_name
from devhook.webhook.topics import topic as find_topic

# Removes twenty leases in one or two seconds, far below the rate limit.
_AT_ONCE: Final = 4
# The shop may still process a request whose answer was lost, until its own time limit.
_SETTLED_AFTER: Final = timedelta(seconds=30)
_LONGEST_NAME: Final = 50
# Seconds that the end of a session waits for the shop; twenty leases take one or two.
_END: Final = 5.0
# The codes of the refusal when a request is repeated after the shop already processed it.
_REPEATED: Final = frozenset({"taken", "name_taken"})
_NEXT_TIME: Final = "The next devhook listen removes it; at once: devhook subscriptions clean"


class RefusedTopic(BaseModel):
    """A topic that the shop refused, and its refusal."""

    model_config = ConfigDict(frozen=True)

    topic: str
    refusal: ShopRefusal


class Creation(BaseModel):
    """The result of creating leases.

    `subscriptions`: as the shop reports them.
    `refused`: the topics that the shop refused.
    """

    model_config = ConfigDict(frozen=True)

    subscriptions: tuple[Subscription, ...]
    refused: tuple[RefusedTopic, ...]


class RemainingLease(BaseModel):
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
    """The journal does not prove which subscription a lease is. `candidates` are the possible ones."""

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
    left: tuple[RemainingLease, ...]
    unproven: tuple[Lease, ...] = ()


class Leases:
    """The leases of one session in one shop.

    A lease is in the journal of the inbox from before its creation until after its removal: the journal
    lists every subscription of devhook that the shop may still have, and devhook removes no other.

    `clock`: returns aware times.
    `new_mark`: returns the unique part of a subscription's name.
    `provable`: whether a later session can remove the leases that this session leaves.
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
        """Return the domain of the shop."""
        return self._client.shop

    @property
    def lost(self) -> tuple[Lease, ...]:
        """Return the leases of this session that the shop removed and that are not created again."""
        return tuple(self._lost)

    def open(self) -> list[Lease]:
        """Return the leases of this session that may still be in the shop."""
        return [lease for lease in open_leases(self._inbox, self._client.shop) if lease.id in self._own]

    async def make(self, topics: Iterable[str], uri: str, shape: Shape | None = None) -> Creation:
        """Create a lease for every topic at `uri`. Refused topics are in the result.

        Raises CredentialsRefused or NetworkError, which concern all topics. The leases created before that
        are in the journal, and `remove_all` removes them.
        """
        created: list[Subscription] = []
        refused: list[RefusedTopic] = []
        for topic in topics:
            answer = await self._make(find_topic(topic).name, uri, shape or Shape())
            if isinstance(answer, Subscription):
                created.append(answer)
            else:
                refused.append(RefusedTopic(topic=find_topic(topic).name, refusal=answer))
        return Creation(subscriptions=tuple(created), refused=tuple(refused))

    async def move(self, uri: str) -> None:
        """Change the address of every lease of this session to `uri`.

        Raises the first refusal or failure of the shop; the leases before it have the new address. Where only
        the journal cannot be written, all have it, and that is raised. Retries of earlier deliveries still go
        to the old address:
        https://shopify.dev/changelog/updates-to-webhook-retry-mechanism
        """
        not_written: DevhookError | None = None
        for lease in self.open():
            if lease.subscription_id is None or lease.uri == uri:
                continue
            answer = await move(self._client, lease.subscription_id, uri)
            if isinstance(answer, ShopRefusal):
                raise answer.error()
            try:
                move_lease(self._inbox, lease.id, uri)
            except DevhookError as error:
                # The old entry proves the subscription too, by its id.
                not_written = error
        if not_written is not None:
            raise not_written

    async def vanished(self) -> list[Lease]:
        """Strike the leases of this session that the shop no longer has, and return them.

        Raises InboxError if none of them can be struck; the next call tries again.
        """
        async with self._looking:
            before = self.open()
            known = {subscription.id for subscription in await listed(self._client)}
            still = {lease.id for lease in self.open()}
            gone = [
                lease
                for lease in before
                if lease.subscription_id and lease.subscription_id not in known and lease.id in still
            ]
            struck: list[Lease] = []
            for lease in gone:
                try:
                    strike_lease(self._inbox, lease.id, LeaseState.VANISHED)
                except InboxError:
                    if not struck:
                        raise
                    break
                struck.append(lease)
                self._lost.append(lease)
        return struck

    async def make_again(self, uri: str) -> Creation:
        """Create the lost leases again, at `uri` and with the same options. A refused one stays lost."""
        created: list[Subscription] = []
        refused: list[RefusedTopic] = []
        for lease in self.lost:
            answer = await self._make(lease.topic, uri, self._own[lease.id])
            if isinstance(answer, Subscription):
                self._lost.remove(lease)
                created.append(answer)
            else:
                refused.append(RefusedTopic(topic=lease.topic, refusal=answer))
        return Creation(subscriptions=tuple(created), refused=tuple(refused))

    async def remove(self, lease: Lease) -> None:
        """Remove one lease of this session. Raises a DevhookError if it is not removed."""
        # Excludes `vanished`, which would report the lease as lost during its removal.
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
        request = SubscriptionRequest(topic=topic, uri=uri, name=name, **shape.model_dump())
        lease = self._ask(topic, uri, name, shape)
        try:
            answer = await create(self._client, request)
        except (CredentialsRefused, NotSent):
            # After any other failure the lease stays open: the shop may have created the subscription.
            self._forget(lease, LeaseState.VANISHED)
            raise
        if isinstance(answer, ShopRefusal) and name and answer.code in _REPEATED:
            answer = next(iter(await self._candidates(lease)), answer)
        if isinstance(answer, Subscription):
            await self._confirm(lease, answer)
        else:
            self._forget(lease, LeaseState.VANISHED)
        return answer

    async def _confirm(self, lease: Lease, created: Subscription) -> None:
        """Write the id of a subscription to the journal. Where that fails, remove it, and raise the failure.

        Without its id and without a name, nothing would prove that the subscription is devhook's.
        """
        try:
            confirm_lease(self._inbox, lease.id, created.id)
        except DevhookError:
            # If the shop does not answer, the lease stays open, and the end of the session tries again.
            with suppress(DevhookError):
                await delete(self._client, created.id)
                self._forget(lease, LeaseState.VANISHED)
            raise

    def _forget(self, lease: Lease, state: LeaseState) -> None:
        """Strike a lease whose subscription the shop no longer has.

        A full disk may prevent the write to the journal: the next session finds nothing to remove.
        """
        self._own.pop(lease.id, None)
        with suppress(InboxError):
            strike_lease(self._inbox, lease.id, state)

    def _ask(self, topic: str, uri: str, name: str, shape: Shape) -> Lease:
        """Write a lease to the journal, before the request to the shop."""
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
        """Return a name with the topic, for the shop's list and for X-Shopify-Name in deliveries."""
        mark = self._new_mark()
        label = topic.replace("/", "-").replace(".", "-")
        return f"devhook-{label[: _LONGEST_NAME - len('devhook--') - len(mark)]}-{mark}"

    async def _remove(self, leases: Sequence[Lease], within: float) -> Removal:
        left: dict[int, RemainingLease] = {}
        done: set[int] = set()
        turns = asyncio.Semaphore(_AT_ONCE)

        async def remove(lease: Lease) -> None:
            async with turns:
                try:
                    await self._remove_one(lease)
                except DevhookError as error:
                    candidates = error.candidates if isinstance(error, NotProven) else ()
                    left[lease.id] = RemainingLease(
                        lease=lease, reason=error.message, hint=error.hint, candidates=candidates
                    )
                else:
                    done.add(lease.id)

        try:
            async with asyncio.timeout(within), asyncio.TaskGroup() as tasks:
                for lease in leases:
                    tasks.create_task(remove(lease))
        except TimeoutError:
            pass  # The leases that are not removed are in `left`.
        late = f"{self._client.shop} did not answer in time."
        return Removal(
            removed=tuple(lease for lease in leases if lease.id in done),
            left=tuple(
                left.get(lease.id) or RemainingLease(lease=lease, reason=late, hint=_NEXT_TIME)
                for lease in leases
                if lease.id not in done
            ),
        )

    async def _remove_one(self, lease: Lease) -> None:
        """Remove one lease and strike it. Raises a DevhookError if it is not removed."""
        subscription_id = lease.subscription_id
        if subscription_id is None:
            candidates = await self._candidates(lease)
            if candidates and not self._has_name(lease):
                raise NotProven(lease, candidates)
            subscription_id = candidates[0].id if candidates else None
        if subscription_id is not None:
            existed = await delete(self._client, subscription_id)
            self._forget(lease, LeaseState.REMOVED if existed else LeaseState.VANISHED)
        elif self._clock() >= lease.asked_at + _SETTLED_AFTER:
            self._forget(lease, LeaseState.VANISHED)
        else:
            raise DevhookError(
                f"{self._client.shop} may still be creating the subscription to {lease.topic}.",
                _NEXT_TIME,
            )

    async def remove_candidate(self, left: RemainingLease, subscription: Subscription) -> None:
        """Remove a candidate of a lease, after the user confirmed that it is devhook's."""
        existed = await delete(self._client, subscription.id)
        strike_lease(self._inbox, left.lease.id, LeaseState.REMOVED if existed else LeaseState.VANISHED)

    def dismiss(self, left: RemainingLease) -> None:
        """Strike a lease, after the user decided that none of its candidates is devhook's."""
        strike_lease(self._inbox, left.lease.id, LeaseState.VANISHED)

    async def _candidates(self, lease: Lease) -> list[Subscription]:
        """Return the subscriptions that a lease whose answer was lost may have created.

        With names there is one at most, and its name proves it. Without names it is every subscription to the
        topic at the address since the request (in whole seconds, as Shopify reports times): the request may
        have failed, and the app may have subscribed there itself.
        """
        found = await listed(self._client, uri=lease.uri, topic=lease.topic)
        if self._has_name(lease):
            return [each for each in found if each.name == lease.name]
        return [each for each in found if each.created_at >= lease.asked_at.replace(microsecond=0)]

    def _has_name(self, lease: Lease) -> bool:
        return bool(lease.name) and has_name(self._client.api_version)
