"""Whether the public address leads to the receiver: measured by a signed ping, not assumed."""

import asyncio
import secrets
import ssl
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import aiohttp
from pydantic import AwareDatetime, BaseModel, ConfigDict, SecretStr

from devhook.receiver.protocol import PING, PONG, ping, pong
from devhook.tunnel.diagnosis import Answer, PingFailed, answered, unanswered

# Seconds. Shopify itself waits five.
_PATIENCE: Final = 10.0
# A timer does not run while the machine sleeps; the wall clock does. It is looked at so often.
_LOOK: Final = 1.0
_SLEPT: Final = 5.0
_PAGE: Final = 65536
_HEADERS: Final = {
    "User-Agent": "devhook",
    # ngrok's warning page is for browsers, but it is ngrok who decides what one is.
    "ngrok-skip-browser-warning": "1",
}


class PingSucceeded(BaseModel):
    """The ping came back, after so many milliseconds: name, connection, encryption, there and back."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    milliseconds: float


class MachineWoke(BaseModel):
    """The machine, or devhook, slept and is awake again; a ping is on its way."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    seconds: float

    @property
    def message(self) -> str:
        """What happened."""
        return f"This machine slept for {timedelta(seconds=round(self.seconds))}."

    @property
    def hint(self) -> str:
        """What that means for deliveries, or what is being done."""
        return (
            "The public address is tried now; Shopify tries again for four hours what it could not deliver."
        )


PingResult = PingSucceeded | PingFailed | MachineWoke


class Clocks(NamedTuple):
    """The time of day, which goes on while the machine sleeps, and the time awake, which does not."""

    wall: Callable[[], float] = time.time
    awake: Callable[[], float] = time.monotonic


class Pinger:
    """Pings the address that `address` returns at that moment.

    It is the address that Shopify delivers to, with its path. `key` is the receiver's `ping_key`.
    """

    def __init__(
        self,
        address: Callable[[], str],
        key: SecretStr,
        *,
        patience: float = _PATIENCE,
        clocks: Clocks | None = None,
    ) -> None:
        self._address = address
        self._key = key
        self._patience = patience
        self._clocks = clocks or Clocks()
        self._hurry = asyncio.Event()

    def hurry(self) -> None:
        """Have the next ping sent now: the address changed, or is back."""
        self._hurry.set()

    async def results(self, interval: float = 20.0) -> AsyncIterator[PingResult]:
        """Ping every `interval` seconds, at once when the machine woke, for ever."""
        dead: PingFailed | None = None
        while True:
            self._hurry.clear()
            ping_result = await self.ping()
            if isinstance(ping_result, PingFailed):
                dead = ping_result.model_copy(update={"since": dead.since}) if dead else ping_result
                yield dead
            else:
                dead = None
                yield ping_result
            if slept := await self._wait(interval):
                yield MachineWoke(at=_now(), seconds=slept)

    async def ping(self) -> PingSucceeded | PingFailed:
        """Send one ping."""
        url = self._address()
        nonce = secrets.token_hex(16)
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._patience), self._session() as session:
                answer = await _sent(session, url, _HEADERS | {PING: ping(self._key, nonce)})
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            return unanswered(error, url, self._patience, _now())
        if secrets.compare_digest(answer.pong.encode(), pong(self._key, nonce).encode()):
            return PingSucceeded(at=_now(), milliseconds=(time.perf_counter() - began) * 1000)
        return answered(answer, _now())

    def _session(self) -> aiohttp.ClientSession:
        # A connection of its own, so that name and certificate are tried too; out through the proxy that the
        # environment names, with the certificates that it trusts (SSL_CERT_FILE).
        connector = aiohttp.TCPConnector(force_close=True, ssl=ssl.create_default_context())
        return aiohttp.ClientSession(connector=connector, trust_env=True)

    async def _wait(self, interval: float) -> float:
        """Wait for the next ping's time; return how many seconds the machine slept, 0 when it did not."""
        until = self._clocks.awake() + interval
        while (left := until - self._clocks.awake()) > 0:
            wall, awake = self._clocks.wall(), self._clocks.awake()
            try:
                async with asyncio.timeout(min(left, _LOOK)):
                    await self._hurry.wait()
            except TimeoutError:
                pass
            else:
                return 0.0
            # A machine that slept shows it by the wall clock, a process that was stopped by both.
            gone = max(self._clocks.wall() - wall, self._clocks.awake() - awake)
            if gone > _LOOK + _SLEPT:
                return gone
        return 0.0


async def _sent(session: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> Answer:
    async with session.post(url, headers=headers, allow_redirects=False) as response:
        page = await response.content.read(_PAGE)
        return Answer(
            status=response.status,
            pong=response.headers.get(PONG, ""),
            code=response.headers.get("Ngrok-Error-Code", ""),
            server=response.headers.get("Server", ""),
            page=page.decode("utf-8", "replace"),
        )


def _now() -> datetime:
    return datetime.now(UTC)
