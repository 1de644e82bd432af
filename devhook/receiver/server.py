"""The answer to each request, and its moment: a delivery is answered once it is on disk."""

import asyncio
import errno
import hmac
import logging
import random
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Final, Self, cast

from aiohttp import web

from devhook.errors import InboxError, ReceiverError
from devhook.inbox.deliveries import RECEIVER, Answered
from devhook.receiver.accepting import Acceptor, connections_possible
from devhook.receiver.commit import GroupCommit, keeping_within_bounds
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.connection import Connection
from devhook.receiver.forwarding import Forwarder
from devhook.receiver.incoming import Incoming
from devhook.receiver.protocol import PING, PONG, FaultsLeft, LatencyChanged, Notice, answer_to
from devhook.sender.client import is_origin_proven
from devhook.sender.latency import LatencyHistogram
from devhook.text import duration
from devhook.user_key import UserKey
from devhook.webhook.answer import Answer
from devhook.webhook.answer_fault import AnswerFault, Faults
from devhook.webhook.delivery import Origin, Signature
from devhook.webhook.signature import check

# Bytes of all unfinished bodies together: beyond them a request is answered 503, and Shopify tries again.
_MOST_BYTES: Final = 128 * 2**20
_BACKLOG: Final = 1024
# Seconds that the name server may take for the name of the address to listen on.
_RESOLVING: Final = 5.0
# Seconds. How long the rest of a rejected body is read and dropped, so that its sender can read the answer.
_LINGERING: Final = 2.0
# Seconds that the writing of an answer may take once the receiver ends.
_PARTING: Final = 0.2

# Seconds. Shopify waits for 5 in all, and the way back takes some of it.
# https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
_PATIENCE_WITH_TARGET: Final = 4.5
_PASSED_ON: Final = frozenset({"content-type"})

_A_BUG: Final = "That is a bug of devhook; the sender was answered 500."
_CLAIMED_ORIGINS: Final = frozenset({Origin.REPLAY, Origin.FORGED})
_SERVER: Final = {"Server": "devhook"}
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_ANSWERS: Final = {
    Signature.VALID: (200, ""),
    Signature.UNCHECKED: (200, ""),
    Signature.INVALID: (401, "The signature does not fit the body.\n"),
    Signature.MISSING: (401, "There is no signature.\n"),
}


Report = Callable[[Notice | FaultsLeft | LatencyChanged], None]


