"""One session: what is opened in which order, closed in the reverse, and ended by which signal."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.errors import DevhookError, ExitStatus, InputError
from devhook.inbox.reader import Reader
from devhook.inbox.rows import Row
from devhook.inbox.store import Inbox
from devhook.inbox.tally import Tally
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.faults import AnswerFault
from devhook.receiver.forwarding import Target
from devhook.receiver.process import ReceiverProcess
from devhook.receiver.protocol import Notice
from devhook.sender.latency import LatencyHistogram
from devhook.sender.target import is_this_machine, listening_changes
from devhook.text import counted
from devhook.webhook.signature import Secret

if TYPE_CHECKING:
    from devhook.privacy.mask import Mask
    from devhook.shop.leases import Leases
    from devhook.shop.registrations import Registrations
    from devhook.simulator.delivery_worker import Attempt
    from devhook.simulator.shop import SimulatedShop
    from devhook.tunnel.diagnosis import PingFailed
    from devhook.tunnel.given_address import Tunnel
    from devhook.tunnel.liveness import PingSucceeded

# How long reading may hold up the screen's loop at a time, in seconds. A 7 KB order takes 2 ms to read, one
# of 350 KB 30 ms: so a key is never answered later than a person notices.
_READING_TIME: Final = 0.02
_READ_AT_ONCE: Final = 4
_ANSWERS_AT_ONCE: Final = 1000

_ENDS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Info = Callable[[str], None]


class TargetState(BaseModel):
    """How a target does: whether it listens (None: nobody has looked yet), and what it answered last."""

    model_config = ConfigDict(frozen=True)

    name: str
    listens: bool | None = None
    status: int | None = None


class Status(BaseModel):
    """Where a run stands, for the status line.

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


