"""One ngrok agent: its start through pyngrok, its log, its end, and the workarounds for pyngrok."""

import asyncio
import logging
import math
import re
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, TypeVar, cast

from pyngrok import ngrok
from pyngrok.conf import PyngrokConfig
from pyngrok.exception import PyngrokError, PyngrokNgrokError, PyngrokNgrokHTTPError
from pyngrok.log import NgrokLog
from pyngrok.process import NgrokProcess

from devhook.errors import DevhookError, TunnelError
from devhook.processes import kill_tree, terminate_tree
from devhook.text import duration
from devhook.tunnel.ngrok.error_codes import error_of, showable
from devhook.tunnel.ngrok.settings import AgentConfig
from devhook.tunnel.ngrok.watchdog import Watchdog
from devhook.tunnel.supervisor import GRACE

Result = TypeVar("Result")

_API_ERRORS: Final = (PyngrokError, OSError, HTTPException, ValueError, TimeoutError)

# The endpoint's name. pyngrok's default contains `/` and `:`, which its own API paths do not allow.
_NAME: Final = "devhook"
# Seconds. A healthy agent answers its API at once; a removal of the endpoint waits for ngrok's service.
_ADDRESS_TIMEOUT: Final = 4.0
_REMOVAL_TIMEOUT: Final = 2.0
# How long a start may still take after its agent was told to end.
_BREAK_OFF: Final = GRACE + 2.0
# How long a killed agent may take to end. Its log ends later where a process outside its group has it open.
_KILLED: Final = 2.0
_MESSAGE: Final = re.compile(r'"(?:err|msg)":\s*"((?:[^"\\]|\\.)*)"')
_OFFLINE: Final = (
    "Check that this machine is online; behind a proxy, set proxy_url in ngrok's configuration (a paid "
    "feature). Or work without a tunnel: --tunnel none"
)
_AGAIN: Final = "Try again; ngrok diagnose shows the cause."


class SessionChange(Enum):
    """A change of the agent's session with ngrok's service, as its log reports it."""

    LOST = auto()
    """There is no session."""
    BACK = auto()
    """There is a session again."""
    STARTED = auto()
    """The endpoint has its address."""


class LogEvent(NamedTuple):
    """A change of the session, and the reason in the agent's own words, which may contain a token."""

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


