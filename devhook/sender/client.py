"""Sends one request with exactly the given headers, and returns the answer or the failure in words."""

import errno
import hashlib
import io
import math
import re
import ssl
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from types import SimpleNamespace, TracebackType
from typing import Final, NamedTuple, Self

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from devhook.errors import InputError
from devhook.text import duration
from devhook.user_key import UserKey
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.delivery import ORIGIN_HEADER, PROOF_HEADER
from devhook.webhook.headers import is_name, is_of_the_connection, is_value

# aiohttp adds these by default; here the caller decides.
_SKIPPED_DEFAULTS: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
# Seconds. Node closes an idle connection after 5 s. A request on a connection that is being closed looks like
# a fault of the endpoint, so the client closes it well before that.
_KEEP_ALIVE_SECONDS: Final = 2.0
_BODY_LIMIT: Final = 256 * 1024
# aiohttp writes a larger body at once, which blocks all other requests, and logs a warning.
_LARGEST_SINGLE_WRITE: Final = 1024 * 1024
_ORIGIN: Final = ORIGIN_HEADER.lower()
# Characters of the longest header value that is cached.
_USUAL: Final = 512
# The characters that a URL may contain unescaped (RFC 3986); all others are escaped before sending.
_ESCAPED: Final = re.compile(r"[!#$%&'()*+,/:;=?@\[\]A-Za-z0-9._~-]+")


class Sender:
    """Sends requests concurrently, over connections that stay open between requests.

    Open it with `async with`. It reads no proxy, netrc or other environment, and stores no cookies.

    - `body_limit`: the bytes of an answer's body that are read.
    - `trust`: replaces the system's certificates.
    - `stopwatch`: returns seconds.
    - `reports_reuse`: sets `Answer.reused`, which costs a fifth more time per request.
    - `proves_origin`: adds a proof to a request whose header names devhook as its origin. A forwarded
      delivery must have none.
    """

    def __init__(
        self,
        *,
        body_limit: int = _BODY_LIMIT,
        trust: ssl.SSLContext | None = None,
        stopwatch: Callable[[], float] = time.perf_counter,
        reports_reuse: bool = False,
        proves_origin: bool = True,
    ) -> None:
        self._body_limit = body_limit
        self._trust = trust
        self._stopwatch = stopwatch
        self._reports_reuse = reports_reuse
        self._proves_origin = proves_origin
        self._user_key: UserKey | None = None
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,
                keepalive_timeout=_KEEP_ALIVE_SECONDS,
                ssl=self._trust if self._trust is not None else True,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_SKIPPED_DEFAULTS,
            auto_decompress=False,
            trust_env=False,
            trace_configs=[_reuse_trace()] if self._reports_reuse else None,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def send(
        self,
        url: str,
        headers: Sequence[tuple[str, str]],
        body: bytes,
        *,
        connect_timeout: float = 1.0,
        total_timeout: float = 5.0,
        method: str = "POST",
    ) -> Answer:
        """Send one request. A failure is in the answer; it is never raised.

        `headers` are sent in their order, case and repetition; values are bytes read as Latin-1, as in a
        Delivery. Host (if it is missing) and Content-Length are added; headers of another connection
        (Transfer-Encoding, Connection …) are removed. Times are seconds: `connect_timeout` covers name
        resolution, connection and TLS, `total_timeout` the whole request. The defaults are Shopify's:
        https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
        """
        if self._session is None:
            raise RuntimeError("The sender is not open.")
        try:
            proof = self._origin_proof(headers, body) if self._proves_origin else ()
            address, written = _address(url), _encoded((*proof, *headers))
        except ValueError as error:
            return Answer(seconds=0.0, failure=Failure.UNSENDABLE, error=str(error))
        limits = aiohttp.ClientTimeout(total=total_timeout, connect=connect_timeout, ceil_threshold=math.inf)
        begun = self._stopwatch()
        head = _Head()
        content = bytearray()
        data = io.BytesIO(body) if len(body) > _LARGEST_SINGLE_WRITE else body
        reuse: list[bool] = []
        failure, sentence = None, ""
        try:
            async with self._session.request(
                method,
                address,
                headers=written,
                data=data,
                timeout=limits,
                allow_redirects=False,
                trace_request_ctx=reuse,
            ) as response:
                head = _Head(response.status, response.raw_headers)
                async for chunk in response.content.iter_any():
                    content += chunk
                    if len(content) > self._body_limit:
                        break
        except (aiohttp.ClientError, OSError, UnicodeError) as error:
            failure, sentence = _failure_of(error, limits)
        return Answer(
            status=head.status,
            headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers),
            body=bytes(content[: self._body_limit]),
            cut=len(content) > self._body_limit,
            seconds=self._stopwatch() - begun,
            failure=failure,
            error=sentence,
            reused=bool(reuse) if self._reports_reuse else None,
        )

    def _origin_proof(self, headers: Sequence[tuple[str, str]], body: bytes) -> tuple[tuple[str, str], ...]:
        """Return the header that proves the origin to this user's receivers; empty without an origin."""
        origin = next((value for name, value in headers if name.lower() == _ORIGIN), None)
        if origin is None:
            return ()
        if self._user_key is None:
            try:
                self._user_key = UserKey.load()
            except InputError:
                # The request is sent anyway; the receiver shows it as Shopify's.
                return ()
        return ((PROOF_HEADER, self._user_key.mac(*_origin_record(origin, body))),)


