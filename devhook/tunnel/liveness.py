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
from devhook.tunnel.diagnosis import PingAnswer, PingFailed, answered, unanswered

# Seconds. Shopify itself waits five.
_PATIENCE: Final = 10.0
# A timer stops while the machine sleeps; the wall clock does not. Seconds between two comparisons.
_POLL: Final = 1.0
_SLEPT: Final = 5.0
_PAGE: Final = 65536
_HEADERS: Final = {
    "User-Agent": "devhook",
    # ngrok decides which clients are browsers and get its warning page.
    "ngrok-skip-browser-warning": "1",
}


class PingSucceeded(BaseModel):
    """A ping that the receiver answered.

    `at`: when the answer arrived.
    `milliseconds`: the time for name resolution, connection, TLS and the round trip.
    """

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    milliseconds: float


class MachineWoke(BaseModel):
    """The machine, or devhook, was suspended for `seconds` and runs again; a ping follows at once."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    seconds: float

    @property
    def message(self) -> str:
        """What happened."""
        return f"This machine was asleep for {timedelta(seconds=round(self.seconds))}."

    @property
    def hint(self) -> str:
        """What it means for deliveries, or what to do."""
        return "The public address is tested now; Shopify retries failed deliveries for four hours."


PingResult = PingSucceeded | PingFailed | MachineWoke


class Clocks(NamedTuple):
    """The clocks, in seconds: `wall` runs while the machine sleeps, `awake` does not."""

    wall: Callable[[], float] = time.time
    awake: Callable[[], float] = time.monotonic


class Pinger:
    """Sends pings to the public address.

    `address`: returns the current address that Shopify delivers to, with its path.
    `key`: the receiver's `ping_key`.
    `patience`: the timeout of a ping, in seconds.
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
        """Send the next ping now: the address has changed, or is back."""
        self._hurry.set()

    async def results(self, interval: float = 20.0) -> AsyncIterator[PingResult]:
        """Ping every `interval` seconds, and at once after the machine's sleep; yield each result."""
        failed: PingFailed | None = None
        while True:
            self._hurry.clear()
            ping_result = await self.ping()
            if isinstance(ping_result, PingFailed):
                failed = ping_result.model_copy(update={"since": failed.since}) if failed else ping_result
                yield failed
            else:
                failed = None
                yield ping_result
            if slept := await self._wait(interval):
                yield MachineWoke(at=_now(), seconds=slept)

    async def ping(self) -> PingSucceeded | PingFailed:
        """Send one ping; return its result within `patience` seconds."""
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
        # A new connection, so that name and certificate are tested too; through the proxy of the environment,
        # with the certificates that it trusts (SSL_CERT_FILE).
        connector = aiohttp.TCPConnector(force_close=True, ssl=ssl.create_default_context())
        return aiohttp.ClientSession(connector=connector, trust_env=True)

    async def _wait(self, interval: float) -> float:
        """Wait until the next ping is due; return the seconds that the machine was asleep, or 0."""
        until = self._clocks.awake() + interval
        while (left := until - self._clocks.awake()) > 0:
            wall, awake = self._clocks.wall(), self._clocks.awake()
            try:
                async with asyncio.timeout(min(left, _POLL)):
                    await self._hurry.wait()
            except TimeoutError:
                pass
            else:
                return 0.0
            # After a sleep of the machine the wall clock is ahead; after a stop of the process both are.
            gone = max(self._clocks.wall() - wall, self._clocks.awake() - awake)
            if gone > _POLL + _SLEPT:
                return gone
        return 0.0


async def _sent(session: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> PingAnswer:
    async with session.post(url, headers=headers, allow_redirects=False) as response:
        page = await response.content.read(_PAGE)
        return PingAnswer(
            status=response.status,
            pong=response.headers.get(PONG, ""),
            headers={name.lower(): value for name, value in response.headers.items()},
            page=page.decode("utf-8", "replace"),
        )


def _now() -> datetime:
    return datetime.now(UTC)
