"""One session as an interface for outputs: its deliveries, its notices, its status and its end."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from secrets import token_bytes
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.errors import DevhookError, InboxError, ReceiverError
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row
from devhook.inbox.feed import Feed, FeedUpdate
from devhook.inbox.statistics import Tally
from devhook.privacy.mask import Mask
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.protocol import Notice
from devhook.receiver.targets import Target
from devhook.sender.latency import LatencyHistogram
from devhook.shop.leases import Leases
from devhook.shop.registrations import Registrations
from devhook.shop.versions import APP_DECIDES, delivered_difference
from devhook.text import listed
from devhook.tunnel.diagnosis import PingFailed
from devhook.tunnel.liveness import PingSucceeded
from devhook.tunnel.provider import Tunnel
from devhook.webhook.answer_fault import AnswerFault
from devhook.webhook.signature import Secret

if TYPE_CHECKING:
    # The simulator is loaded for a demo alone.
    from devhook.scenario.model import Scenario
    from devhook.session.presentation import Presentation
    from devhook.simulator.delivery_worker import Attempt
    from devhook.simulator.shop import SimulatedShop

READING_TIME: Final = 0.02
"""Seconds that one update may spend on reading.

Reading an order of 7 KB takes 2 ms, one of 350 KB 30 ms: no key press waits noticeably.
"""

_NOT_FOUND: Final = 404

AT_ONCE: Final = 4
"""The number of deliveries that are read between two checks of the clock."""


class TargetState(BaseModel):
    """The state of a target.

    `name`: the target's name on a screen.
    `listens`: whether a process listens at it; None: not checked yet.
    `status`: the HTTP status of its last answer.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    listens: bool | None = None
    status: int | None = None


class Status(BaseModel):
    """The status of a session, for the status line.

    `shop`: the shop's domain, None without access to one.
    `address`: the URL that this machine can send deliveries to.
    `simulated`: whether the shop is a simulated one.
    `leases`: the number of temporary subscriptions.
    `inbox`: the folder of the inbox.
    `listening_since`: when the session was opened.
    `public_url`: the public address.
    `milliseconds`: the time of the last ping through the public address; None: not measured.
    `dead_since`: when the public address stopped leading to devhook; None: it leads there, or no ping yet.
    `targets`: the state of each target.
    `faults`: the faults that deliveries are answered with, as they are typed.
    `masked`: whether personal data is masked.
    `source`: the path that is read where nothing is received; else empty.
    """

    model_config = ConfigDict(frozen=True)

    shop: str | None
    address: str
    simulated: bool
    leases: int
    inbox: str
    listening_since: AwareDatetime
    public_url: str | None = None
    milliseconds: float | None = None
    dead_since: AwareDatetime | None = None
    targets: tuple[TargetState, ...] = ()
    faults: tuple[str, ...] = ()
    masked: bool = False
    source: str = ""


class SessionReceiver(Protocol):
    """The receiver of a session: a process that takes deliveries in, or none.

    `url`: where it takes them; empty for none.
    `faults`: the faults that it answers with, as they are typed.
    `latency`: the durations of its answers.
    `notices`: its notices that were not taken out yet.
    """

    faults: tuple[str, ...]
    latency: LatencyHistogram
    notices: asyncio.Queue[Notice]

    @property
    def url(self) -> str: ...  # noqa: D102 - see above

    async def answer_with(self, faults: Sequence[AnswerFault]) -> None: ...  # noqa: D102 - as a Session does

    async def ended(self) -> ReceiverError: ...  # noqa: D102 - waits for its end, and returns the reason


class Intake(NamedTuple):
    """The inbox of a session, its updates from now on, and its receiver."""

    inbox: Inbox
    feed: Feed
    receiver: SessionReceiver


