"""One session as its outputs see it: what comes in, what happens beside that, and where it stands."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from secrets import token_bytes
from typing import TYPE_CHECKING, Final, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.errors import DevhookError, InboxError
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row
from devhook.inbox.feed import Feed, FeedUpdate
from devhook.inbox.statistics import Tally
from devhook.privacy.mask import Mask
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.faults import AnswerFault
from devhook.receiver.forwarding import Target
from devhook.receiver.process import ReceiverProcess
from devhook.receiver.protocol import Notice
from devhook.sender.latency import LatencyHistogram
from devhook.shop.leases import Leases
from devhook.shop.registrations import Registrations
from devhook.text import listed
from devhook.tunnel.diagnosis import PingFailed
from devhook.tunnel.liveness import PingSucceeded
from devhook.tunnel.provider import Tunnel
from devhook.webhook.signature import Secret

if TYPE_CHECKING:
    # The simulator is loaded for a demo alone.
    from devhook.simulator.delivery_worker import Attempt
    from devhook.simulator.shop import SimulatedShop

READING_TIME: Final = 0.02
"""How long reading may hold up an output at a time, in seconds.

A 7 KB order takes 2 ms to read, one of 350 KB 30 ms: so a key is never answered later than a person notices.
"""

AT_ONCE: Final = 4
"""How many deliveries are read before the clock is looked at."""


class TargetState(BaseModel):
    """How a target does: whether it listens (None: nobody has looked yet), and what it answered last."""

    model_config = ConfigDict(frozen=True)

    name: str
    listens: bool | None = None
    status: int | None = None


class Status(BaseModel):
    """Where a session stands, for the status line.

    `address` is where this machine can send deliveries to, `public_url` where the world can. `milliseconds`
    is how long the last ping through it took; `dead_since` is when it stopped leading here. Both are None as
    long as nothing was measured. `faults` are those that deliveries are answered with on purpose;
    `masked` tells that personal data is masked.
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


class Intake(NamedTuple):
    """Where a session's deliveries come in: the inbox, what it says from now on, and its receiver."""

    inbox: Inbox
    feed: Feed
    receiver: ReceiverProcess


