"""How one request goes out, headers as given, and what comes of it: an answer, or a failure in words."""

import errno
import hashlib
import io
import math
import re
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import SimpleNamespace, TracebackType
from typing import Final, NamedTuple, Self

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from devhook.errors import InputError
from devhook.text import duration
from devhook.user_key import is_proven, mac
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.delivery import ORIGIN_HEADER, PROOF_HEADER
from devhook.webhook.headers import is_name, is_of_the_connection, is_value

# aiohttp would add these by itself; whoever sends decides.
_NOT_BY_ITSELF: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
# Node closes an idle connection after 5 s. A request that meets the closing one looks like a fault of the
# endpoint, so a connection is let go well before that.
_KEPT_ALIVE: Final = 2.0
_BODY_LIMIT: Final = 256 * 1024
# aiohttp writes a larger one in one piece, which holds up all others, and warns of it.
_IN_ONE_PIECE: Final = 1024 * 1024
# Only what a URL may hold as it stands (RFC 3986); anything else is escaped before it goes out.
_ESCAPED: Final = re.compile(r"[!#$%&'()*+,/:;=?@\[\]A-Za-z0-9._~-]+")


class Sender:
    """Sends requests, as many at a time as it is asked to, over connections that are kept open between them.

    Open it with `async with`. No proxy, netrc or other environment is looked at; no cookie is kept.
    `trust` replaces the system's certificates. With `proves_origin` a request whose header names devhook as
    its origin carries a proof; a forwarded delivery must not. With `tells_reuse` its answers say whether
    they came over a connection that was open already; a fifth more work.
    """

    def __init__(
        self,
        *,
        body_limit: int = _BODY_LIMIT,
        trust: ssl.SSLContext | None = None,
        stopwatch: Callable[[], float] = time.perf_counter,
        tells_reuse: bool = False,
        proves_origin: bool = True,
    ) -> None:
        self._body_limit = body_limit
        self._trust = trust
        self._stopwatch = stopwatch
        self._tells_reuse = tells_reuse
        self._proves_origin = proves_origin
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0, keepalive_timeout=_KEPT_ALIVE, ssl=self._trust if self._trust is not None else True
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_NOT_BY_ITSELF,
            auto_decompress=False,
            trust_env=False,
            trace_configs=[_noticing_reuse()] if self._tells_reuse else None,
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
        """Send one request; what goes wrong is told in the answer, never raised.

        `headers` go out in their order, case and repetition; values are bytes read as Latin-1, as a Delivery
        holds them. Only Host (where none is given) and Content-Length are added, and what belongs to another
        connection (Transfer-Encoding, Connection …) is left out. Times are seconds: `connect_timeout` for
        name, connection and TLS, `total_timeout` for everything. The defaults are Shopify's:
        https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
        """
        if self._session is None:
            raise RuntimeError("The sender is not open.")
        try:
            proof = origin_proof(headers, body) if self._proves_origin else ()
            address, written = _address(url), _written((*proof, *headers))
        except ValueError as error:
            return Answer(seconds=0.0, failure=Failure.UNSENDABLE, error=str(error))
        limits = aiohttp.ClientTimeout(total=total_timeout, connect=connect_timeout, ceil_threshold=math.inf)
        begun = self._stopwatch()
        head = _Head()
        content = bytearray()
        data = io.BytesIO(body) if len(body) > _IN_ONE_PIECE else body
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
            reused=bool(reuse) if self._tells_reuse else None,
        )


def origin_proof(headers: Sequence[tuple[str, str]], body: bytes) -> tuple[tuple[str, str], ...]:
    """Return the header that proves to this user's receivers who sent this; none without an origin."""
    origin = next((value for name, value in headers if name.lower() == ORIGIN_HEADER.lower()), None)
    if origin is None:
        return ()
    with suppress(InputError):
        # Without the key the receiver shows the delivery as Shopify's, which is no reason not to send it.
        return ((PROOF_HEADER, mac("origin", origin, hashlib.sha256(body).hexdigest())),)
    return ()