class Session:
    """A session as an output uses it. It is opened before the output and closed after it.

    `inbox`: the inbox with the deliveries.
    `secrets`: the secrets that signatures are checked with.
    `mistakable`: values that may be confused with a secret (the client id); nothing is checked with them.
    `targets`: the apps that deliveries are forwarded to.
    `forward`: which deliveries are forwarded to them.
    `filter_text`: the first filter of the output.
    `tunnel`: the public address; None without one.
    `registrations`: this app's subscriptions in the shop; None without access to a shop.
    `simulated`: the simulated shop of a demo.
    `present`: opens a presentation of a scenario beside a demo, which closes it with itself; else None.

    `api_versions` maps topics to the API version of their subscriptions. `attempts` are the simulated shop's
    attempts to deliver. `mask` is what personal data is masked with from the beginning; without it
    it is shown until `toggle_mask`. `source` is the path of a session that only reads.
    """

    def __init__(  # noqa: PLR0913 - one parameter for each part that was opened
        self,
        intake: Intake,
        config: ReceiverConfig,
        *,
        mistakable: Sequence[Secret] = (),
        filter_text: str = "",
        mask: Mask | None = None,
        tunnel: Tunnel | None = None,
        registrations: Registrations | None = None,
        api_versions: Mapping[str, str] | None = None,
        simulated: "SimulatedShop | None" = None,
        attempts: "asyncio.Queue[Attempt] | None" = None,
        source: str = "",
    ) -> None:
        self.inbox: Final = intake.inbox
        self.secrets: Final = config.secrets
        self.mistakable: Final = tuple(mistakable)
        self.targets: Final = config.targets
        self.forward: Final = config.forward
        self.filter_text: Final = filter_text
        self.tunnel: Final = tunnel
        self.registrations: Final = registrations
        self.simulated: Final = simulated
        self.present: Callable[[Scenario], Awaitable[Presentation]] | None = None
        self._source = source
        self._feed = intake.feed
        self._receiver = intake.receiver
        self._api_versions = dict(api_versions or {})
        self._unseen_topics = set(self._api_versions)
        self._told_versions: set[tuple[str, str]] = set()
        self._attempts = attempts
        self._mask = mask or Mask(token_bytes(32))
        self._masked = mask is not None
        self._notices: list[Notice] = []
        self._target_states = {target.url: TargetState(name=target.name) for target in config.targets}
        self._ping_result: PingSucceeded | PingFailed | None = None
        self._tally = Tally()
        self._stopping = asyncio.Event()
        self._finished = asyncio.Event()
        self._failure: DevhookError | None = None
        self._read_failure = ""
        self._since = datetime.now(UTC)

    @property
    def reads_only(self) -> bool:
        """Whether the session receives and sends nothing."""
        return bool(self._source)

    # Deliveries

    @property
    def behind(self) -> bool:
        """Whether there are deliveries that `read` can return and has not returned yet."""
        return not self._read_failure and self._feed.behind

    @property
    def tally(self) -> Tally:
        """The tally of the deliveries that `read` has returned."""
        return self._tally

    @property
    def latency(self) -> LatencyHistogram:
        """The durations of the answers to deliveries in this session."""
        return self._receiver.latency

    def read(self) -> FeedUpdate:
        """Return what happened since the last call, with its readings. Cheap when nothing happened."""
        try:
            update = self._feed.read()
        except InboxError as error:
            # Readings are derived: a full disk delays them but does not end the session.
            if error.message != self._read_failure:
                self._read_failure = error.message
                self.add_notice(f"New deliveries cannot be analysed. {error.message}", error.hint)
            return FeedUpdate([], [], [], [])
        if self._read_failure:
            self._read_failure = ""
            self.add_notice("New deliveries are analysed again.")
        if update.new:
            self._tally = self._tally.with_rows(update.new)
            self._compare_versions(update.new)
        if update.removed:
            self._tally = self._tally.with_removed(sum(last - first + 1 for first, last in update.removed))
            self.add_notice(
                _removed_message(update.removed), "Let the inbox keep more: --keep-count, --keep-bytes"
            )
        for row in update.answered:
            self._note_answer(row)
        return update

    def _note_answer(self, row: Row) -> None:
        """Store the status of a target's last answer; a 404 at a path that nobody named is a notice."""
        for target in self.targets:
            if row.target is None or row.target.by != target.address(row.path):
                continue
            state = self._target_states[target.url]
            self._target_states[target.url] = state.model_copy(update={"status": row.target.status})
            if row.target.status == _NOT_FOUND and state.status != _NOT_FOUND and target.is_bare:
                self.add_notice(
                    f"{target.name} answers 404 at the path that deliveries arrive on ({row.path}).",
                    f"Name the path where your app takes webhooks: --forward-to {target.name}/webhooks",
                )

    def subscribed_version(self, topic: str | None) -> str | None:
        """Return the API version of this session's subscription to `topic`; None if there is none."""
        return self._api_versions.get(topic or "")

    def _compare_versions(self, rows: Sequence[Row]) -> None:
        """Add a notice for the first payload with another API version than its subscription.

        Each topic is looked at once, and each pair of versions is told once.
        """
        for row in rows:
            if row.topic not in self._unseen_topics or not row.signature.trusted:
                continue
            self._unseen_topics.remove(row.topic)
            expected, found = self._api_versions[row.topic], self.inbox.delivery(row.id).api_version
            difference = delivered_difference(expected, found, row.topic)
            if found and difference and (expected, found) not in self._told_versions:
                self._told_versions.add((expected, found))
                self.add_notice(difference, APP_DECIDES)

    # Notices

    def add_notice(self, message: str, hint: str = "") -> None:
        """Add a notice for the output to show."""
        self._notices.append(Notice(message=message, hint=hint))

    def take_notices(self) -> list[Notice]:
        """Return the notices since the last call."""
        received = self._receiver.notices
        taken, self._notices = self._notices, []
        return [received.get_nowait() for _ in range(received.qsize())] + taken

    def take_attempts(self) -> "list[Attempt]":
        """Return the simulated shop's attempts to deliver since the last call."""
        if self._attempts is None:
            return []
        return [self._attempts.get_nowait() for _ in range(self._attempts.qsize())]

    def target_listens(self, target: Target, *, listens: bool) -> None:
        """Store whether something listens at a target; a change is a notice."""
        state = self._target_states[target.url]
        self._target_states[target.url] = state.model_copy(update={"listens": listens})
        if not listens:
            self.add_notice(
                f"Nothing listens at {target.name}.",
                "Start your app. Deliveries are stored until then: devhook replay sends them again.",
            )
        elif state.listens is False:
            self.add_notice(f"{target.name} listens again.", "Deliveries are forwarded to it from now on.")

    def pinged(self, ping_result: PingSucceeded | PingFailed) -> None:
        """Store the result of the last ping through the public address; a change is a notice."""
        before, self._ping_result = self._ping_result, ping_result
        match ping_result:
            case PingFailed() if not isinstance(before, PingFailed):
                self.add_notice(ping_result.message, ping_result.hint)
            case PingSucceeded() if isinstance(before, PingFailed):
                self.add_notice(
                    "The public address leads here again.", "Shopify repeats the failed deliveries."
                )

    # Status, mask and faults

    @property
    def mask(self) -> Mask | None:
        """The mask for personal data; None where it is shown."""
        return self._mask if self._masked else None

    def toggle_mask(self) -> None:
        """Mask personal data from now on, or show it again; the pseudonyms stay the same."""
        self._masked = not self._masked

    async def answer_with(self, faults: Sequence[AnswerFault]) -> None:
        """Answer deliveries with these faults from now on, and with no others."""
        await self._receiver.answer_with(faults)

    @property
    def leases(self) -> Leases | None:
        """The temporary subscriptions; None without access to a shop."""
        return self.registrations.leases if self.registrations else None

    def status(self) -> Status:
        """Return the current status."""
        ping = self._ping_result
        return Status(
            shop=self.leases.shop if self.leases else None,
            address=self._receiver.url,
            simulated=self.simulated is not None,
            leases=len(self.leases.open()) if self.leases else 0,
            inbox=str(self.inbox.path),
            listening_since=self._since,
            public_url=self.tunnel.url if self.tunnel else None,
            milliseconds=ping.milliseconds if isinstance(ping, PingSucceeded) else None,
            dead_since=ping.since if isinstance(ping, PingFailed) else None,
            targets=tuple(self._target_states.values()),
            faults=self._receiver.faults,
            masked=self._masked,
            source=self._source,
        )

    # The end

    @property
    def failure(self) -> DevhookError | None:
        """The failure that ends the session, if any."""
        return self._failure

    @property
    def is_stopping(self) -> bool:
        """Whether the session is asked to end, by a signal or a failure."""
        return self._stopping.is_set()

    @property
    def is_finished(self) -> bool:
        """Whether no more deliveries are expected, as after a scenario."""
        return self._finished.is_set()

    def stop(self, failure: DevhookError | None = None) -> None:
        """Ask the output to end; a `failure` becomes the failure of the session."""
        self._failure = self._failure or failure
        self._stopping.set()

    def finish(self) -> None:
        """Mark the session as finished: no more deliveries are expected."""
        self._finished.set()

    async def wait_until_stopping(self) -> None:
        """Wait until the session is asked to end."""
        await self._stopping.wait()

    async def wait_until_finished(self) -> None:
        """Wait until the session is finished."""
        await self._finished.wait()

    async def watch_receiver(self) -> None:
        """Stop the session when the receiver ends."""
        self.stop(await self._receiver.ended())


def _removed_message(ranges: Sequence[tuple[int, int]]) -> str:
    """Return `6,127 to 6,486 were removed before they were shown.`, with all ranges of ids."""
    spans = [f"{first:,}" if first == last else f"{first:,} to {last:,}" for first, last in ranges]
    one = len(ranges) == 1 and ranges[0][0] == ranges[0][1]
    verb, they = ("was", "it was") if one else ("were", "they were")
    return f"{'Delivery' if one else 'Deliveries'} {listed(spans, 'and')} {verb} removed before {they} shown."
