"""A scenario that is shown step by step, on request; it can go back to an earlier step.

Going back opens a new run: a new simulated shop with the same seed and a new temporary inbox, in which the
steps up to that one are performed again. So everything is as it was there: orders, ids, answers,
subscriptions, waiting retries. Only the times are new. Undoing what happened in one run would have to know
everything that a step can change; a run that begins again knows nothing else.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from secrets import randbits, token_bytes
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from devhook.errors import DevhookError
from devhook.privacy.mask import Mask
from devhook.scenario.model import AnyStep, Scenario
from devhook.session.demo import DemoOptions, demonstrating, open_demo
from devhook.session.opening import Info, run_in_background
from devhook.session.session import Session
from devhook.simulator.orders.actions import NotPossible
from devhook.simulator.play import Player

_SEED_BITS: Final = 64
_MASK_BYTES: Final = 32
# Retries wait for a step; the screen shows when Shopify would send them.
_SHOPIFYS: Final = 1.0


@asynccontextmanager
async def demonstrating_with_lessons(options: DemoOptions, info: Info) -> AsyncIterator[Session]:
    """Yield the session of a demo that can also present scenarios."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(demonstrating(options, info))

        async def present(scenario: Scenario) -> Presentation:
            presentation = Presentation(options.model_copy(update={"scenario": scenario}))
            return await stack.enter_async_context(presentation)

        session.present = present
        yield session


class _Run(NamedTuple):
    """One run of the scenario from its beginning. One task opens and closes it."""

    session: Session
    player: Player
    closing: asyncio.Event
    task: asyncio.Task[None]

    async def close(self) -> None:
        """Close it, and wait until it is closed. Raise the error that it failed with."""
        self.closing.set()
        await asyncio.wait({self.task})
        if not self.task.cancelled():
            self.task.result()


class Presentation:
    """A scenario that is performed step by step on request. Open it with `async with`.

    - `scenario`: the scenario.
    - `at`: how many of its steps have been performed.
    - `goal`: how many are to have been performed, which `back` sees to; set it before.
    - `failure`: the failure that ended it, if any.
    """

    def __init__(self, options: DemoOptions) -> None:
        self.scenario = options.scenario
        self.at = 0
        self.goal = 0
        self.failure: DevhookError | None = None
        self._options = options.model_copy(
            update={
                "speed": None,
                "retry_speed": _SHOPIFYS,
                "inbox": None,
                "judged": False,
                # The same pseudonyms in every run.
                "mask": options.mask or Mask(token_bytes(_MASK_BYTES)),
            }
        )
        self._seed = randbits(_SEED_BITS)
        self._stopping = asyncio.Event()
        self._runs: list[_Run] = []
        self._moving = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self._runs.append(await self._open())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close what is open. A second call waits for the first."""
        await asyncio.gather(*(run.close() for run in self._runs))

    @property
    def session(self) -> Session:
        """The session of the current run. Going back makes it another one."""
        return self._runs[-1].session

    @property
    def steps(self) -> tuple[AnyStep, ...]:
        """The steps of the scenario."""
        return self.scenario.steps

    @property
    def is_stopping(self) -> bool:
        """Whether the presentation is asked to end, by a signal or a failure."""
        return self._stopping.is_set()

    def stop(self, failure: DevhookError | None = None) -> None:
        """Ask the output to end; a `failure` becomes the failure of the presentation."""
        self.failure = self.failure or failure
        self._stopping.set()

    async def wait_until_stopping(self) -> None:
        """Wait until the presentation is asked to end."""
        await self._stopping.wait()

    async def forward(self) -> None:
        """Perform the next step, and return when its deliveries were sent once. After the last: nothing.

        Raises NotPossible where the step is not: somebody has changed its order meanwhile.
        """
        async with self._moving:
            if self.goal == self.at < len(self.steps):
                await self._perform()
                # Going back meanwhile makes it another run.
                if self.goal == self.at - 1:
                    self.goal = self.at

    async def back(self, take_up: Callable[[], Awaitable[object]]) -> None:
        """Go back to where `goal` steps had been performed.

        `take_up` shows the new session; the one until then is closed after it. When several calls wait for
        each other, the next one goes all the way.
        """
        async with self._moving:
            at = self.goal
            if self.at <= at:
                return
            try:
                run = await self._open()
            except DevhookError:
                self.goal = self.at
                raise
            if self.session.mask is None:
                run.session.toggle_mask()
            before = tuple(self._runs)
            self._runs.append(run)
            try:
                self.at = 0
                while self.at < at:
                    await self._perform()
                await take_up()
            except NotPossible:
                self.goal = self.at
                await take_up()
                raise
            finally:
                # If this is cancelled, the old run is closed with the presentation.
                await asyncio.gather(*(each.close() for each in before))
                self._runs = [run]

    async def _perform(self) -> None:
        """Perform the next step in the current run."""
        run, step = self._runs[-1], self.steps[self.at]
        shop = run.session.simulated
        assert shop is not None  # noqa: S101 - a demo has a shop; this tells mypy
        for _ in range(step.times):
            await run.player.perform(step)
            await shop.idle(retries=False)
        self.at += 1
        if self.at == len(self.steps):
            shop.release()
            await shop.idle(retries=False)

    async def _open(self) -> _Run:
        """Open a run in a task of its own, which closes it too: its parts belong to that task."""
        opened: asyncio.Future[tuple[Session, Player]] = asyncio.get_running_loop().create_future()
        closing = asyncio.Event()
        task = asyncio.get_running_loop().create_task(self._live(opened, closing))
        waits: set[asyncio.Future[Any]] = {task, opened}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task})
            raise
        if not opened.done():
            task.result()
        session, player = opened.result()
        return _Run(session, player, closing, task)

    async def _live(self, opened: "asyncio.Future[tuple[Session, Player]]", closing: asyncio.Event) -> None:
        async with AsyncExitStack() as stack:
            session, _ = await open_demo(
                stack,
                self._options,
                _say_nothing,
                random=Random(self._seed),  # noqa: S311 - the same orders in each run; the seed is secret
                sleep=_wait_for_a_step,
            )
            assert session.simulated is not None  # noqa: S101 - a demo has a shop; this tells mypy
            opened.set_result((session, Player(session.simulated, session.answer_with)))
            run_in_background(stack, self._stop_with(session))
            await closing.wait()

    async def _stop_with(self, session: Session) -> None:
        await session.wait_until_stopping()
        self.stop(session.failure)


async def _wait_for_a_step(_seconds: float) -> None:
    await asyncio.get_running_loop().create_future()


def _say_nothing(_sentence: str) -> None:
    """Report nothing: the screen is open whenever a run begins or ends."""
