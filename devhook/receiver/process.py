"""The receiver's process from the session's side: its start, its configuration, its events, its end."""

import asyncio
import os
import signal
import subprocess
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import IO, Final, NamedTuple, Protocol, Self

from devhook.child_environment import child_environment
from devhook.errors import ReceiverError
from devhook.processes import OWN_GROUP
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.loading import COMMAND, LoadedReceiver, LoadingReceiver
from devhook.receiver.protocol import (
    Failed,
    FaultsLeft,
    LatencyChanged,
    Notice,
    Ready,
    config_line,
    event_of,
    faults_line,
)
from devhook.sender.latency import LatencyHistogram
from devhook.text import duration
from devhook.webhook.answer_fault import AnswerFault

# Seconds to wait beyond the receiver's own grace, then after SIGTERM.
_MARGIN: Final = 3.0
# Seconds that the receiver may take to confirm new faults.
_ANSWER: Final = 2.0
_TAIL: Final = 4096
_LONGEST_LINE: Final = 2**20
# Hosts that mean every address, and an address of this machine for each.
_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - looked up, not bound


class _Process(Protocol):
    """A child process as asyncio has it."""

    @property
    def stdin(self) -> asyncio.StreamWriter | None: ...
    @property
    def stdout(self) -> asyncio.StreamReader | None: ...
    @property
    def returncode(self) -> int | None: ...

    async def wait(self) -> int: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


class _LoadedProcess(NamedTuple):
    """A process that was started before the event loop."""

    popen: subprocess.Popen[bytes]
    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader
    # asyncio closes a connection of which nobody keeps both streams.
    silent: asyncio.StreamReader

    @classmethod
    async def of(cls, loaded: LoadedReceiver) -> Self:
        silent, stdin = await asyncio.open_connection(sock=loaded.stdin)
        stdout = asyncio.StreamReader(limit=_LONGEST_LINE)
        protocol = asyncio.StreamReaderProtocol(stdout)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, loaded.stdout)
        return cls(loaded.process, stdin, stdout, silent)

    @property
    def returncode(self) -> int | None:
        return self.popen.returncode

    async def wait(self) -> int:
        # A thread of its own: it ends with the process.
        return await asyncio.to_thread(self.popen.wait)

    def terminate(self) -> None:
        self.popen.terminate()

    def kill(self) -> None:
        self.popen.kill()


