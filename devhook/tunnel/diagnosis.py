"""Why a ping through the public address did not come back: what tells the causes apart. Pure."""

import errno
import re
import ssl
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

import aiohttp
from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.text import duration, visible
from devhook.tunnel.ngrok.error_codes import ERROR_MEANINGS, codes_in

_NAME: Final = re.compile(r"[\w.-]+")


class Why(StrEnum):
    """Why a ping did not come through.

    `dns`: no such name. `refused`: nobody listens there. `unreachable`: no way there. `tls`: no trusted
    encryption. `timed_out`: no answer in time. `broken`: the connection broke off. `tunnel`: the tunnel's own
    error page. `stranger`: an answer that is not this receiver's.
    """

    DNS = "dns"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    TIMED_OUT = "timed_out"
    BROKEN = "broken"
    TUNNEL = "tunnel"
    STRANGER = "stranger"


_KINDS: Final[tuple[tuple[type[Exception], Why], ...]] = (
    (TimeoutError, Why.TIMED_OUT),
    (aiohttp.ClientConnectorDNSError, Why.DNS),
    (aiohttp.ClientSSLError, Why.TLS),
    (ssl.SSLError, Why.TLS),
)
_CONNECTING: Final = (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError)
_NO_WAY: Final = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}


class PingFailed(BaseModel):
    """Pings have not come through since `since`."""

    model_config = ConfigDict(frozen=True)

    since: AwareDatetime
    why: Why
    message: str
    hint: str


class Answer(NamedTuple):
    """What answered a ping: its status, the headers that can tell who it is, and the start of its page."""

    status: int
    pong: str
    code: str
    server: str
    page: str


class _Cause(NamedTuple):
    why: Why
    message: str
    hint: str


_CAUSES: Final = (
    _Cause(
        Why.TIMED_OUT,
        "The ping was not answered within {patience}.",
        "Shopify waits five seconds and tries again later. See that the tunnel and the network are up.",
    ),
    _Cause(
        Why.DNS,
        "{host} is not a name that is known.",
        "A new tunnel takes a moment to be known everywhere. See too that this machine is online.",
    ),
    _Cause(
        Why.TLS,
        "{host} has no certificate that is trusted.",
        "Shopify refuses it too. See what answers there, and whether its certificate has expired.",
    ),
    _Cause(Why.REFUSED, "Nobody listens at {host}.", "The tunnel has ended, or the address is an old one."),
    _Cause(
        Why.UNREACHABLE,
        "There is no way to {host}.",
        "See that this machine is online, and that https_proxy in the environment is right.",
    ),
    _Cause(
        Why.BROKEN,
        "{host} hung up instead of answering.",
        "See that the tunnel leads to the port that devhook listens on.",
    ),
)


def unanswered(error: Exception, url: str, patience: float, at: datetime) -> PingFailed:
    """What it means that nobody answered the ping to `url`, in `patience` seconds at most."""
    why = _why(error)
    cause = next(cause for cause in _CAUSES if cause.why is why)
    host = visible(url.partition("://")[2].partition("/")[0])
    message = cause.message.format(host=host, patience=duration(patience))
    return PingFailed(since=at, why=why, message=message, hint=cause.hint)


def answered(answer: Answer, at: datetime) -> PingFailed:
    """What it means that somebody answered, but not this receiver."""
    for code in codes_in(answer.code) or codes_in(answer.page):
        known = ERROR_MEANINGS.get(code)
        message = known.message if known else "ngrok answered the ping itself."
        hint = known.hint if known else f"ngrok.com/docs/errors/err_ngrok_{code} explains it."
        return PingFailed(since=at, why=Why.TUNNEL, message=f"{message} (ERR_NGROK_{code})", hint=hint)
    # A stranger chooses these words.
    server = f" by {answer.server[:40]}" if _NAME.match(answer.server) else ""
    return PingFailed(
        since=at,
        why=Why.STRANGER,
        message=f"The ping was answered {answer.status}{visible(server)}, and not by this devhook.",
        hint="See that the tunnel leads to the port that devhook listens on, with nothing before it.",
    )


def _why(error: Exception) -> Why:
    for kind, why in _KINDS:
        if isinstance(error, kind):
            return why
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ECONNREFUSED:
        return Why.REFUSED
    return Why.UNREACHABLE if number in _NO_WAY or isinstance(error, _CONNECTING) else Why.BROKEN
