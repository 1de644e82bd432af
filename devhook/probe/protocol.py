"""Checks of how the endpoint speaks HTTP: encrypted, at once, without detours, over connections that last."""

from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from devhook.probe.bench import Bench
from devhook.probe.check import (
    FINAL_ADDRESS,
    IN_TIME,
    TROUBLE,
    VERIFY,
    WHATEVER_2XX,
    Evaluation,
    Outcome,
    check,
    expect_accepted,
    failed,
    is_client_error,
    is_redirect,
    passed,
    unanswered,
    warned,
)
from devhook.text import duration
from devhook.webhook.answer import Failure

_TIMES: Final = 3
# Of the time there is: the way through the internet and a busy hour come on top.
_COMFORTABLE: Final = 0.5
_TRUSTED: Final = (
    "Have a certificate for this name from an authority that everybody trusts, with its whole chain."
    " For one of your own (mkcert) say: SSL_CERT_FILE=rootCA.pem devhook probe …"
)
_NOT_ENCRYPTED: Final = "Does the address speak TLS at all? If not, write it with http://."


@check("tls", "An https:// address has a certificate that is trusted, with its whole chain.", VERIFY)
async def _tls(bench: Bench) -> Evaluation:
    if urlsplit(bench.url).scheme != "https":
        return Evaluation(Outcome.SKIP, "nothing", "The address is http://, so there is no certificate.")
    exchange = await bench.send(bench.samples.delivery())
    if exchange.answer.failure is not Failure.TLS:
        return passed(exchange)
    not_trusted = exchange.answer.error.startswith("The certificate")
    return failed(exchange, _TRUSTED if not_trusted else _NOT_ENCRYPTED)


@check(
    "no-redirect", "The address answers itself: a redirect is an error, and Shopify follows none.", TROUBLE
)
async def _no_redirect(bench: Bench) -> Evaluation:
    exchange = await bench.send(bench.samples.delivery())
    if exchange.status is None:
        return unanswered(exchange)
    return failed(exchange, FINAL_ADDRESS) if is_redirect(exchange) else passed(exchange)


@check("answer-time", "The whole answer is there within 5 s.", VERIFY)
async def _answer_time(bench: Bench) -> Evaluation:
    exchanges = [await bench.send(bench.samples.delivery()) for _ in range(_TIMES)]
    slowest = max(exchanges, key=lambda exchange: exchange.answer.seconds)
    for exchange in exchanges:
        if exchange.status is None:
            return unanswered(exchange)
    told = slowest._replace(
        came=f"{slowest.status}; the slowest of {_TIMES} in {duration(slowest.answer.seconds)}"
    )
    late = slowest.answer.seconds > _COMFORTABLE * bench.limit
    return warned(told, IN_TIME) if late else passed(told)


@check("keep-alive", "The connection is kept open for the next delivery.", VERIFY)
async def _keep_alive(bench: Bench) -> Evaluation:
    await bench.send(bench.samples.delivery())
    exchange = await bench.send(bench.samples.delivery())
    if exchange.status is None:
        return unanswered(exchange)
    if exchange.answer.reused:
        return passed(exchange)
    closed = exchange._replace(came=f"{exchange.came}, over a connection of its own")
    return warned(closed, "Keep connections open: HTTP/1.1, without Connection: close.")


@check("get", "A GET is answered with 405, as by Shopify's library, or 404: deliveries are POSTs.")
async def _get(bench: Bench) -> Evaluation:
    exchange = await bench.send(bench.samples.delivery(b"", how="by GET"), method="GET")
    if exchange.status in {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_FOUND}:
        return passed(exchange)
    return warned(exchange, "Answer anything but POST with 405.")


@check(
    "unknown-topic", "A signed delivery of a topic that the app does not know is answered with 2xx.", TROUBLE
)
async def _unknown_topic(bench: Bench) -> Evaluation:
    exchange = await bench.send(bench.samples.delivery(topic="devhook/unheard_of"))
    if is_client_error(exchange) and exchange.status != HTTPStatus.UNAUTHORIZED:
        fix = f"{WHATEVER_2XX} Shopify takes {exchange.status} for a failure: it tries again for hours."
        return warned(exchange, fix)
    return expect_accepted(exchange)


TLS: Final = _tls
PROTOCOL: Final = (
    _no_redirect,
    _answer_time,
    _keep_alive,
    _get,
    _unknown_topic,
)