class Session:
    """What a face sees of a session. It is opened before the face and closed after it.

    `targets` are the apps that deliveries are forwarded to. `mistakable` is what may have been taken for a
    secret (the client id): no delivery is checked with it. `simulated` is the simulated shop of a demo;
    `pattern` the filter that the output begins with; `registrations` the subscriptions in the shop, None
    where the run has no access to a shop. `stopping` is set when the run is to end, by a signal or because
    the receiver died; `over` when nothing more will come, as after a scenario. `failure` is what it ends of,
    if it does. `payload_versions` is the API version that each topic's payloads should be of, until the first
    has come. `mask` is what the faces mask personal data with; None: they show it. `attempts` are the
    simulated shop's tries to deliver that nobody has told of yet.
    """

    def __init__(
        self,
        inbox: Inbox,
        receiver: ReceiverProcess,
        *,
        secrets: Sequence[Secret] = (),
        targets: Sequence[Target] = (),
        simulated: "SimulatedShop | None" = None,
        pattern: str = "",
    ) -> None:
        self.inbox = inbox
        self.secrets = tuple(secrets)
        self.targets = tuple(targets)
        self.mistakable: tuple[Secret, ...] = ()
        self.simulated = simulated
        self.pattern = pattern
        self.leases: Leases | None = None
        self.registrations: Registrations | None = None
        self.payload_versions: dict[str, str] = {}
        self.tunnel: Tunnel | None = None
        self.ping_result: PingSucceeded | PingFailed | None = None
        self.mask: Mask | None = None
        self.attempts: list[Attempt] = []
        self.tally = Tally()
        self.stopping = asyncio.Event()
        self.over = asyncio.Event()
        self.failure: DevhookError | None = None
        self._receiver = receiver
        self._troubles: list[Notice] = []
        self._shown = inbox.newest()
        self._answered = inbox.newest_answer()
        # Deliveries with answers that are not handed out themselves yet.
        self._to_tell: set[int] = set()
        self._targets = {target.url: TargetState(name=target.name) for target in targets}
        self._reader = Reader(inbox, after=self._shown)
        self._since = datetime.now(UTC)

    @property
    def behind(self) -> bool:
        """Whether there are deliveries that `poll` has not returned yet."""
        return self.inbox.newest() > self._shown

    def poll(self) -> list[Row]:
        """Return what came since the last call, with its readings made. Cheap when there is nothing."""
        rows: list[Row] = []
        until = time.monotonic() + _READING_TIME
        while time.monotonic() < until and (read := self._reader.read_new(_READ_AT_ONCE)):
            rows += read
        if rows:
            self._shown = rows[-1].id
            self.tally = self.tally.with_rows(rows)
            self._compare_versions(rows)
        return rows

    def revised(self) -> list[Row]:
        """Return the rows that `poll` has returned before and that are read otherwise now."""
        return self._reader.revised()

    def answered(self) -> list[Row]:
        """Return the rows, of those handed out, whose answers came since the last call. Cheap without any."""
        # Asked first: what is answered from here on has a higher id.
        newest = self.inbox.newest_answer()
        news = self.inbox.answered_after(self._answered, _ANSWERS_AT_ONCE)
        self._answered = news[-1][0] if len(news) == _ANSWERS_AT_ONCE else max(newest, self._answered)
        self._to_tell.update(number for _, number in news)
        ready = sorted(number for number in self._to_tell if number <= self._shown)
        self._to_tell.difference_update(ready)
        rows = [self.inbox.row(number) for number in ready]
        for row in rows:
            self._note_answer(row)
        return rows

    def _note_answer(self, row: Row) -> None:
        """Keep the status that a target answered last."""
        for target in self.targets:
            if row.target is not None and row.target.by == target.address(row.path):
                state = self._targets[target.url]
                self._targets[target.url] = state.model_copy(update={"status": row.target.status})

    def target_listens(self, target: Target, *, listens: bool) -> None:
        """Note whether something listens where deliveries are forwarded to; a change is told."""
        state = self._targets[target.url]
        self._targets[target.url] = state.model_copy(update={"listens": listens})
        if not listens:
            self.add_notice(
                f"Nothing listens at {target.name}.",
                "Start your app. What comes meanwhile is kept: devhook replay sends it again.",
            )
        elif state.listens is False:
            self.add_notice(f"{target.name} listens again.", "What comes from now on is forwarded there.")

    @property
    def latency(self) -> LatencyHistogram:
        """How fast deliveries were answered in this session."""
        return self._receiver.latency

    async def answer_with(self, faults: Sequence[AnswerFault]) -> None:
        """Have deliveries answered with these faults from now on, and with no others."""
        await self._receiver.answer_with(faults)

    def _compare_versions(self, rows: Sequence[Row]) -> None:
        """Tell when a topic's first payload is of another API version than its subscription says."""
        for row in rows:
            promised = self.payload_versions.pop(row.topic, None) if row.topic else None
            came = self.inbox.delivery(row.id).api_version if promised else None
            if promised and came and came != promised:
                self.add_notice(
                    f"{row.topic} came in API version {came}; its subscription says {promised}.",
                    "Set the webhooks' API version in the app, and read that version's fields.",
                )

    def status(self) -> Status:
        """Where the run stands now."""
        return Status(
            shop=self.leases.shop if self.leases else None,
            address=self._receiver.url,
            simulated=self.simulated is not None,
            leases=len(self.leases.open()) if self.leases else 0,
            inbox=str(self.inbox.path),
            listening_since=self._since,
            public_url=self.tunnel.url if self.tunnel else None,
            milliseconds=getattr(self.ping_result, "milliseconds", None),
            dead_since=getattr(self.ping_result, "since", None),
            targets=tuple(self._targets.values()),
            faults=self._receiver.faults,
            masked=self.mask is not None,
        )

    def add_notice(self, message: str, hint: str = "") -> None:
        """Note something that went wrong without anybody's asking, for the face to tell."""
        self._troubles.append(Notice(message=message, hint=hint))

    def take_notices(self) -> list[Notice]:
        """Return what went wrong without anybody's asking since the last call."""
        heard = self._receiver.notices
        taken, self._troubles = self._troubles, []
        return [heard.get_nowait() for _ in range(heard.qsize())] + taken

    def take_attempts(self) -> "list[Attempt]":
        """Return the simulated shop's tries to deliver since the last call."""
        taken = list(self.attempts)
        self.attempts.clear()
        return taken

    async def watch(self) -> None:
        """Wait for the receiver's death, and end the run with it."""
        self.failure = await self._receiver.ended()
        self.stopping.set()


Output = Callable[[Session], Awaitable[None]]


