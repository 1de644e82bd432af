"""One ngrok agent: started through pyngrok, listened to, ended; and the cures of pyngrok's traps."""

import asyncio
import logging
import math
import os
import re
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, TypeVar

from pyngrok import ngrok
from pyngrok.conf import PyngrokConfig
from pyngrok.exception import PyngrokError, PyngrokNgrokError, PyngrokNgrokHTTPError
from pyngrok.log import NgrokLog
from pyngrok.process import NgrokProcess

from devhook.errors import DevhookError, TunnelError
from devhook.text import duration
from devhook.tunnel.ngrok.error_codes import refused, showable
from devhook.tunnel.ngrok.settings import AgentConfig
from devhook.tunnel.ngrok.watchdog import GRACE, Watchdog

Result = TypeVar("Result")

# The endpoint's name. pyngrok's default one holds `/` and `:`, which its own API paths do not bear.
_NAME: Final = "devhook"
# Seconds. A healthy agent answers its API at once; taking the endpoint back waits for ngrok's service.
_ASKING: Final = 4.0
_TAKING_BACK: Final = 2.0
# What a start may still take once its agent is ended.
_AFTERMATH: Final = GRACE + 2.0
_SAYS: Final = re.compile(r'"(?:err|msg)":\s*"((?:[^"\\]|\\.)*)"')
_OFFLINE: Final = (
    "See that this machine reaches the internet; behind a proxy, ngrok needs it as proxy_url in its "
    "configuration (a paid feature). Or work without a tunnel: --tunnel none"
)
_AGAIN: Final = "Try again; ngrok diagnose shows what stands in the way."


class SessionChange(Enum):
    """What the agent's log says about its session with ngrok's service."""

    LOST = auto()
    """There is no session."""
    BACK = auto()
    """There is a session again."""
    STARTED = auto()
    """The endpoint has its address."""


class LogEvent(NamedTuple):
    """A change of the session, with the agent's own words for the reason: they may hold a token."""

    change: SessionChange
    reason: str = ""


_LOG_MESSAGES: Final = {
    "session closed, starting reconnect loop": SessionChange.LOST,
    "failed to reconnect session": SessionChange.LOST,
    "client session established": SessionChange.BACK,
    "started tunnel": SessionChange.STARTED,
}


def log_event(line: str) -> LogEvent | None:
    """Return the event in a line of the agent's log, None for any other line.

    It costs little for the other lines: a busy tunnel writes many.
    """
    for message, change in _LOG_MESSAGES.items():
        if message in line:
            log = NgrokLog(line)
            if log.msg == message:
                return LogEvent(change, log.err or "")
    return None


class Agent:
    """An agent that is running and holds the address `url`.

    `signs` brings news of its session with ngrok, and None when the agent has ended; `status` is then what it
    ended with, negative for a signal.
    """

    def __init__(self, process: NgrokProcess, pyngrok: PyngrokConfig, secrets: tuple[str, ...]) -> None:
        self.url = ""
        self.log_events: asyncio.Queue[LogEvent | None] = asyncio.Queue()
        self.status = 0
        self._process = process
        self._pyngrok = pyngrok
        self._secrets = secrets
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._listening = threading.Thread(target=self._listen, name="ngrok-log", daemon=True)
        self._listening.start()

    @classmethod
    @asynccontextmanager
    async def start(
        cls, executable: Path, config: AgentConfig, upstream: str, url: str | None, patience: float
    ) -> AsyncIterator[Self]:
        """Start an agent whose address leads to `upstream`; it is ended at the end of the block.

        `url` asks for an address, None for the account's own. Raises TunnelError, or CredentialsRefused when
        it is the token, within `patience` seconds and the four that an ended agent may take.
        """
        _silence()
        content = config.content.get_secret_value()
        with Watchdog.around(executable, content, token_in_config=config.token_inside) as watchdog:
            starting = _Starting(watchdog, config.known, patience)
            process = await starting.do(ngrok.get_ngrok_process, starting.pyngrok)
            agent = cls(process, starting.pyngrok, config.known)
            try:
                options = {"url": url} if url else {}
                endpoint = await starting.do(
                    ngrok.connect, upstream, "http", _NAME, starting.pyngrok, **options
                )
                watchdog.forget_config()
                agent.url = _bare(endpoint.public_url or "")
                yield agent
            finally:
                await agent._end()

    @property
    def pid(self) -> int:
        """The agent's process."""
        return self._process.proc.pid

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._ended.is_set()

    async def address(self) -> str | None:
        """Ask the agent for the address it holds now; None when it holds none, or does not answer."""
        with suppress(PyngrokError, OSError, HTTPException, ValueError):
            endpoint = await self._ask("GET", _ASKING)
            if url := endpoint.get("url"):
                return _bare(str(url))
        return None

    def showable(self, words: str) -> str:
        """Return the agent's words as they may be shown."""
        return showable(words, self._secrets)

    async def _ask(self, method: str, patience: float) -> dict[str, Any]:
        url = f"{self._process.api_url}/api/endpoints/{_NAME}"
        return await asyncio.to_thread(ngrok.api_request, url, method, timeout=patience)

    def _listen(self) -> None:
        """Read the agent's log to its end, in a thread: an unread pipe would stop the agent."""
        log = self._process.proc.stdout
        assert log is not None  # noqa: S101 - pyngrok asks for it; this tells mypy
        with log:
            for line in log:
                if event := log_event(line):
                    self._tell(event)
        self.status = self._process.proc.wait()
        self._tell(None)

    def _tell(self, event: LogEvent | None) -> None:
        # A loop that is closed has nobody left to tell.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._hear, event)

    def _hear(self, event: LogEvent | None) -> None:
        if event is None:
            self._ended.set()
        self.log_events.put_nowait(event)

    async def _end(self) -> None:
        """Give the address back, then SIGTERM, then SIGKILL: a killed agent leaves the address taken."""
        try:
            if self.url and not self.ended:
                with suppress(PyngrokError, OSError, HTTPException, ValueError):
                    await self._ask("DELETE", _TAKING_BACK)
            self._signal(signal.SIGTERM)
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE):
                    await self._ended.wait()
        finally:
            self._signal(signal.SIGKILL)
            await self._ended.wait()
            self._listening.join()
            # pyngrok forgets the agent.
            await asyncio.to_thread(ngrok.kill, self._pyngrok)

    def _signal(self, number: signal.Signals) -> None:
        """Signal the agent's whole group: an `ngrok` that is a script of a packager's starts the real one."""
        # Until its output has ended the agent is not waited for, and its number stays its own.
        if not self.ended:
            _signal_group(self.pid, number)