def is_origin_proven(key: UserKey, proof: str | None, origin: str, body: bytes) -> bool:
    """Return whether a devhook with this user's `key` sent `body` with this origin."""
    return key.proves(proof, *_origin_record(origin, body))


def _origin_record(origin: str, body: bytes) -> tuple[str, str, str]:
    return "origin", origin, hashlib.sha256(body).hexdigest()


def _reuse_trace() -> aiohttp.TraceConfig:
    """Return a trace that appends True to the request's list if aiohttp uses an open connection again."""

    async def notice(_session: object, context: SimpleNamespace, _connection: object) -> None:
        context.trace_request_ctx.append(True)

    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(notice)
    return trace


class _Head(NamedTuple):
    """An answer without its body."""

    status: int | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()


def _encoded(headers: Sequence[tuple[str, str]]) -> CIMultiDict[str]:
    """Return `headers` so that aiohttp writes exactly these bytes. Raise ValueError for a bad one."""
    written: CIMultiDict[str] = CIMultiDict()
    spelled: dict[str, str] = {}
    for given, value in headers:
        # aiohttp (3.14) sends only the last value of a name that is spelled in two ways.
        name = spelled.setdefault(given.lower(), given)
        if not is_of_the_connection(name):
            written.add(name, _sendable(name, value) if len(value) <= _USUAL else _checked(name, value))
    return written


def _checked(name: str, value: str) -> str:
    """Return a header's value as aiohttp encodes it. Raise ValueError for a header that cannot be sent."""
    if not is_name(name):
        raise ValueError(f"{name!r} is not a valid header name.")
    if not is_value(value):
        raise ValueError(f"The header {name} contains a control character and cannot be sent.")
    try:
        # aiohttp encodes values as UTF-8, so it cannot send other bytes.
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError as error:
        raise ValueError(f"The header {name} is not UTF-8 and cannot be sent unchanged.") from error


# Most headers of a replay are those of the request before.
_sendable = lru_cache(maxsize=256)(_checked)


@lru_cache(maxsize=64)
def _address(url: str) -> URL:
    """Return `url` with its escapes unchanged (`%2F` is not `/`). Raise ValueError if it is not http(s)."""
    try:
        address = URL(url, encoded=_ESCAPED.fullmatch(url) is not None)
        usable = address.scheme in {"http", "https"} and address.host and address.port is not None
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(f"{url!r} is not an http:// or https:// address.")
    return address


def _failure_of(error: Exception, limits: aiohttp.ClientTimeout) -> tuple[Failure, str]:
    """Return the failure, and a sentence about it, for an error that occurred while sending."""
    match error:
        case aiohttp.ConnectionTimeoutError():
            found = Failure.NO_CONNECTION, f"No connection within {duration(limits.connect or 0)}."
        case TimeoutError():
            found = Failure.NO_ANSWER, f"No complete answer within {duration(limits.total or 0)}."
        case aiohttp.ClientConnectorCertificateError():
            found = Failure.TLS, f"The certificate is not trusted: {_reason(error.certificate_error)}."
        case aiohttp.ClientSSLError():
            found = Failure.TLS, f"TLS failed: {_reason(error.os_error)}."
        case aiohttp.ClientConnectorDNSError():
            found = Failure.UNREACHABLE, f"The host {error.host} does not exist."
        case UnicodeError():
            # A label that is empty or over 63 characters fails in the codec, before the name is resolved.
            found = Failure.UNREACHABLE, "The host name is not valid."
        case aiohttp.ClientConnectorError(errno=errno.ECONNREFUSED):
            found = Failure.REFUSED, f"Connection refused: nothing listens on {error.host}:{error.port}."
        case aiohttp.ClientConnectorError():
            place = f"{error.host}:{error.port}"
            found = Failure.UNREACHABLE, f"{place} cannot be reached: {_reason(error.os_error)}."
        case aiohttp.ClientResponseError():
            found = Failure.BROKEN, "The answer is not HTTP."
        case _:
            found = Failure.BROKEN, "The connection was closed before the answer was complete."
    return found


def _reason(error: Exception) -> str:
    """Return the reason that OpenSSL or the operating system gives, without error codes."""
    for attribute in ("verify_message", "reason", "strerror"):
        if reason := getattr(error, attribute, ""):
            return str(reason).rstrip(".").replace("_", " ").lower()
    return str(error)
