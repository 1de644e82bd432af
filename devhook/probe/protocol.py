"""Checks of the endpoint's HTTP: TLS, answer time, redirects, open connections, methods, unknown topics."""

from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from devhook.probe.check import (
    FINAL_ADDRESS,
    IN_TIME,
    TROUBLE,
    VERIFY,
    WHATEVER_2XX,
    CheckOutcome,
    Evaluation,
    check,
    expect_accepted,
    failed,
    is_client_error,
    is_redirect,
    no_answer,
    passed,
    warned,
)
from devhook.probe.endpoint import ProbeEndpoint
from devhook.text import duration
from devhook.webhook.answer import Failure

_TIMES: Final = 3
# The share of the limit that is still good: the way through the internet and load add to the time.
_COMFORTABLE: Final = 0.5
_TRUSTED: Final = (
    "Use a certificate for this name from a public authority, with its whole chain."
    " For your own authority (mkcert): SSL_CERT_FILE=rootCA.pem devhook probe …"
)
_NOT_ENCRYPTED: Final = "Does this address use TLS? If not, write it with http://."


@check("tls", "An https:// address has a trusted certificate with its whole chain.", VERIFY)
async def _tls(endpoint: ProbeEndpoint) -> Evaluation:
    if urlsplit(endpoint.url).scheme != "https":
        return Evaluation(CheckOutcome.SKIP, "nothing", "The address is http://, so there is no certificate.")
    exchange = await endpoint.send(endpoint.samples.delivery())
    if exchange.answer.failure is not Failure.TLS:
        return passed(exchange)
    not_trusted = exchange.answer.error.startswith("The certificate")
    return failed(exchange, _TRUSTED if not_trusted else _NOT_ENCRYPTED)


@check("no-redirect", "The address answers without a redirect: Shopify treats one as an error.", TROUBLE)
async def _no_redirect(endpoint: ProbeEndpoint) -> Evaluation:
    exchange = await endpoint.send(endpoint.samples.delivery())
    if exchange.status is None:
        return no_answer(exchange)
    return failed(exchange, FINAL_ADDRESS) if is_redirect(exchange) else passed(exchange)


@check("answer-time", "The answer is complete within 5 s.", VERIFY)
async def _answer_time(endpoint: ProbeEndpoint) -> Evaluation:
    exchanges = [await endpoint.send(endpoint.samples.delivery()) for _ in range(_TIMES)]
    slowest = max(exchanges, key=lambda exchange: exchange.answer.seconds)
    for exchange in exchanges:
        if exchange.status is None:
            return no_answer(exchange)
    shown = slowest._replace(
        came=f"{slowest.status}; the slowest of {_TIMES} in {duration(slowest.answer.seconds)}"
    )
    late = slowest.answer.seconds > _COMFORTABLE * endpoint.limit
    return warned(shown, IN_TIME) if late else passed(shown)


@check("keep-alive", "The connection stays open for the next delivery.", VERIFY)
async def _keep_alive(endpoint: ProbeEndpoint) -> Evaluation:
    await endpoint.send(endpoint.samples.delivery())
    exchange = await endpoint.send(endpoint.samples.delivery())
    if exchange.status is None:
        return no_answer(exchange)
    if exchange.answer.reused:
        return passed(exchange)
    closed = exchange._replace(came=f"{exchange.came}, over a connection of its own")
    return warned(closed, "Keep connections open: HTTP/1.1, without Connection: close.")


@check("get", "A GET is answered with 405, as Shopify's library does, or 404: deliveries are POSTs.")
async def _get(endpoint: ProbeEndpoint) -> Evaluation:
    exchange = await endpoint.send(endpoint.samples.delivery(b"", how="by GET"), method="GET")
    if exchange.status in {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_FOUND}:
        return passed(exchange)
    return warned(exchange, "Answer anything but POST with 405.")


@check("unknown-topic", "A signed delivery with an unknown topic is answered with 2xx.", TROUBLE)
async def _unknown_topic(endpoint: ProbeEndpoint) -> Evaluation:
    exchange = await endpoint.send(endpoint.samples.delivery(topic="devhook/unheard_of"))
    if is_client_error(exchange) and exchange.status != HTTPStatus.UNAUTHORIZED:
        fix = f"{WHATEVER_2XX} For Shopify {exchange.status} is a failure, and it retries for hours."
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