class _Starting:
    """The start of an agent: calls of pyngrok that may block for ever, and what is known when they fail."""

    def __init__(self, watchdog: Watchdog, secrets: tuple[str, ...], patience: float) -> None:
        self.pyngrok = PyngrokConfig(
            ngrok_path=watchdog.command,
            config_path=watchdog.config,
            # Time is kept here, for pyngrok looks at its own limit only when the agent says something.
            startup_timeout=math.ceil(patience) + 60,
            request_timeout=patience,
            monitor_thread=False,
            start_new_session=True,
        )
        # It takes NGROK_AUTHTOKEN from the environment and would show it in the agent's argument list.
        self.pyngrok.auth_token = None
        self.pyngrok.api_key = None
        self._watchdog = watchdog
        self._secrets = secrets
        self._patience = patience
        self._until = time.monotonic() + patience

    async def do(self, call: Callable[..., Result], *arguments: Any, **options: Any) -> Result:
        """Have `call` done in a thread; when time runs out, the agent is ended, and with it the call."""
        work = asyncio.get_running_loop().create_task(asyncio.to_thread(call, *arguments, **options))
        try:
            await asyncio.wait({work}, timeout=self._until - time.monotonic())
            late = not work.done()
        finally:
            if not work.done():
                await self._break_off(work)
        error = work.exception() if work.done() else None
        if late or error is not None:
            raise self._failure(error, late=late)
        return work.result()

    async def _break_off(self, work: asyncio.Task[Result]) -> None:
        self._watchdog.let_go()
        await asyncio.wait({work}, timeout=_AFTERMATH)
        if not work.done() and (pid := self._watchdog.pid):
            # The watcher is gone too. The thread waits for this very process, so the number is still its own.
            _signal_group(pid, signal.SIGKILL)
            await asyncio.wait({work})
        if work.done():
            work.exception()

    def _failure(self, error: BaseException | None, *, late: bool) -> DevhookError:
        """Return what is to be told. It is not raised from pyngrok's error, which may hold the token."""
        said = [getattr(error, "ngrok_error", None) or "", getattr(error, "body", ""), str(error or "")]
        said += [log.line for log in getattr(error, "ngrok_logs", ())]
        if known := refused("\n".join((*said, self._watchdog.errors()))):
            return known
        reason = self._reason(error)
        within = f"within {duration(self._patience)}"
        if late and reason:
            return TunnelError(f"ngrok did not reach its service {within}: {reason}.", _OFFLINE)
        if late:
            return TunnelError(f"ngrok said nothing {within}.", _AGAIN)
        return TunnelError(f"ngrok did not start: {reason or 'it ended without a reason'}.", _AGAIN)

    def _reason(self, error: BaseException | None) -> str:
        """Return the agent's own words for its failure, as they may be shown; "" when it said none."""
        words = ""
        if isinstance(error, PyngrokNgrokHTTPError):
            # Without escapes it would be valid JSON; a proxy's page is none.
            words = max(_SAYS.findall(error.body), key=len, default=error.body)
        elif isinstance(error, PyngrokNgrokError):
            words = error.ngrok_error or ""
        return showable(words or self._watchdog.errors(), self._secrets)


def _bare(url: str) -> str:
    return url.rstrip("/")


def _signal_group(leader: int, number: signal.Signals) -> None:
    # macOS answers EPERM where nobody is left but the leader's remains.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _silence() -> None:
    """Keep pyngrok from logging: it repeats the agent, token and all, and without a handler on the screen."""
    log = logging.getLogger("pyngrok")
    log.setLevel(logging.CRITICAL + 1)
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())
