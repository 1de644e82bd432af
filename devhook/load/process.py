"""Runs Locust's processes: each gets its task through a pipe, and ends however devhook ends."""

import asyncio
import importlib.util
import json
import os
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from types import TracebackType
from typing import IO, Any, Final, Self

from devhook.child_environment import child_environment
from devhook.errors import DevhookError, NetworkError
from devhook.processes import OWN_GROUP, kill_tree
from devhook.text import visible

# The page with the charts is one line.
_LONGEST_LINE: Final = 64 * 2**20
_GRACE: Final = 3.0
_REPORTING: Final = 6.0
"""Seconds within which a stopped run must report, and an engine must end by itself."""
_TAIL: Final = 4000
_LOST: Final = "A worker ended before its time."

Event = Mapping[str, Any]


def require_locust() -> None:
    """Raise DevhookError if Locust is not installed. It is not imported."""
    if importlib.util.find_spec("locust") is None:
        raise DevhookError(
            "devhook load needs Locust, which is not installed.", "pip install 'devhook[load]'"
        )


class LoadProcesses:
    """The processes of one run: one that runs alone, a master with its workers, or a worker.

    Open it with `async with`; at the end of the block all processes have ended.

    - `task`: what the first process does; its role is `alone`, `master` or `worker`.
    - `workers`: how many workers are started here, for a master.
    - `on_event`: called with every event, a worker's `notice` and `failed` too.
    - `end`: the last event, with the results; None if there is none.
    """

    def __init__(self, task: dict[str, Any], workers: int, on_event: Callable[[Event], None]) -> None:
        self.end: Event | None = None
        self._task = task
        self._workers = workers
        self._on_event = on_event
        self._opened = AsyncExitStack()
        self._watching: set[asyncio.Task[None]] = set()
        self._errors: IO[bytes]

    async def __aenter__(self) -> Self:
        # Not a pipe: nobody need read it, and the reason of a failure is at its end.
        self._errors = self._opened.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._watching:
            task.cancel()
        await self._opened.__aexit__(kind, error, trace)

    async def run(self) -> None:
        """Run until there are results. Cancelling ends it early: the results so far are in `end` then."""
        lead = {**self._task, "stories": [], "secret": ""} if self._workers else self._task
        process = await self._opened.enter_async_context(_engine(lead, self._errors))
        try:
            await self._follow(process)
        except asyncio.CancelledError:
            self._ask_to_stop(process)
            with suppress(TimeoutError):
                async with asyncio.timeout(_REPORTING):
                    await self._follow(process)
            raise
        if self.end is None:
            raise _failure("The load engine ended unexpectedly", self._errors)

    async def _follow(self, process: Process) -> None:
        """Take the events of the first process until its results."""
        async for event in _events(process):
            if event["event"] == "failed":
                raise NetworkError(str(event["reason"]), "Use another address, or end what uses this one.")
            if event["event"] == "listening":
                await self._start_workers(event["port"])
            self._on_event(event)
            if event["event"] == "end":
                self.end = event
                return

    async def _start_workers(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(self._workers):
            task = {**self._task, "role": "worker", "port": port, "web": False, "html": False}
            worker = await self._opened.enter_async_context(_engine(task, self._errors))
            self._watching.add(loop.create_task(self._watch(worker)))

    async def _watch(self, worker: Process) -> None:
        """Report what a worker warns of, and its end if that comes too early."""
        ended = False
        async for event in _events(worker):
            ended = ended or event["event"] == "end"
            if event["event"] in {"notice", "failed"}:
                self._on_event(event)
        if not ended:
            self._on_event({"event": "notice", "text": _LOST})

    @staticmethod
    def _ask_to_stop(process: Process) -> None:
        if process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(b"stop\n")


@asynccontextmanager
async def _engine(task: Event, errors: IO[bytes]) -> AsyncIterator[Process]:
    """Start one process of Locust with a task; it has ended at the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "devhook.load.engine",
        stdin=PIPE, stdout=PIPE, stderr=errors, env=child_environment(os.environ), limit=_LONGEST_LINE,
        # Locust reads configuration files of the folder that it is in.
        cwd=sys.prefix,
        **OWN_GROUP,
    )  # fmt: skip
    assert process.stdin is not None  # noqa: S101 - it is asked for; this tells mypy
    try:
        process.stdin.write(json.dumps(task).encode() + b"\n")
        with suppress(ConnectionError):
            await process.stdin.drain()
        yield process
    finally:
        # Its end of stdin is ours: without it the process ends itself.
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _GRACE)
        except TimeoutError:
            kill_tree(process.pid)
            await process.wait()
        finally:
            if process.returncode is None:
                kill_tree(process.pid)


async def _events(process: Process) -> AsyncIterator[Event]:
    """Yield what a process says, until it closes its stdout."""
    assert process.stdout is not None  # noqa: S101 - it is asked for; this tells mypy
    while line := await process.stdout.readline():
        with suppress(ValueError):
            event = json.loads(line)
            if isinstance(event, dict) and "event" in event:
                yield event


def _failure(what: str, errors: IO[bytes]) -> DevhookError:
    errors.seek(0)
    lines = errors.read()[-_TAIL:].decode("utf-8", "replace").strip().splitlines()
    reason = f": {visible(lines[-1])}" if lines else "."
    return DevhookError(f"{what}{reason}", "Run it again; with --workers 1 there is one process only.")