def is_origin_proven(proof: str | None, origin: str, body: bytes) -> bool:
    """Return whether a devhook of this user, on this machine, sent `body` with this origin."""
    return is_proven(proof, "origin", origin, hashlib.sha256(body).hexdigest())


def _noticing_reuse() -> aiohttp.TraceConfig:
    """What has aiohttp tell of a connection that is used again, in the list that goes with the request."""

    async def notice(_session: object, context: SimpleNamespace, _connection: object) -> None:
        context.trace_request_ctx.append(True)

    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(notice)
    return trace


class _Head(NamedTuple):
    """What is known of an answer before its body."""

    status: int | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()


def _written(headers: Sequence[tuple[str, str]]) -> CIMultiDict[str]:
    """Return `headers` as aiohttp needs them to write exactly these bytes; ValueError names a bad one."""
    written: CIMultiDict[str] = CIMultiDict()
    spelled: dict[str, str] = {}
    for given, value in headers:
        # Of a name in two spellings aiohttp (3.14) would send only the last value.
        name = spelled.setdefault(given.lower(), given)
        if is_of_the_connection(name):
            continue
        if not is_name(name):
            raise ValueError(f"{name!r} cannot be the name of a header.")
        if not is_value(value):
            raise ValueError(f"The header {name} holds a control character; it cannot be sent.")
        try:
            # aiohttp writes UTF-8, so bytes that are not UTF-8 cannot get through it.
            written.add(name, value.encode("latin-1").decode("utf-8"))
        except UnicodeError as error:
            raise ValueError(f"The header {name} is not UTF-8; it cannot be sent unchanged.") from error
    return written


def _address(url: str) -> URL:
    """Return `url` with its escapes as they stand (`%2F` is not `/`); ValueError when it is not http(s)."""
    try:
        address = URL(url, encoded=_ESCAPED.fullmatch(url) is not None)
        usable = address.scheme in {"http", "https"} and address.host and address.port is not None
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(f"{url!r} is not an http:// or https:// address.")
    return address


def _failure_of(error: Exception, limits: aiohttp.ClientTimeout) -> tuple[Failure, str]:
    """Return the failure and the sentence for what went wrong after the request was put together."""
    match error:
        case aiohttp.ConnectionTimeoutError():
            told = Failure.NO_CONNECTION, f"No connection within {duration(limits.connect or 0)}."
        case TimeoutError():
            told = Failure.NO_ANSWER, f"No whole answer within {duration(limits.total or 0)}."
        case aiohttp.ClientConnectorCertificateError():
            told = Failure.TLS, f"The certificate is not trusted: {_reason(error.certificate_error)}."
        case aiohttp.ClientSSLError():
            told = Failure.TLS, f"TLS failed: {_reason(error.os_error)}."
        case aiohttp.ClientConnectorDNSError():
            told = Failure.UNREACHABLE, f"There is no host {error.host}."
        case UnicodeError():
            # A label that is empty or over 63 characters fails in the codec, before anybody is asked.
            told = Failure.UNREACHABLE, "There can be no host of that name."
        case aiohttp.ClientConnectorError(errno=errno.ECONNREFUSED):
            told = Failure.REFUSED, f"Connection refused: nothing listens on {error.host}:{error.port}."
        case aiohttp.ClientConnectorError():
            place = f"{error.host}:{error.port}"
            told = Failure.UNREACHABLE, f"{place} cannot be reached: {_reason(error.os_error)}."
        case aiohttp.ClientResponseError():
            told = Failure.BROKEN, "What came back is not HTTP."
        case _:
            told = Failure.BROKEN, "The connection was broken off before the answer was whole."
    return told


def _reason(error: Exception) -> str:
    """What OpenSSL or the operating system says, without code numbers."""
    for attribute in ("verify_message", "reason", "strerror"):
        if said := getattr(error, attribute, ""):
            return str(said).rstrip(".").replace("_", " ").lower()
    return str(error)