class ReceiverProcess:
    """A running receiver.

    `notices`: its notices that nobody has read yet.
    `port`: the port that it listens on.
    `faults`: the faults in force, as they are typed.
    `latency`: how long its answers took until now.

    It has a process group of its own (setsid), so that Ctrl+C reaches devhook alone. It ends when devhook
    does, however that ended, because its standard input is closed then.
    """

    def __init__(self, config: ReceiverConfig, process: _Process, errors: IO[bytes]) -> None:
        self.notices: asyncio.Queue[Notice] = asyncio.Queue()
        self.port = config.port
        self.faults = tuple(map(str, config.faults))
        self.latency = LatencyHistogram()
        self._faults_reported = asyncio.Event()
        self._config = config
        self._process = process
        self._errors = errors
        loop = asyncio.get_running_loop()
        self._first: asyncio.Future[Ready | Failed | None] = loop.create_future()
        self._listening = loop.create_task(self._listen())

    @classmethod
    @asynccontextmanager
    async def start(
        cls, config: ReceiverConfig, loading: LoadingReceiver | None = None, *, patience: float = 20.0
    ) -> AsyncIterator[Self]:
        """Start a receiver that accepts deliveries inside the block, and end it at the block's end.

        `loading` is one that was started already. Raise ReceiverError or InboxError with the reason when it
        is not ready within `patience` seconds.
        """
        loaded = loading.take() if loading else None
        with loaded.errors if loaded else tempfile.TemporaryFile() as errors:
            process: _Process
            if loaded:
                process = await _LoadedProcess.of(loaded)
            else:
                process = await asyncio.create_subprocess_exec(
                    *COMMAND,
                    stdin=PIPE,
                    stdout=PIPE,
                    stderr=errors,
                    limit=_LONGEST_LINE,
                    env=child_environment(os.environ),
                    **OWN_GROUP,
                )
            receiver = cls(config, process, errors)
            try:
                await receiver._begin(patience)
                yield receiver
            finally:
                await receiver._end()

    @property
    def url(self) -> str:
        """The URL that this machine can send deliveries to: `http://127.0.0.1:40123`."""
        host = _EVERYWHERE.get(self._config.host, self._config.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    async def answer_with(self, faults: Sequence[AnswerFault]) -> None:
        """Answer deliveries with these faults from now on, and with no others.

        Return once the receiver says that it does. A receiver that has ended, or is very busy, is not waited
        for: `ended` reports the one, and the other gets the faults in its turn.
        """
        self.faults = tuple(map(str, faults))
        self._faults_reported.clear()
        await self._send(faults_line(faults))
        reported = asyncio.ensure_future(self._faults_reported.wait())
        await asyncio.wait({reported, self._listening}, timeout=_ANSWER, return_when=asyncio.FIRST_COMPLETED)
        reported.cancel()

    async def ended(self) -> ReceiverError:
        """Wait for the receiver's end and return its reason."""
        await asyncio.shield(self._listening)
        return self._death(
            "The receiver ended by itself",
            "Start devhook again. Deliveries that were answered 200 are in the inbox.",
        )

    async def _begin(self, patience: float) -> None:
        try:
            async with asyncio.timeout(patience):
                await self._send(config_line(self._config))
                first = await asyncio.shield(self._first)
        except TimeoutError as error:
            raise ReceiverError(
                f"The receiver did not start within {duration(patience)}.",
                "The machine may be very busy. Try again.",
            ) from error
        match first:
            case Ready(port=port):
                self.port = port
            case Failed():
                raise first.error
            case None:
                raise self._death("The receiver ended before it was ready", "Try again.")

    async def _send(self, line: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it was asked for; this tells mypy
        # `ended` reports a receiver that is gone.
        with suppress(ConnectionError):
            self._process.stdin.write(line)
            await self._process.stdin.drain()

    async def _listen(self) -> None:
        """Read the receiver's events until it has ended."""
        assert self._process.stdout is not None  # noqa: S101 - it was asked for; this tells mypy
        async for line in self._process.stdout:
            # A line that is no event was printed by something else, such as a library.
            with suppress(ValueError):
                match event_of(line):
                    case Notice() as notice:
                        self.notices.put_nowait(notice)
                    case FaultsLeft(faults=faults):
                        self.faults = faults
                        self._faults_reported.set()
                    case LatencyChanged(latency=latency):
                        self.latency = latency
                    case Failed() as failed if self._first.done():
                        self.notices.put_nowait(Notice(message=failed.message, hint=failed.hint))
                    case first if not self._first.done():
                        self._first.set_result(first)
        await self._process.wait()
        if not self._first.done():
            self._first.set_result(None)

    def _death(self, what: str, hint: str) -> ReceiverError:
        status = self._process.returncode or 0
        of = f"killed by {signal.Signals(-status).name}" if status < 0 else f"status {status}"
        self._errors.seek(0)
        errors = self._errors.read()[-_TAIL:].decode("utf-8", "replace").strip().splitlines()
        return ReceiverError(f"{what} ({of}){': ' + errors[-1] if errors else ''}.", hint)

    async def _end(self) -> None:
        """Close its stdin and wait; then send SIGTERM and wait; then send SIGKILL."""
        assert self._process.stdin is not None  # noqa: S101 - it was asked for; this tells mypy
        self._process.stdin.close()
        try:
            await self._gone_within(self._config.grace + _MARGIN)
            with suppress(ProcessLookupError):
                self._process.terminate()
            await self._gone_within(_MARGIN)
        finally:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._gone_within(_MARGIN)
            self._listening.cancel()
            with suppress(ConnectionError):
                await self._process.stdin.wait_closed()

    async def _gone_within(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.shield(self._listening)
