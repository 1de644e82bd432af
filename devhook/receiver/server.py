"""What is answered to a request, and when: a delivery only once it is on disk."""

import asyncio
import errno
import hmac
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Final, cast

from aiohttp import web

from devhook.errors import InboxError, ReceiverError
from devhook.receiver.commit import GroupCommit
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.connection import Connection, TurnedAway
from devhook.receiver.lines import Trouble
from devhook.receiver.ping import PING, PONG, answer_to
from devhook.webhook.delivery import Arrival, Delivery, Signature
from devhook.webhook.signature import Secret, check

# What all connections together may hold: beyond it a request is answered 503, and Shopify tries again.
_MOST_CONNECTIONS: Final = 512
_MOST_BYTES: Final = 128 * 2**20
_BACKLOG: Final = 1024
# How long the rest of a refused body is read and thrown away, so that its sender gets to read the answer.
_LINGERING: Final = 2.0
# How long an answer may take to be written out once the receiver ends.
_PARTING: Final = 0.2

_A_BUG: Final = "That is a bug of devhook; the sender was answered 500."
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_ANSWERS: Final = {
    Signature.VALID: (200, ""),
    Signature.UNCHECKED: (200, ""),
    Signature.INVALID: (401, "The signature does not fit the body.\n"),
    Signature.MISSING: (401, "There is no signature.\n"),
}


class Refusal(Exception):
    """A request that is not a delivery: it is answered, its connection closed, and nothing written down."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Receiver:
    """Answers requests. `secrets` may be replaced at any time; `tell` is called once for each new trouble."""

    def __init__(self, config: ReceiverConfig, commit: GroupCommit, tell: Callable[[Trouble], None]) -> None:
        self.secrets: tuple[Secret, ...] = config.secrets
        self._config = config
        self._commit = commit
        self._tell = tell
        self._told = ""
        self._held = 0
        self._open = 0
        self._ending = False
        self._all_answered = asyncio.Event()

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Answer one request; the low-level handler of aiohttp's server."""
        connection = cast("Connection", request.protocol)
        connection.begin()
        self._open += 1
        try:
            response = await self._answer(request)
        except Refusal as refusal:
            response = _response(refusal.status, refusal.text)
            response.force_close()
        except Exception as error:  # noqa: BLE001 - a bug is told of, answered 500, and ends nothing else
            self._trouble(f"The receiver failed to answer a request: {type(error).__name__}.", _A_BUG)
            response = _response(500, "")
        finally:
            self._open -= 1
            if not self._open:
                self._all_answered.set()
            connection.end()
        if self._ending:
            response.force_close()
        return response

    async def finish(self, grace: float) -> None:
        """Wait, at most `grace` seconds, until the open requests have their answers; each is the last."""
        self._ending = True
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while self._open:
                    self._all_answered.clear()
                    await self._all_answered.wait()

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        if request.method != "POST":
            return _response(405, "Webhooks are POSTed.\n", {"Allow": "POST"})
        path = _as_latin(request.raw_path)
        if not self._takes(path):
            return _response(404, "")
        if answer := self._answer_to_ping(request):
            return answer
        chunks: list[bytes] = []
        try:
            await self._read(request, chunks)
            return await self._keep(_delivery(request, path, b"".join(chunks)))
        finally:
            self._held -= sum(map(len, chunks))

    def _takes(self, path: str) -> bool:
        secret = self._config.secret_path
        return secret is None or hmac.compare_digest(path.partition("?")[0].encode(), secret.encode())

    def _answer_to_ping(self, request: web.BaseRequest) -> web.Response | None:
        """Return what the run's ping waits for; None for anything else, which is a delivery then."""
        key, claimed = self._config.ping_key, request.headers.get(PING)
        answer = answer_to(key, claimed) if key and claimed else None
        return _response(204, "", {PONG: answer}) if answer else None

    async def _read(self, request: web.BaseRequest, chunks: list[bytes]) -> None:
        limit = self._config.body_limit
        too_large = Refusal(413, f"A body may have {limit} bytes.\n")
        if (request.content_length or 0) > limit:
            raise too_large
        if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
            request.transport.write(_CONTINUE)
        size = 0
        try:
            async with asyncio.timeout(self._config.read_timeout):
                while chunk := await request.content.readany():
                    chunks.append(chunk)
                    size += len(chunk)
                    self._held += len(chunk)
                    if size > limit:
                        raise too_large
                    if self._held > _MOST_BYTES:
                        raise Refusal(503, "Too much at once.\n")
        except TimeoutError as error:
            raise Refusal(408, "The body did not come in time.\n") from error
        except (web.RequestPayloadError, ConnectionError) as error:
            raise Refusal(400, "The body is not complete.\n") from error

    async def _keep(self, delivery: Delivery) -> web.Response:
        result = check(self.secrets, delivery.body, delivery.hmac)
        status, text = _ANSWERS[result.signature]
        arrival = Arrival(
            delivery=delivery,
            signature=result.signature,
            signed_with=result.signed_with,
            origin=self._config.origin,
            status=status,
        )
        try:
            await self._commit.keep(arrival)
        except InboxError as error:
            self._trouble(error.message, error.hint)
            return _response(500, "It could not be kept. Send it again.\n")
        self._told = ""
        return _response(status, text)

    def _trouble(self, message: str, hint: str) -> None:
        """Tell of a trouble once: a thousand deliveries that meet it are still one trouble."""
        if message != self._told:
            self._told = message
            self._tell(Trouble(message=message, hint=hint))