class RequestRejected(Exception):
    """A request that is not a delivery: it is answered, its connection is closed, and nothing is stored."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Receiver:
    """Answers requests.

    `report` is called once for each new notice, when fewer faults are left, and once a second with the
    latency.
    """

    def __init__(
        self,
        config: ReceiverConfig,
        commit: GroupCommit,
        forwarder: Forwarder,
        report: Report,
    ) -> None:
        self._secrets = config.secrets
        self._faults = Faults(config.faults, random.random)
        self._config = config
        self._commit = commit
        self._forwarder = forwarder
        self._report = report
        self._last_notice = ""
        self._user_key: UserKey | None = None
        self._held = 0
        self._open = 0
        self._ending = False
        self._all_answered = asyncio.Event()
        self._latency = LatencyHistogram()
        self._latency_timer: asyncio.TimerHandle | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, config: ReceiverConfig, report: Report) -> AsyncIterator[Self]:
        """Open the inbox and the forwarder; at the end finish open work, then close them.

        Raise InboxError.
        """
        async with (
            GroupCommit.open(config.inbox) as commit,
            Forwarder.open(config.targets, commit.note, config.grace) as forwarder,
            keeping_within_bounds(commit, config),
        ):
            yield cls(config, commit, forwarder, report)

    def _proven_origin(self, incoming: Incoming) -> Origin | None:
        """Return the origin of a delivery that a devhook of this user sent; None without a proof."""
        marked = incoming.claimed_origin
        if marked not in _CLAIMED_ORIGINS:
            return None
        # The first devhook that sends a request makes the key; it may be later than this receiver.
        self._user_key = self._user_key or UserKey.existing()
        if self._user_key is None:
            return None
        proven = is_origin_proven(self._user_key, incoming.proof, marked, incoming.body)
        return Origin(marked) if proven else None

    def answer_with(self, faults: Sequence[AnswerFault]) -> None:
        """Answer deliveries with these faults from now on, and with no others."""
        self._faults = Faults(faults, random.random)

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Answer one request; the low-level handler of aiohttp's server."""
        connection = cast("Connection", request.protocol)
        connection.begin(request)
        began = time.monotonic()
        self._open += 1
        try:
            response = await self._answer(request)
        except RequestRejected as rejection:
            response = _response(rejection.status, rejection.text)
            response.force_close()
        except Exception as error:  # noqa: BLE001 - a bug is reported, answered 500, and ends nothing else
            self._notify(f"The receiver failed to answer a request: {type(error).__name__}.", _A_BUG)
            response = _response(500, "")
        finally:
            self._open -= 1
            if not self._open:
                self._all_answered.set()
            connection.end()
        if request.method == "POST":
            self._count(time.monotonic() - began)
        if self._ending or connection.half_closed:
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
            cast("Connection", request.protocol).body_read()
            return await self._keep(
                request, Incoming(path, request.raw_headers, request.headers, b"".join(chunks))
            )
        finally:
            self._held -= sum(map(len, chunks))

    def _takes(self, path: str) -> bool:
        secret = self._config.secret_path
        return secret is None or hmac.compare_digest(path.partition("?")[0].encode(), secret.encode())

    def _answer_to_ping(self, request: web.BaseRequest) -> web.Response | None:
        """Return the answer to a ping of the session; None for any other request."""
        key = self._config.ping_key
        claimed = request.headers.get(PING) if key else None
        answer = answer_to(key, claimed) if key and claimed else None
        return _response(204, "", {PONG: answer}) if answer else None

    async def _read(self, request: web.BaseRequest, chunks: list[bytes]) -> None:
        content = request.content
        if (request.content_length or 0) > self._config.body_limit:
            raise self._too_large()
        if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
            request.transport.write(_CONTINUE)
        try:
            if content.is_eof():
                # The body arrived with its headers, as most do: there is no wait to limit.
                self._hold(content.read_nowait(), chunks, 0)
                return
            size = 0
            async with asyncio.timeout(self._config.read_timeout):
                while chunk := await content.readany():
                    size = self._hold(chunk, chunks, size)
        except TimeoutError as error:
            raise RequestRejected(408, "The body did not come in time.\n") from error
        except (web.RequestPayloadError, ConnectionError) as error:
            raise RequestRejected(400, "The body is not complete.\n") from error

    def _hold(self, chunk: bytes, chunks: list[bytes], size: int) -> int:
        """Add a chunk of a body to the earlier chunks, whose size is `size`; return the new size."""
        chunks.append(chunk)
        self._held += len(chunk)
        size += len(chunk)
        if size > self._config.body_limit:
            raise self._too_large()
        if self._held > _MOST_BYTES:
            raise RequestRejected(503, "Too many requests at once. Send this one again.\n")
        return size

    def _too_large(self) -> RequestRejected:
        return RequestRejected(413, f"A body may have {self._config.body_limit} bytes.\n")

    async def _keep(self, request: web.BaseRequest, incoming: Incoming) -> web.Response:
        checked = check(self._secrets, incoming.body, incoming.hmac)
        trusted = checked.signature.trusted
        fault = self._fault(incoming.topic) if trusted else None
        forwarded = self._forwarder.wants(incoming.topic) and self._config.forward.includes(checked.signature)
        waits = forwarded and trusted and not fault and self._config.wait_for_target
        status, text = _ANSWERS[checked.signature]
        if fault is not None:
            status, text = (0, "") if fault.drop else (fault.status or status, "")
        origin = self._proven_origin(incoming) or self._config.origin
        try:
            delivery_id = await self._commit.keep(incoming.row(checked, origin, None if waits else status))
        except InboxError as error:
            self._notify(error.message, error.hint)
            return _response(500, "It could not be stored. Send it again.\n")
        self._last_notice = ""
        asked = self._forwarder.forward(delivery_id, incoming.delivery()) if forwarded else None
        if fault is not None:
            await _act_out(fault, request)
        elif waits and asked is not None:
            return await self._answer_of_target(delivery_id, asked)
        return _response(status or 500, text)

    def _fault(self, topic: str | None) -> AnswerFault | None:
        """Return the fault for a delivery of this topic, and report which faults are left."""
        before = self._faults.left
        if not before:
            return None
        fault = self._faults.take(topic)
        if self._faults.left != before:
            self._report(FaultsLeft(faults=tuple(map(str, self._faults.left))))
        return fault

    async def _answer_of_target(self, delivery_id: int, asked: asyncio.Task[Answer]) -> web.Response:
        """Return the target's answer for the sender, and store that the sender got it."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(_PATIENCE_WITH_TARGET):
                answer = await asyncio.shield(asked)
        except TimeoutError:
            response = _response(504, "The target did not answer in time.\n")
        else:
            response = _as_answered(answer)
        given = Answer(status=response.status, seconds=time.monotonic() - began)
        self._commit.note(Answered(delivery_id=delivery_id, by=RECEIVER, at=datetime.now(UTC), answer=given))
        return response

    def _count(self, seconds: float) -> None:
        """Count an answer; the session gets the latency a second later, with all answers until then."""
        self._latency.add(seconds)
        if self._latency_timer is None:
            self._latency_timer = asyncio.get_running_loop().call_later(1, self._report_latency)

    def _report_latency(self) -> None:
        self._latency_timer = None
        self._report(LatencyChanged(latency=self._latency))

    def _notify(self, message: str, hint: str) -> None:
        """Send a notice once: a thousand deliveries that meet the same failure are still one notice."""
        if message != self._last_notice:
            self._last_notice = message
            self._report(Notice(message=message, hint=hint))


@asynccontextmanager
async def serving(receiver: Receiver, config: ReceiverConfig) -> AsyncIterator[int]:
    """Accept requests and yield the port. At the end accept no more, and give the open ones `grace` seconds.

    Bodies are not decompressed: the signature is over the bytes that came, Shopify compresses none, and
    5 MiB of zeros would be 5 GB. Raise ReceiverError when the port is not available.
    """
    loop = asyncio.get_running_loop()
    server = web.Server(receiver.answer)
    # aiohttp would log each malformed request of a stranger with a traceback.
    quiet = logging.getLogger("devhook.receiver.strangers")
    quiet.disabled = True

    def connection() -> Connection:
        return Connection(
            server,
            loop=loop,
            header_timeout=config.header_timeout,
            header_limit=config.header_limit,
            keepalive_timeout=config.idle_timeout,
            lingering_time=_LINGERING,
            auto_decompress=False,
            access_log=None,
            logger=quiet,
        )

    acceptor = Acceptor(
        connection,
        lambda: cast("list[Connection]", server.connections),
        connections_possible(config.connections),
    )
    with await _bound(config.host, config.port) as listener:
        accepting = loop.create_task(acceptor.accept(listener))
        try:
            yield listener.getsockname()[1]
        finally:
            accepting.cancel()
            await asyncio.wait({accepting})
            listener.close()
            # Requests whose first bytes have arrived begin before the idle connections are closed.
            await asyncio.sleep(0)
            for idle in server.connections:
                if not cast("Connection", idle).busy:
                    idle.close()
            # aiohttp's own shutdown would no longer read the bodies that are still coming in.
            await receiver.finish(config.grace)
            await server.shutdown(_PARTING)


async def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        async with asyncio.timeout(_RESOLVING):
            found = await asyncio.get_running_loop().getaddrinfo(
                host, port, family=family, type=socket.SOCK_STREAM
            )
        listener = socket.create_server(found[0][4], family=family, backlog=_BACKLOG)
    except TimeoutError as error:
        raise ReceiverError(
            f"The name {host} was not resolved within {duration(_RESOLVING)}.",
            "Try devhook listen --host 127.0.0.1 …",
        ) from error
    except OSError as error:
        raise _refused(host, port, error) from error
    listener.setblocking(False)
    return listener


def _refused(host: str, port: int, error: OSError) -> ReceiverError:
    any_port = "Use another port, or any free one: devhook listen --port 0 …"
    if error.errno == errno.EADDRINUSE:
        return ReceiverError(f"Port {port} is taken by another program.", any_port)
    if error.errno == errno.EACCES:
        return ReceiverError(f"Port {port} may only be opened with more rights.", any_port)
    return ReceiverError(
        f"This machine cannot listen on {host}: {error.strerror}.", "Try devhook listen --host 127.0.0.1 …"
    )


async def _act_out(fault: AnswerFault, request: web.BaseRequest) -> None:
    """Wait for the fault's delay, and close the connection of a fault that drops it."""
    await asyncio.sleep(fault.seconds)
    if fault.drop and request.transport is not None:
        request.transport.abort()


def _as_answered(answer: Answer) -> web.Response:
    """Return the target's answer for the sender; without a complete one, 502 as from any gateway."""
    if answer.failure is not None or answer.status is None:
        return _response(502, "The target did not answer.\n")
    kinds = [value for name, value in answer.headers if name.lower() in _PASSED_ON]
    headers = _SERVER | ({"Content-Type": kinds[0]} if kinds else {})
    return web.Response(status=answer.status, body=answer.body, headers=headers)


def _as_latin(target: str) -> str:
    # aiohttp reads the request target as UTF-8 and keeps what is not as half surrogates.
    if target.isascii():
        return target
    return target.encode("utf-8", "surrogateescape").decode("latin-1")


def _response(status: int, text: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(status=status, text=text, headers=_SERVER | headers if headers else _SERVER)