class NgrokAgent:
    """An agent that is running.

    `url`: its public address.
    `log_events`: the changes of its session with ngrok; None when the agent has ended.
    `status`: its exit status once it has ended, negative for a signal.
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
        threading.Thread(target=self._read_log, name="ngrok-log", daemon=True).start()

    @classmethod
    @asynccontextmanager
    async def start(
        cls, executable: Path, config: AgentConfig, upstream: str, url: str | None, patience: float
    ) -> AsyncIterator[Self]:
        """Start an agent whose address leads to `upstream`; it ends at the end of the block.

        `url` requests an address, None the account's own. Raise TunnelError, or CredentialsRefused for a
        rejected token, within `patience` seconds and those that the end of an agent may take.
        """
        _disable_pyngrok_log()
        content = config.content.get_secret_value()
        with Watchdog.around(executable, content, token_in_config=config.token_inside) as watchdog:
            starting = _Starting(watchdog, config.known, patience)
            process = await starting.call(ngrok.get_ngrok_process, starting.pyngrok)
            agent = cls(process, starting.pyngrok, config.known)
            try:
                options = {"url": url} if url else {}
                endpoint = await starting.call(
                    ngrok.connect, upstream, "http", _NAME, starting.pyngrok, **options
                )
                watchdog.forget_config()
                agent.url = (endpoint.public_url or "").rstrip("/")
                yield agent
            finally:
                await agent._end()

    @property
    def pid(self) -> int:
        """The agent's process id."""
        return self._process.proc.pid

    @property
    def ended(self) -> bool:
        """Whether the agent has ended."""
        return self._ended.is_set()

    async def address(self) -> str | None:
        """Return the agent's current address; None if it has none, or does not answer."""
        with suppress(*_API_ERRORS):
            endpoint = await self._request("GET", _ADDRESS_TIMEOUT)
            if url := endpoint.get("url"):
                return str(url).rstrip("/")
        return None

    def showable(self, words: str) -> str:
        """Return the agent's words without secrets and control characters."""
        return showable(words, self._secrets)

    async def _request(self, method: str, patience: float) -> dict[str, Any]:
        """Request the endpoint from the agent's API, within `patience` seconds in all."""
        url = f"{self._process.api_url}/api/endpoints/{_NAME}"
        async with asyncio.timeout(patience):
            return await _in_thread(ngrok.api_request, url, method, timeout=patience)

    def _read_log(self) -> None:
        """Read the agent's log to its end, in a thread: an unread pipe would stop the agent."""
        log = self._process.proc.stdout
        assert log is not None  # noqa: S101 - pyngrok asks for it; this tells mypy
        with log:
            for line in log:
                if event := log_event(line):
                    self._deliver(event)
        self.status = self._process.proc.wait()
        self._deliver(None)

    def _deliver(self, event: LogEvent | None) -> None:
        # The loop may be closed already.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._receive, event)

    def _receive(self, event: LogEvent | None) -> None:
        if event is None:
            self._ended.set()
        self.log_events.put_nowait(event)

    async def _end(self) -> None:
        """Remove the endpoint, send SIGTERM, then SIGKILL: the address of a killed agent stays in use."""
        try:
            if self.url and not self.ended:
                with suppress(*_API_ERRORS):
                    await self._request("DELETE", _REMOVAL_TIMEOUT)
            self._signal(terminate_tree)
            await self._wait_for_the_end(GRACE + _KILLED)
        finally:
            self._signal(kill_tree)
            await self._wait_for_the_end(_KILLED)
            if self._process.proc.poll() is not None:
                # pyngrok drops its record of the agent; it waits for the process, which has ended.
                ngrok.kill(self._pyngrok)

    async def _wait_for_the_end(self, patience: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._ended.wait()

    def _signal(self, end_tree: Callable[[int], None]) -> None:
        """End the agent with what it started: an `ngrok` of a packager may be a script that starts ngrok."""
        # The process is waited for only after its output has ended: until then its id is its own.
        if not self.ended:
            end_tree(self.pid)


class _Starting:
    """The start of an agent: bounds pyngrok's calls, which may block forever, and explains their failures."""

    def __init__(self, watchdog: Watchdog, secrets: tuple[str, ...], patience: float) -> None:
        self.pyngrok = PyngrokConfig(
            ngrok_path=watchdog.command,
            config_path=watchdog.config,
            # The limit is enforced here: pyngrok checks its own only when the agent writes a line.
            startup_timeout=math.ceil(patience) + 60,
            request_timeout=patience,
            monitor_thread=False,
            start_new_session=True,
        )
        # pyngrok reads NGROK_AUTHTOKEN and would put it into the agent's argument list.
        self.pyngrok.auth_token = None
        self.pyngrok.api_key = None
        self._watchdog = watchdog
        self._secrets = secrets
        self._patience = patience
        self._until = time.monotonic() + patience

    async def call(self, function: Callable[..., Result], *arguments: Any, **options: Any) -> Result:
        """Call `function` in a thread; when time runs out, end the agent, and with it the call."""
        work = asyncio.get_running_loop().create_task(_in_thread(function, *arguments, **options))
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
        self._watchdog.release()
        await asyncio.wait({work}, timeout=_BREAK_OFF)
        if not work.done() and (pid := self._watchdog.pid):
            # The watcher has ended too. The thread waits for this process, so that its id is still its own.
            kill_tree(pid)
            await asyncio.wait({work}, timeout=_KILLED)
        if work.done():
            work.exception()
        else:
            work.cancel()

    def _failure(self, error: BaseException | None, *, late: bool) -> DevhookError:
        """Return the error to raise. It has no cause: pyngrok's error may contain the token."""
        messages = [getattr(error, "ngrok_error", None) or "", getattr(error, "body", ""), str(error or "")]
        messages += [log.line for log in getattr(error, "ngrok_logs", ())]
        if known := error_of("\n".join((*messages, self._watchdog.errors()))):
            return known
        reason = self._reason(error)
        within = f"within {duration(self._patience)}"
        if late and reason:
            return TunnelError(f"ngrok did not reach its service {within}: {reason}.", _OFFLINE)
        if late:
            return TunnelError(f"ngrok did not answer {within}.", _AGAIN)
        return TunnelError(f"ngrok did not start: {reason or 'it ended without a message'}.", _AGAIN)

    def _reason(self, error: BaseException | None) -> str:
        """Return the agent's own words for its failure, without secrets; "" if there are none."""
        words = ""
        if isinstance(error, PyngrokNgrokHTTPError):
            # Unescaped it would be valid JSON; a proxy's page is not.
            words = max(_MESSAGE.findall(error.body), key=len, default=error.body)
        elif isinstance(error, PyngrokNgrokError):
            words = error.ngrok_error or ""
        return showable(words or self._watchdog.errors(), self._secrets)


async def _in_thread(function: Callable[..., Result], *arguments: Any, **options: Any) -> Result:
    """Call a blocking `function` in a thread that does not delay the end of the process.

    The threads of `asyncio.to_thread` are joined when the loop closes, however long their calls take.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Result] = loop.create_future()

    def settle(result: Result | None, error: Exception | None) -> None:
        if outcome.done():
            return
        if error is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(cast("Result", result))

    def work() -> None:
        result, failure = None, None
        try:
            result = function(*arguments, **options)
        except Exception as error:  # noqa: BLE001 - it is raised where the result is awaited
            failure = error
        # The loop may be closed already.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=work, name="pyngrok", daemon=True).start()
    return await outcome


def _disable_pyngrok_log() -> None:
    """Disable pyngrok's log, which repeats the agent's, token included; by default on the terminal."""
    log = logging.getLogger("pyngrok")
    log.setLevel(logging.CRITICAL + 1)
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())