async def run_session(opening: AbstractAsyncContextManager[Session], output: Output) -> ExitStatus:
    """Open the session, show it until the face ends or a signal comes, close it, and return the exit status.

    SIGINT, SIGTERM and SIGHUP (a closed window) end it alike: while it opens they break that off, afterwards
    they set `stopping`, and while it closes they are ignored: all that closing waits for is bounded. One
    that is ignored from the start, as `nohup` has it, stays ignored.
    """
    with _Signals() as signals:
        try:
            async with opening as session:
                signals.stopping = session.stopping
                await output(session)
        except asyncio.CancelledError:
            if signals.received is None:
                raise
            return signals.status
    if signals.received is None and session.failure is not None:
        raise session.failure
    return signals.status


class _Signals:
    """The signals that end a session: they cancel the task that made this, or set its `stopping`."""

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self.stopping: asyncio.Event | None = None
        self._loop = asyncio.get_running_loop()
        self._opening = asyncio.current_task()
        self._heeded = [number for number in _ENDS if signal.getsignal(number) is not signal.SIG_IGN]

    def __enter__(self) -> Self:
        for number in self._heeded:
            self._loop.add_signal_handler(number, self._receive, number)
        return self

    def __exit__(self, *_: object) -> None:
        for number in self._heeded:
            self._loop.remove_signal_handler(number)

    @property
    def status(self) -> ExitStatus:
        """What the exit status says of how the run ended."""
        return ExitStatus.INTERRUPTED if self.received is signal.SIGINT else ExitStatus.DONE

    def _receive(self, number: signal.Signals) -> None:
        if self.received is not None:
            return
        self.received = number
        if self.stopping is not None:
            self.stopping.set()
        elif self._opening is not None:
            self._opening.cancel()


async def open_session(
    stack: AsyncExitStack,
    config: ReceiverConfig,
    *,
    simulated: "SimulatedShop | None" = None,
    pattern: str = "",
) -> Session:
    """Open the inbox, then the receiver: what is wrong with the inbox is told without a process.

    Raises InputError where a target is the receiver itself: each delivery would come again without end.
    """
    inbox = stack.enter_context(Inbox.open(config.inbox))
    receiver = await stack.enter_async_context(ReceiverProcess.start(config))
    for target in config.targets:
        host, port = target.place
        if port == receiver.port and is_this_machine(host):
            raise InputError(
                f"{target.name} is where devhook itself listens: a delivery would be forwarded without end.",
                "Give the port that your app listens on: --forward-to 3000",
            )
    session = Session(
        inbox,
        receiver,
        secrets=config.secrets,
        targets=config.targets,
        simulated=simulated,
        pattern=pattern,
    )
    run_in_background(stack, session.watch())
    for target in config.targets:
        run_in_background(stack, _watched(session, target))
    return session


async def _watched(session: Session, target: Target) -> None:
    async for found in listening_changes(target.url):
        session.target_listens(target, listens=found)


def describe_answers(config: ReceiverConfig, info: Info) -> None:
    """Say where deliveries are forwarded to, and what the sender is answered if it is not devhook's own."""
    for target in config.targets:
        which = ", ".join(target.topics) or "Deliveries"
        info(f"{which} are forwarded to {target.url}.")
    if config.targets and config.wait_for_target:
        info("The sender is answered what the target answers, at the latest after 4.5 s.")
    if config.faults:
        info(f"Answers are wrong on purpose: {', '.join(map(str, config.faults))}.")


async def remove_subscriptions(leases: "Leases", info: Info) -> None:
    """Remove the leases, and say what was removed and what was left."""
    removal = await leases.remove_all()
    count = len(removal.removed)
    told = f"Removed {counted(count, 'temporary subscription')} from {leases.shop}; "
    if not removal.left:
        info(f"{told}nothing is left behind.")
        return
    info(f"{told}{len(removal.left)} left:")
    for left in removal.left:
        info(f"  {left.lease.topic}: {left.reason} {left.hint}")


def run_in_background(stack: AsyncExitStack, work: Coroutine[None, None, None]) -> None:
    """Have `work` done beside the session, as long as the run lasts."""
    task = asyncio.get_running_loop().create_task(work)
    stack.push_async_callback(_put_away, task)


async def _put_away(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()
