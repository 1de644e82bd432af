"""One cloudflared process: its start, what its log says, and its end.

Its log and its quick tunnels are documented at
https://developers.cloudflare.com/cloudflare-one/connections/connect-networks/do-more-with-tunnels/trycloudflare/
"""

import asyncio
import os
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from pathlib import Path
from typing import Final, Self

import httpx

from devhook.child_environment import child_environment
from devhook.errors import TunnelError
from devhook.processes import OWN_GROUP, kill_tree
from devhook.text import duration, visible
from devhook.tunnel.supervisor import GRACE

# The name of the API stands in error messages.
_ADDRESS: Final = re.compile(r"https://(?!api\.)[a-z0-9-]{1,63}\.trycloudflare\.com(?![\w.-])")
_METRICS: Final = re.compile(r"Starting metrics server on (127\.0\.0\.1:\d{1,5})/")
_CONNECTED: Final = re.compile(r"Registered tunnel connection|Connection \S+ registered")
_LOST: Final = re.compile(
    r"Lost connection with the edge|Serve tunnel error|Retrying connection in|Connection terminated"
)
_TIME_AND_LEVEL: Final = re.compile(r"^\S+Z (?:ERR|WRN|INF|FTL) ")
_LONGEST: Final = 16_384
"""Bytes of a line that are looked at; the rest is skipped."""
_TAIL: Final = 40
"""The last lines that a failure is explained from."""
_SHOWN: Final = 200
# Seconds between two questions whether it is connected, and for how long one of them may take.
_EVERY: Final = 0.2
_PATIENCE: Final = 2.0
_KILLED: Final = 2.0
_OFFLINE: Final = "Check that this machine is online. Or work without a tunnel: --tunnel none"
_PORT: Final = (
    "cloudflared needs outgoing connections to port 7844. Use another network, or another tunnel: "
    "--tunnel ngrok, --public-url https://…"
)


class LogChange(Enum):
    """A change of the connection with Cloudflare, as the log reports it."""

    LOST = auto()
    """The connection was lost; cloudflared connects again by itself."""
    CONNECTED = auto()
    """There is a connection."""


class CloudflaredAgent:
    """A cloudflared process that has an address.

    `url`: its public address.
    `changes`: the changes of its connection; None when the process has ended.
    """

    def __init__(self, process: Process) -> None:
        self.url = ""
        self.changes: asyncio.Queue[LogChange | None] = asyncio.Queue()
        self._process = process
        self._metrics = ""
        self._lines: deque[str] = deque(maxlen=_TAIL)
        self._news = asyncio.Event()
        self._reading = asyncio.get_running_loop().create_task(self._read())

    @classmethod
    @asynccontextmanager
    async def start(cls, executable: Path, upstream: str, patience: float) -> AsyncIterator[Self]:
        """Start a quick tunnel to `upstream`; it ends at the end of the block.

        Raise TunnelError when it is not connected within `patience` seconds.
        """
        # A config file of the user's with `ingress` would replace --url, and variables TUNNEL_* set options.
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "devhook.tunnel.supervisor",
            executable, "tunnel", "--config", os.devnull, "--url", upstream, "--no-autoupdate",
            "--metrics", "127.0.0.1:0", "--grace-period", "2s",
            stdin=PIPE, stdout=DEVNULL, stderr=PIPE, env=child_environment(os.environ), **OWN_GROUP,
        )  # fmt: skip
        agent = cls(process)
        try:
            try:
                async with asyncio.timeout(patience):
                    await agent._until_connected()
            except TimeoutError:
                raise agent._failure(patience) from None
            yield agent
        finally:
            await agent._end()

    @property
    def pid(self) -> int:
        """The process id of the process that runs cloudflared."""
        return self._process.pid

    @property
    def status(self) -> int:
        """The exit status of the process that has ended."""
        return self._process.returncode or 0

    async def is_connected(self) -> bool:
        """Return whether cloudflared says that it has a connection."""
        if not self._metrics:
            return False
        with suppress(httpx.HTTPError, TimeoutError):
            async with httpx.AsyncClient(trust_env=False, timeout=_PATIENCE) as client:
                answer = await client.get(f"http://{self._metrics}/ready")
                return answer.status_code == httpx.codes.OK
        return False

    async def _until_connected(self) -> None:
        """Wait for an address and a connection: the address is printed before there is one."""
        while not (self.url and await self.is_connected()):
            if self._reading.done():
                raise self._failure(None)
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_EVERY):
                    await self._news.wait()

    async def _read(self) -> None:
        """Read the log to its end: an unread pipe would stop cloudflared."""
        log = self._process.stderr
        assert log is not None  # noqa: S101 - it is asked for; this tells mypy
        begun = b""
        while chunk := await log.read(65_536):
            *lines, begun = (begun + chunk).split(b"\n")
            begun = begun[:_LONGEST]
            for line in lines:
                self._take(line[:_LONGEST].decode("utf-8", "replace"))
        self._take(begun.decode("utf-8", "replace"))
        await self._process.wait()
        self.changes.put_nowait(None)
        self._news.set()

    def _take(self, line: str) -> None:
        if line.strip():
            self._lines.append(line)
        if not self.url and (address := _ADDRESS.search(line)):
            self.url = address[0]
            self._news.set()
        elif not self._metrics and (metrics := _METRICS.search(line)):
            self._metrics = metrics[1]
            self._news.set()
        elif _LOST.search(line):
            self.changes.put_nowait(LogChange.LOST)
        elif _CONNECTED.search(line):
            self.changes.put_nowait(LogChange.CONNECTED)

    def _failure(self, patience: float | None) -> TunnelError:
        """Return why there is no tunnel; `patience` is how long it was waited for, None after an end."""
        text = "\n".join(self._lines)
        if "flag provided but not defined" in text:
            return TunnelError("cloudflared is too old for devhook's options.", "Type: cloudflared update")
        if re.search(r"429|error code: 1015", text):
            return TunnelError(
                "Cloudflare opens no more quick tunnels for this network at the moment.",
                "Wait some minutes, or use another tunnel: --tunnel ngrok, --public-url https://…",
            )
        if "failed to request quick Tunnel" in text:
            return TunnelError("cloudflared does not reach Cloudflare.", _OFFLINE)
        reason = self._reason()
        if patience is not None:
            more = f": {reason}" if reason else ""
            return TunnelError(f"cloudflared did not connect within {duration(patience)}{more}.", _PORT)
        return TunnelError(f"cloudflared did not start: {reason or 'it ended without a message'}.", _OFFLINE)

    def _reason(self) -> str:
        """Return the last error in the log."""
        errors = [line for line in self._lines if " ERR " in line or " FTL " in line]
        last = (errors or list(self._lines) or [""])[-1]
        return visible(_TIME_AND_LEVEL.sub("", last).strip()[:_SHOWN]).rstrip(".")

    async def _end(self) -> None:
        """End cloudflared through its supervisor; every step has a bound."""
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - it is asked for; this tells mypy
        stdin.close()
        try:
            await asyncio.wait({self._reading}, timeout=GRACE + _KILLED)
        finally:
            if self._process.returncode is None:
                kill_tree(self._process.pid)
            self._reading.cancel()
            await asyncio.wait({self._reading}, timeout=_KILLED)
