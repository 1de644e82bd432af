"""Checks of the signature: an endpoint accepts valid signatures and rejects all others."""

from dataclasses import replace
from http import HTTPStatus
from typing import Final

from devhook.forge.tamper import BODY, HEX, MISSING_SIGNATURE, SECRET
from devhook.probe.check import (
    COMPARE,
    PRIVACY,
    RAW_BODY,
    REFERENCE,
    VERIFY,
    Evaluation,
    check,
    expect_accepted,
    expect_rejected,
    failed,
    is_client_error,
    is_refusal,
    no_answer,
    not_applicable,
    passed,
    warned,
)
from devhook.probe.endpoint import ProbeEndpoint

_ALL_REFUSED: Final = (
    "Do the app and devhook use the same client secret? Is the app's signature base64 of HMAC-SHA256?"
)
_RE_SERIALISED: Final = (
    "The app accepts only bodies that parsing and writing again leaves unchanged: it signs its own JSON."
    f" {RAW_BODY}"
)
# JSON.stringify or json.dumps writes each of these unchanged: no slash, no large number, their own spaces.
_SAME_WHEN_WRITTEN_AGAIN: Final = (b'{"id":1}', b'{"id": 1}')
_LOWER_CASE: Final = "Look up headers without regard to case: HTTP/2 and proxies send names in lower case."
# The headers of Events deliveries; the other webhook headers have no counterpart there.
_OF_EVENTS: Final = frozenset(
    {"x-shopify-api-version", "x-shopify-hmac-sha256", "x-shopify-shop-domain", "x-shopify-topic"}
    | {"x-shopify-triggered-at", "x-shopify-webhook-id"}
)


@check(
    "valid-json",
    "A POST of application/json that is signed with the client secret is answered with 2xx.",
    PRIVACY,
)
async def _valid_json(endpoint: ProbeEndpoint) -> Evaluation:
    exchange = await endpoint.send(endpoint.samples.delivery())
    if not is_refusal(exchange):
        return expect_accepted(exchange)
    for body in _SAME_WHEN_WRITTEN_AGAIN:
        plain = await endpoint.send(endpoint.samples.delivery(body))
        if plain.status not in {None, exchange.status}:
            return failed(exchange, _RE_SERIALISED)
    return failed(exchange, _ALL_REFUSED)


@check("changed-byte", "A body that was changed after signing is answered with 401.", VERIFY)
async def _changed_byte(endpoint: ProbeEndpoint) -> Evaluation:
    return expect_rejected(await endpoint.send(endpoint.samples.tampered(endpoint.samples.delivery(), BODY)))


@check("other-secret", "A body signed with another secret is answered with 401.", VERIFY)
async def _other_secret(endpoint: ProbeEndpoint) -> Evaluation:
    return expect_rejected(
        await endpoint.send(endpoint.samples.tampered(endpoint.samples.delivery(), SECRET))
    )


@check(
    "missing-signature",
    "A delivery without a signature is answered with 401, or 400 as by Shopify's library.",
    VERIFY,
)
async def _missing_signature(endpoint: ProbeEndpoint) -> Evaluation:
    request = endpoint.samples.tampered(endpoint.samples.delivery(), MISSING_SIGNATURE)
    # Shopify's own library answers 400.
    return expect_rejected(await endpoint.send(request), also={HTTPStatus.BAD_REQUEST})


@check("hex-signature", "A signature in hexadecimal is answered with 401: Shopify sends base64.", VERIFY)
async def _hex_signature(endpoint: ProbeEndpoint) -> Evaluation:
    return expect_rejected(
        await endpoint.send(endpoint.samples.tampered(endpoint.samples.delivery(), HEX)),
        accepted="Compare with base64 only: Shopify sends no hexadecimal signatures.",
    )


@check("empty-body", "An empty body is answered with 4xx.", VERIFY)
async def _empty_body(endpoint: ProbeEndpoint) -> Evaluation:
    signed = await endpoint.send(endpoint.samples.delivery(b""))
    forged = await endpoint.send(endpoint.samples.tampered(endpoint.samples.delivery(b""), SECRET))
    if forged.answer.accepted or forged.leaked:
        return failed(forged, COMPARE)
    for exchange in (signed, forged):
        if exchange.status is None:
            return no_answer(exchange)
        if not is_client_error(exchange):
            return warned(exchange, "Answer an empty body with 400: Shopify sends none.")
    return passed(signed)


@check(
    "lower-case-headers",
    "Header names are read without regard to case: HTTP/2 sends them in lower case.",
    REFERENCE,
)
async def _lower_case(endpoint: ProbeEndpoint) -> Evaluation:
    request = endpoint.samples.delivery(how="signed, header names in lower case")
    headers = tuple((name.lower(), value) for name, value in request.headers)
    return expect_accepted(await endpoint.send(replace(request, headers=headers)), refused=_LOWER_CASE)


@check(
    "events-headers",
    "A delivery with headers named shopify-… is answered with 2xx, if the app receives Events.",
    REFERENCE,
)
async def _events_names(endpoint: ProbeEndpoint) -> Evaluation:
    request = endpoint.samples.delivery(how="signed, headers named shopify-… without X-")
    headers = tuple(
        (name.lower().removeprefix("x-"), value)
        for name, value in request.headers
        if not name.lower().startswith("x-") or name.lower() in _OF_EVENTS
    )
    exchange = await endpoint.send(replace(request, headers=headers))
    if exchange.answer.accepted:
        return passed(exchange)
    return not_applicable(exchange, "only apps that receive Events need this")


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