@asynccontextmanager
async def serving(receiver: Receiver, config: ReceiverConfig) -> AsyncIterator[int]:
    """Take requests in; yields the port. At the end no more are taken, and the open ones get `grace` seconds.

    Bodies are not decompressed: the signature is over the bytes that came, Shopify compresses none, and
    5 MiB of zeros would be 5 GB. Raises ReceiverError when the port cannot be had.
    """
    loop = asyncio.get_running_loop()
    server = web.Server(receiver.answer)
    # What a stranger sends is no news: aiohttp would log each malformed request with a traceback.
    quiet = logging.getLogger("devhook.receiver.strangers")
    quiet.disabled = True

    def connection() -> asyncio.Protocol:
        if len(server.connections) >= _MOST_CONNECTIONS:
            return TurnedAway()
        return Connection(
            server,
            loop=loop,
            header_timeout=config.header_timeout,
            keepalive_timeout=config.idle_timeout,
            lingering_time=_LINGERING,
            auto_decompress=False,
            access_log=None,
            logger=quiet,
        )

    listener = await loop.create_server(connection, sock=_bound(config.host, config.port), backlog=_BACKLOG)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        # Requests whose first bytes are here already are begun before the idle connections are closed.
        await asyncio.sleep(0)
        for idle in server.connections:
            if not cast("Connection", idle).busy:
                idle.close()
        # aiohttp's own shutdown would no longer read the bodies that are still coming in.
        await receiver.finish(config.grace)
        await server.shutdown(_PARTING)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise _refused(host, port, error) from error


def _refused(host: str, port: int, error: OSError) -> ReceiverError:
    any_port = "Take another one, or any free one: devhook listen --port 0 …"
    if error.errno == errno.EADDRINUSE:
        return ReceiverError(f"Port {port} is taken by another program.", any_port)
    if error.errno == errno.EACCES:
        return ReceiverError(f"Port {port} may only be opened with more rights.", any_port)
    return ReceiverError(
        f"This machine cannot listen on {host}: {error.strerror}.", "Try devhook listen --host 127.0.0.1 …"
    )


def _delivery(request: web.BaseRequest, path: str, body: bytes) -> Delivery:
    return Delivery(
        received_at=datetime.now(UTC),
        path=path,
        headers=tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers
        ),
        body=body,
    )


def _as_latin(target: str) -> str:
    # aiohttp reads the request target as UTF-8 and keeps what is not as half surrogates.
    return target.encode("utf-8", "surrogateescape").decode("latin-1")


def _response(status: int, text: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(status=status, text=text, headers={"Server": "devhook"} | (headers or {}))