class Session:
    """What an output sees of a session. It is opened before the output and closed after it.

    `inbox`: where the deliveries are.
    `secrets`: what signatures are checked with.
    `mistakable`: what may have been taken for a secret (the client id): no delivery is checked with it.
    `targets`: the apps that deliveries are forwarded to.
    `forward`: which deliveries are forwarded to them.
    `filter_text`: the filter that the output begins with.
    `tunnel`: the public address, None where there is none.
    `registrations`: this app's subscriptions in the shop, None where there is no access to a shop.
    `simulated`: the simulated shop of a demo.

    `api_versions` is the version that each topic's payloads should be of, until the first has come.
    `attempts` are the simulated shop's tries to deliver. With `masked` personal data is shown as pseudonyms,
    which hold for this session only.
    """

    def __init__(  # noqa: PLR0913 - one parameter for each part that was opened
        self,
        intake: Intake,
        config: ReceiverConfig,
        *,
        mistakable: Sequence[Secret] = (),
        filter_text: str = "",
        masked: bool = False,
        tunnel: Tunnel | None = None,
        registrations: Registrations | None = None,
        api_versions: Mapping[str, str] | None = None,
        simulated: "SimulatedShop | None" = None,
        attempts: "asyncio.Queue[Attempt] | None" = None,
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
        self._feed = intake.feed
        self._receiver = intake.receiver
        self._api_versions = dict(api_versions or {})
        self._attempts = attempts
        self._mask = Mask(token_bytes(32))
        self._masked = masked
        self._notices: list[Notice] = []
        self._target_states = {target.url: TargetState(name=target.name) for target in config.targets}
        self._ping_result: PingSucceeded | PingFailed | None = None
        self._tally = Tally()
        self._stopping = asyncio.Event()
        self._finished = asyncio.Event()
        self._failure: DevhookError | None = None
        self._read_failure = ""
        self._since = datetime.now(UTC)

    # What comes in

    @property
    def behind(self) -> bool:
        """Whether there are deliveries that `read` can return and has not returned yet."""
        return not self._read_failure and self._feed.behind

    @property
    def tally(self) -> Tally:
        """What the deliveries that `read` has returned come to."""
        return self._tally

    @property
    def latency(self) -> LatencyHistogram:
        """How fast deliveries were answered in this session."""
        return self._receiver.latency

    def read(self) -> FeedUpdate:
        """Return what came since the last call, with its readings made. Cheap when there is nothing."""
        try:
            update = self._feed.read()
        except InboxError as error:
            # Readings are derived: a full disk delays them and does not end the session.
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
                _removed_words(update.removed), "Let the inbox keep more: --keep-count, --keep-bytes"
            )
        for row in update.answered:
            self._note_answer(row)
        return update

    def _note_answer(self, row: Row) -> None:
        """Keep the status that a target answered last."""
        for target in self.targets:
            if row.target is not None and row.target.by == target.address(row.path):
                state = self._target_states[target.url]
                self._target_states[target.url] = state.model_copy(update={"status": row.target.status})

    def _compare_versions(self, rows: Sequence[Row]) -> None:
        """Notice when a topic's first payload is of another API version than its subscription says."""
        for row in rows:
            promised = self._api_versions.pop(row.topic, None) if row.topic else None
            came = self.inbox.delivery(row.id).api_version if promised else None
            if promised and came and came != promised:
                self.add_notice(
                    f"{row.topic} came in API version {came}; its subscription says {promised}.",
                    "Set the webhooks' API version in the app, and read that version's fields.",
                )

    # What happens beside that

    def add_notice(self, message: str, hint: str = "") -> None:
        """Note something that happened without anybody's asking, for the output to tell."""
        self._notices.append(Notice(message=message, hint=hint))

    def take_notices(self) -> list[Notice]:
        """Return what happened without anybody's asking since the last call."""
        received = self._receiver.notices
        taken, self._notices = self._notices, []
        return [received.get_nowait() for _ in range(received.qsize())] + taken

    def take_attempts(self) -> "list[Attempt]":
        """Return the simulated shop's tries to deliver since the last call."""
        if self._attempts is None:
            return []
        return [self._attempts.get_nowait() for _ in range(self._attempts.qsize())]

    def target_listens(self, target: Target, *, listens: bool) -> None:
        """Note whether something listens where deliveries are forwarded to; a change is a notice."""
        state = self._target_states[target.url]
        self._target_states[target.url] = state.model_copy(update={"listens": listens})
        if not listens:
            self.add_notice(
                f"Nothing listens at {target.name}.",
                "Start your app. What comes meanwhile is kept: devhook replay sends it again.",
            )
        elif state.listens is False:
            self.add_notice(f"{target.name} listens again.", "What comes from now on is forwarded there.")

    def pinged(self, ping_result: PingSucceeded | PingFailed) -> None:
        """Keep what the last ping through the public address showed; a change is a notice."""
        before, self._ping_result = self._ping_result, ping_result
        match ping_result:
            case PingFailed() if not isinstance(before, PingFailed):
                self.add_notice(ping_result.message, ping_result.hint)
            case PingSucceeded() if isinstance(before, PingFailed):
                self.add_notice("The public address leads here again.", "Shopify tries again what failed.")

    # How it is shown and answered

    @property
    def mask(self) -> Mask | None:
        """What an output masks personal data with; None where it shows them."""
        return self._mask if self._masked else None

    def toggle_mask(self) -> None:
        """Mask personal data from now on, or show them again; with the same pseudonyms each time."""
        self._masked = not self._masked

    async def answer_with(self, faults: Sequence[AnswerFault]) -> None:
        """Have deliveries answered with these faults from now on, and with no others."""
        await self._receiver.answer_with(faults)

    @property
    def leases(self) -> Leases | None:
        """The temporary subscriptions; None where there is no access to a shop."""
        return self.registrations.leases if self.registrations else None

    def status(self) -> Status:
        """Where the session stands now."""
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
        )

    # How it ends

    @property
    def failure(self) -> DevhookError | None:
        """What the session ends of, where it fails."""
        return self._failure

    @property
    def is_stopping(self) -> bool:
        """Whether the session is to end: by a signal, or because it failed."""
        return self._stopping.is_set()

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will come, as after a scenario."""
        return self._finished.is_set()

    def stop(self, failure: DevhookError | None = None) -> None:
        """Have the output end; with a `failure` the session ends of that."""
        self._failure = self._failure or failure
        self._stopping.set()

    def finish(self) -> None:
        """Tell the output that nothing more will come."""
        self._finished.set()

    async def wait_until_stopping(self) -> None:
        """Wait until the session is to end."""
        await self._stopping.wait()

    async def wait_until_finished(self) -> None:
        """Wait until nothing more will come."""
        await self._finished.wait()

    async def watch_receiver(self) -> None:
        """Wait for the receiver's death, and end the session with it."""
        self.stop(await self._receiver.ended())


def _removed_words(ranges: Sequence[tuple[int, int]]) -> str:
    """Return `6,127 to 6,486 were removed before they were shown.`, with all ranges of ids."""
    spans = [f"{first:,}" if first == last else f"{first:,} to {last:,}" for first, last in ranges]
    one = len(ranges) == 1 and ranges[0][0] == ranges[0][1]
    verb, they = ("was", "it was") if one else ("were", "they were")
    return f"{'Delivery' if one else 'Deliveries'} {listed(spans, 'and')} {verb} removed before {they} shown."
