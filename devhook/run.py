"""One run: what is opened in which order, closed in the reverse, and ended by which signal."""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.errors import DevhookError, ExitStatus
from devhook.inbox.reader import Reader
from devhook.inbox.rows import Row
from devhook.inbox.store import Inbox
from devhook.inbox.tally import Tally
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.lines import Trouble
from devhook.receiver.process import ReceiverProcess
from devhook.sending.scenario import Scenario
from devhook.shop.access import TokenAccess
from devhook.shop.client import AdminClient
from devhook.shop.leases import Leases
from devhook.simulator.actions import TOPICS
from devhook.simulator.catalogue import demo_shop
from devhook.simulator.playing import play
from devhook.simulator.shop import SimulatedShop
from devhook.webhook.delivery import Origin
from devhook.webhook.signature import Secret

# Reading one 7 KB order takes 2 ms: so many at a time leave the screen's loop free to draw.
_READ_AT_ONCE: Final = 15
# The simulated internet leads from here to the receiver. `.example` can never be anybody's (RFC 2606).
_PUBLIC_ORIGIN: Final = "https://demo.devhook.example"
# Four hours of retries in fourteen seconds.
_RETRY_SPEED: Final = 1000.0

Say = Callable[[str], None]


class Status(BaseModel):
    """Where a run stands, for the status line. `address` is where this machine can send deliveries to."""

    model_config = ConfigDict(frozen=True)

    shop: str | None
    address: str
    simulated: bool
    leases: int
    inbox: str
    listening_since: AwareDatetime


class Run:
    """What a face sees of a run. It is opened before the face and closed after it.

    `simulated` is the simulated shop of a demo; `pattern` the filter that the face begins with. `stopping` is set
    when the run is to end, by a signal or because the receiver died; `over` when nothing more will come, as after
    a scenario. `failure` is what it ends of, if it does.
    """

    def __init__(
        self,
        inbox: Inbox,
        receiver: ReceiverProcess,
        *,
        secrets: Sequence[Secret] = (),
        simulated: SimulatedShop | None = None,
        pattern: str = "",
    ) -> None:
        self.inbox = inbox
        self.secrets = tuple(secrets)
        self.simulated = simulated
        self.pattern = pattern
        self.leases: Leases | None = None
        self.tally = Tally()
        self.stopping = asyncio.Event()
        self.over = asyncio.Event()
        self.failure: DevhookError | None = None
        self._receiver = receiver
        self._shown = inbox.newest()
        self._reader = Reader(inbox, after=self._shown)
        self._since = datetime.now(UTC)

    @property
    def behind(self) -> bool:
        """Whether there are deliveries that `poll` has not returned yet."""
        return self.inbox.newest() > self._shown

    def poll(self) -> list[Row]:
        """Return deliveries that came since the last call, with their readings made. Cheap when there are none."""
        rows = self._reader.read_new(_READ_AT_ONCE)
        if rows:
            self._shown = rows[-1].id
            self.tally = self.tally.with_rows(rows)
        return rows

    def status(self) -> Status:
        """Where the run stands now."""
        return Status(
            shop=self.simulated.domain if self.simulated else None,
            address=self._receiver.url,
            simulated=self.simulated is not None,
            leases=len(self.leases.open()) if self.leases else 0,
            inbox=str(self.inbox.path),
            listening_since=self._since,
        )

    def take_troubles(self) -> list[Trouble]:
        """Return what went wrong without anybody's asking since the last call."""
        troubles = self._receiver.troubles
        return [troubles.get_nowait() for _ in range(troubles.qsize())]

    async def watch(self) -> None:
        """Wait for the receiver's death, and end the run with it."""
        self.failure = await self._receiver.ended()
        self.stopping.set()


Face = Callable[[Run], Awaitable[None]]


async def conduct(opening: AbstractAsyncContextManager[Run], face: Face) -> ExitStatus:
    """Open the run, show it until the face ends or a signal comes, close it, and return the exit status.

    SIGINT, SIGTERM and SIGHUP (a closed window) end it alike: while it opens they break that off, afterwards they
    set `run.stopping`, and while it closes they are ignored, because everything that closing waits for is bounded.
    """
    loop = asyncio.get_running_loop()
    conducting = asyncio.current_task()
    received: list[signal.Signals] = []
    opened: list[Run] = []

    def stop(number: signal.Signals) -> None:
        if received:
            return
        received.append(number)
        if opened:
            opened[0].stopping.set()
        elif conducting is not None:
            conducting.cancel()

    ends = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in ends:
        loop.add_signal_handler(number, stop, number)
    try:
        async with opening as run:
            opened.append(run)
            await face(run)
    except asyncio.CancelledError:
        if not received:
            raise
    finally:
        for number in ends:
            loop.remove_signal_handler(number)
    if signal.SIGINT in received:
        return ExitStatus.INTERRUPTED
    if opened and not received and opened[0].failure is not None:
        raise opened[0].failure
    return ExitStatus.DONE


