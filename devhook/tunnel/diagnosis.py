"""Why a ping through the public address failed: which error or answer has which cause. Pure."""

import errno
import re
import ssl
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

import aiohttp
from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.text import duration, visible
from devhook.webhook.interception.interceptor import AnswerHead
from devhook.webhook.interception.recognition import interception_of

_NAME: Final = re.compile(r"[\w.-]+")


class Why(StrEnum):
    """Why a ping failed."""

    DNS = "dns"
    """The name does not resolve."""
    REFUSED = "refused"
    """Nothing listens at the address."""
    UNREACHABLE = "unreachable"
    """There is no route to the address."""
    TLS = "tls"
    """The certificate is not trusted."""
    TIMED_OUT = "timed_out"
    """There was no answer in time."""
    BROKEN = "broken"
    """The connection was lost."""
    TUNNEL = "tunnel"
    """The tunnel answered with its own error page."""
    OTHER_SERVER = "other_server"
    """Another server than this receiver answered."""


_KINDS: Final[tuple[tuple[type[Exception], Why], ...]] = (
    (TimeoutError, Why.TIMED_OUT),
    (aiohttp.ClientConnectorDNSError, Why.DNS),
    (aiohttp.ClientSSLError, Why.TLS),
    (ssl.SSLError, Why.TLS),
)
_CONNECTING: Final = (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError)
_UNREACHABLE: Final = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}


class PingFailed(BaseModel):
    """A failed ping.

    `since`: when the pings began to fail.
    `why`: the cause.
    `message`, `hint`: the cause in a sentence, and what to do about it.
    """

    model_config = ConfigDict(frozen=True)

    since: AwareDatetime
    why: Why
    message: str
    hint: str


class PingAnswer(NamedTuple):
    """An HTTP answer to a ping.

    `status`: its status code.
    `pong`: the receiver's signature of the ping; empty in an answer of anything else.
    `headers`: its headers, by their names in lower case.
    `page`: the start of the body, decoded.
    """

    status: int
    pong: str
    headers: Mapping[str, str]
    page: str


class _Cause(NamedTuple):
    why: Why
    message: str
    hint: str


_CAUSES: Final = (
    _Cause(
        Why.TIMED_OUT,
        "The ping was not answered within {patience}.",
        "Shopify waits five seconds and retries later. Check the tunnel and the network.",
    ),
    _Cause(
        Why.DNS,
        "The name {host} does not resolve.",
        "The name of a new tunnel takes a moment to resolve. Check also that this machine is online.",
    ),
    _Cause(
        Why.TLS,
        "The certificate of {host} is not trusted.",
        "Shopify rejects it too. Check which server answers there, and whether its certificate has expired.",
    ),
    _Cause(Why.REFUSED, "Nothing listens at {host}.", "The tunnel has ended, or the address is outdated."),
    _Cause(
        Why.UNREACHABLE,
        "{host} cannot be reached.",
        "Check that this machine is online, and that https_proxy in the environment is correct.",
    ),
    _Cause(
        Why.BROKEN,
        "{host} closed the connection without an answer.",
        "Check that the tunnel leads to the port that devhook listens on.",
    ),
)


def unanswered(error: Exception, url: str, patience: float, at: datetime) -> PingFailed:
    """Return the failure of a ping to `url` that got no answer within `patience` seconds."""
    why = _why(error)
    cause = next(cause for cause in _CAUSES if cause.why is why)
    host = visible(url.partition("://")[2].partition("/")[0])
    message = cause.message.format(host=host, patience=duration(patience))
    return PingFailed(since=at, why=why, message=message, hint=cause.hint)


def answered(answer: PingAnswer, at: datetime) -> PingFailed:
    """Return the failure of a ping that something else than this receiver answered."""
    found = interception_of(AnswerHead(answer.status, answer.headers, answer.page), "devhook")
    if found and not found.of_app:
        return PingFailed(since=at, why=Why.TUNNEL, message=visible(found.message), hint=visible(found.hint))
    # The other server chooses these words.
    name = answer.headers.get("server", "")
    server = f" by {name[:40]}" if _NAME.match(name) else ""
    return PingFailed(
        since=at,
        why=Why.OTHER_SERVER,
        message=f"The ping was answered with {answer.status}{visible(server)}, but not by this devhook.",
        hint="Check that the tunnel leads directly to the port that devhook listens on.",
    )


def _why(error: Exception) -> Why:
    for kind, why in _KINDS:
        if isinstance(error, kind):
            return why
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ECONNREFUSED:
        return Why.REFUSED
    return Why.UNREACHABLE if number in _UNREACHABLE or isinstance(error, _CONNECTING) else Why.BROKEN
