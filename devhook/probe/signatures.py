"""Checks of the signature: what is signed rightly is taken, what is not is turned away."""

from dataclasses import replace
from http import HTTPStatus
from typing import Final

from devhook.forge.tamper import BODY, HEX, MISSING_SIGNATURE, SECRET
from devhook.probe.bench import Bench
from devhook.probe.check import (
    COMPARE,
    PRIVACY,
    RAW_BODY,
    REFERENCE,
    VERIFY,
    Evaluation,
    check,
    expect_accepted,
    expect_refused,
    failed,
    is_client_error,
    is_refusal,
    not_applicable,
    passed,
    unanswered,
    warned,
)

_ALL_REFUSED: Final = (
    "Has the app the client secret that devhook has? And is its signature base64 of HMAC-SHA256?"
)
_RE_SERIALISED: Final = (
    "It takes what comes out the same when it is parsed and written again: it signs the JSON that it writes."
    f" {RAW_BODY}"
)
# What JSON.stringify and json.dumps leave as it is: no slash, no large number, no space but theirs.
_SAME_WHEN_WRITTEN_AGAIN: Final = (b'{"id":1}', b'{"id": 1}')
# Node's header objects and HTTP/2 have lower case only.
_LOWER_CASE: Final = (
    "Look headers up by name whatever their case: HTTP/2 and proxies send them in lower case."
)
# What deliveries of Events bear; the other headers have no such original.
_OF_EVENTS: Final = frozenset(
    {"x-shopify-api-version", "x-shopify-hmac-sha256", "x-shopify-shop-domain", "x-shopify-topic"}
    | {"x-shopify-triggered-at", "x-shopify-webhook-id"}
)


@check(
    "valid-json",
    "A POST of application/json that is signed with the client secret is answered with 2xx.",
    PRIVACY,
)
async def _valid_json(bench: Bench) -> Evaluation:
    exchange = await bench.send(bench.samples.delivery())
    if not is_refusal(exchange):
        return expect_accepted(exchange)
    for body in _SAME_WHEN_WRITTEN_AGAIN:
        plain = await bench.send(bench.samples.delivery(body))
        if plain.status not in {None, exchange.status}:
            return failed(exchange, _RE_SERIALISED)
    return failed(exchange, _ALL_REFUSED)


@check("changed-byte", "A body that is not the one that was signed is answered with 401.", VERIFY)
async def _changed_byte(bench: Bench) -> Evaluation:
    return expect_refused(await bench.send(bench.samples.tampered(bench.samples.delivery(), BODY)))


@check("other-secret", "A body signed with another secret is answered with 401.", VERIFY)
async def _other_secret(bench: Bench) -> Evaluation:
    return expect_refused(await bench.send(bench.samples.tampered(bench.samples.delivery(), SECRET)))


@check(
    "missing-signature",
    "A delivery without a signature is answered with 401; 400 will do, as Shopify's library answers.",
    VERIFY,
)
async def _missing_signature(bench: Bench) -> Evaluation:
    request = bench.samples.tampered(bench.samples.delivery(), MISSING_SIGNATURE)
    # Shopify's own library says 400.
    return expect_refused(await bench.send(request), also={HTTPStatus.BAD_REQUEST})


@check("hex-signature", "A signature in hexadecimal is answered with 401: Shopify sends base64.", VERIFY)
async def _hex_signature(bench: Bench) -> Evaluation:
    return expect_refused(
        await bench.send(bench.samples.tampered(bench.samples.delivery(), HEX)),
        accepted="Compare with base64 only: a hexadecimal signature is none of Shopify's.",
    )


@check("empty-body", "An empty body is answered with 4xx.", VERIFY)
async def _empty_body(bench: Bench) -> Evaluation:
    signed = await bench.send(bench.samples.delivery(b""))
    forged = await bench.send(bench.samples.tampered(bench.samples.delivery(b""), SECRET))
    if forged.answer.accepted or forged.leaked:
        return failed(forged, COMPARE)
    for exchange in (signed, forged):
        if exchange.status is None:
            return unanswered(exchange)
        if not is_client_error(exchange):
            return warned(exchange, "Answer an empty body with 400: Shopify sends none.")
    return passed(signed)


@check(
    "lower-case-headers",
    "Header names are read whatever their case: HTTP/2 often sends them in lower case.",
    REFERENCE,
)
async def _lower_case(bench: Bench) -> Evaluation:
    request = bench.samples.delivery(how="signed, header names in lower case")
    headers = tuple((name.lower(), value) for name, value in request.headers)
    return expect_accepted(await bench.send(replace(request, headers=headers)), refused=_LOWER_CASE)


@check(
    "events-headers",
    "A delivery whose headers are named shopify-… is answered with 2xx, where the app takes Events.",
    REFERENCE,
)
async def _events_names(bench: Bench) -> Evaluation:
    request = bench.samples.delivery(how="signed, headers named shopify-… without X-")
    headers = tuple(
        (name.lower().removeprefix("x-"), value)
        for name, value in request.headers
        if not name.lower().startswith("x-") or name.lower() in _OF_EVENTS
    )
    exchange = await bench.send(replace(request, headers=headers))
    if exchange.answer.accepted:
        return passed(exchange)
    return not_applicable(exchange, "only an app that takes Events needs it")


VALID_JSON: Final = _valid_json
SIGNATURES: Final = (
    _changed_byte,
    _other_secret,
    _missing_signature,
    _hex_signature,
    _empty_body,
    _lower_case,
    _events_names,
)