@asynccontextmanager
async def listening(config: ReceiverConfig, pattern: str, say: Say) -> AsyncIterator[Run]:
    """A run that takes deliveries in at this machine's address."""
    async with AsyncExitStack() as stack:
        run = await _opened(stack, config, pattern=pattern)
        path = config.secret_path or "/"
        say(f"Listening on {run.status().address}{path if path.startswith('/') else '/' + path}  (Ctrl+C ends it)")
        known = ", ".join(secret.name for secret in config.secrets)
        say(
            f"Signatures are checked with the {known}."
            if known
            else "Signatures are not checked: no secret is known. Set DEVHOOK_CLIENT_SECRET to your app's client secret."
        )
        say(f"Deliveries are kept in {run.inbox.path}.")
        yield run


@asynccontextmanager
async def demonstrating(
    scenario: Scenario, speed: float | None, inbox: Path | None, say: Say, *, judged: bool
) -> AsyncIterator[Run]:
    """A run with a simulated shop, in which the scenario is played; `speed` None leaves its pauses out.

    Deliveries go into `inbox`, or into one that is gone when the run ends. With `judged` a run that was shown to its
    end fails when it does not come to the sum that the scenario expects.
    """
    async with AsyncExitStack() as stack:
        if inbox is None:
            inbox = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="devhook-demo-"))) / "inbox.db"
        shop = SimulatedShop(demo_shop(), random=SystemRandom(), speed=_RETRY_SPEED)
        secret = Secret(name="simulated shop's client secret", value=shop.secret)
        config = ReceiverConfig(inbox=inbox, secrets=(secret,), origin=Origin.SIMULATOR)
        run = await _opened(stack, config, simulated=shop)
        await stack.enter_async_context(shop)
        shop.routes[_PUBLIC_ORIGIN] = run.status().address
        access = TokenAccess(token=shop.access_token)
        client = await stack.enter_async_context(AdminClient(shop.domain, access, origin=shop.admin.url))
        run.leases = Leases(run.inbox, client)
        stack.push_async_callback(_give_back, run.leases, shop.domain, say)
        made = await run.leases.make(TOPICS, f"{_PUBLIC_ORIGIN}/webhooks")
        for refused in made.refused:
            raise refused.refusal.error()
        say(f"{shop.domain}: {len(made.subscriptions)} temporary subscriptions, deliveries to {run.status().address}/")
        _work(stack, _played(run, shop, scenario, speed))
        yield run
        if judged and run.over.is_set():
            _judge(run.tally, scenario)


async def _opened(
    stack: AsyncExitStack, config: ReceiverConfig, *, simulated: SimulatedShop | None = None, pattern: str = ""
) -> Run:
    """Open the inbox and the receiver, in this order: what is wrong with the inbox is told without a process."""
    inbox = stack.enter_context(Inbox.open(config.inbox))
    receiver = await stack.enter_async_context(ReceiverProcess.start(config))
    run = Run(inbox, receiver, secrets=config.secrets, simulated=simulated, pattern=pattern)
    _work(stack, run.watch())
    return run


async def _played(run: Run, shop: SimulatedShop, scenario: Scenario, speed: float | None) -> None:
    try:
        await play(scenario, shop, speed)
    except DevhookError as error:
        run.failure = error
        run.stopping.set()
    else:
        run.over.set()


def _judge(tally: Tally, scenario: Scenario) -> None:
    """Raise what differs between the sum and the scenario's expectation."""
    expected = scenario.expect.model_dump(exclude_none=True)
    came = tally.model_dump()
    differing = [f"{came[name]} {name} instead of {count}" for name, count in expected.items() if came[name] != count]
    if differing:
        raise DevhookError(
            f"The scenario came to {', '.join(differing)}.",
            "See which with --json; what is expected stands in the scenario's [expect].",
        )


async def _give_back(leases: Leases, shop: str, say: Say) -> None:
    """Remove the leases, and say what was removed and what was left."""
    removal = await leases.remove_all()
    if not removal.left:
        say(f"Removed {len(removal.removed)} temporary subscriptions from {shop}; nothing is left behind.")
        return
    say(f"Removed {len(removal.removed)} temporary subscriptions from {shop}; {len(removal.left)} are left:")
    for left in removal.left:
        say(f"  {left.lease.topic}: {left.reason} {left.hint}")


def _work(stack: AsyncExitStack, work: Coroutine[None, None, None]) -> None:
    """Have `work` done beside the run, as long as the run lasts."""
    task = asyncio.get_running_loop().create_task(work)
    stack.push_async_callback(_put_away, task)


async def _put_away(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()
