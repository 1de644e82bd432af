"""A check of the probe: its requirement, its function, its possible outcomes, and the fixes for failures."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from devhook.probe.endpoint import Exchange, ProbeEndpoint
from devhook.webhook.answer import Answer, Failure

_DOCS: Final = "https://shopify.dev/docs"
VERIFY: Final = f"{_DOCS}/apps/build/webhooks/verify-deliveries"
TROUBLE: Final = f"{_DOCS}/apps/build/webhooks/troubleshoot"
STRUCTURE: Final = f"{_DOCS}/apps/build/webhooks/delivery-structure"
ABOUT: Final = f"{_DOCS}/apps/build/webhooks"
REFERENCE: Final = f"{_DOCS}/api/webhooks/latest"
PRIVACY: Final = f"{_DOCS}/apps/build/compliance/privacy-law-compliance"

COMPARE: Final = (
    "Compute base64(HMAC-SHA256(client secret, raw body)), compare it in constant time with"
    " X-Shopify-Hmac-Sha256, and answer 401 where they differ, before anything else."
)
RAW_BODY: Final = (
    "Compute the signature of the bytes as they arrived, before a JSON parser reads them: express.raw() in"
    " Express, await request.text() in React Router and Next.js, request.get_data() in Flask,"
    " request.raw_post in Rails."
)
IN_TIME: Final = "Answer first and process later: put the delivery in a queue and answer 200."
FINAL_ADDRESS: Final = (
    "Answer at this address, without a redirect to https, another host, a login or a trailing slash."
    " Otherwise give Shopify the address that the redirect leads to."
)
NO_LEAK: Final = "Remove the expected signature from the answer: with it anybody can forge this delivery."
WHATEVER_2XX: Final = "Answer it with 200."
_BROKE_DOWN: Final = "The app failed on it; see its log. Answer 401 before reading the body."

_CLIENT_ERROR: Final = range(400, 500)
_REDIRECT: Final = range(300, 400)
_SERVER_ERROR: Final = range(500, 600)
_REFUSALS: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class CheckOutcome(StrEnum):
    """How a check ended.

    `warn`: Shopify's rules allow it, but it can cause failures. `skip`: the check could not run, or does not
    apply to this endpoint.
    """

    PASS = "pass"  # noqa: S105 - an outcome
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


class Evaluation(NamedTuple):
    """The outcome of one check.

    - `sent`, `came`, `said`: the request and the answer in words, see Exchange.
    - `fix`: what to change in the app; empty if nothing is wrong.
    - `answer`: the answer that decided, as JSON; None if nothing was sent.
    - `intercepted_by`: what answered in place of the app: `ngrok`; empty for the app.
    """

    outcome: CheckOutcome
    sent: str
    came: str
    said: str = ""
    fix: str = ""
    answer: dict[str, Any] | None = None
    intercepted_by: str = ""


class ProbeCheck(NamedTuple):
    """One requirement of an endpoint.

    - `name`: its name in --only and --skip.
    - `requirement`: what the endpoint must do; `source`: Shopify's page that requires it, or empty.
    - `run`: sends requests and evaluates the answers.
    """

    name: str
    requirement: str
    run: Callable[[ProbeEndpoint], Awaitable[Evaluation]]
    source: str = ""


def check(
    name: str, requirement: str, source: str = ""
) -> Callable[[Callable[[ProbeEndpoint], Awaitable[Evaluation]]], ProbeCheck]:
    """Return a decorator that makes a check of a function."""
    return lambda run: ProbeCheck(name, requirement, run, source)


def passed(exchange: Exchange) -> Evaluation:
    """Return that the requirement is met."""
    return _evaluation(CheckOutcome.PASS, exchange, "")


def warned(exchange: Exchange, fix: str) -> Evaluation:
    """Return that the requirement is met, but `fix` is recommended."""
    return _evaluation(CheckOutcome.WARN, exchange, fix)


def failed(exchange: Exchange, fix: str) -> Evaluation:
    """Return that the requirement is not met."""
    return _evaluation(CheckOutcome.FAIL, exchange, fix)


def not_applicable(exchange: Exchange, why: str) -> Evaluation:
    """Return that the requirement does not apply to this endpoint, and `why`."""
    return _evaluation(CheckOutcome.SKIP, exchange._replace(came=f"{exchange.came}: {why}"), "")


def expect_accepted(exchange: Exchange, *, refused: str = RAW_BODY) -> Evaluation:
    """Require a 2xx. `refused` is the fix if the endpoint rejects the delivery like a forged one."""
    if exchange.answer.accepted:
        return passed(exchange)
    return failed(exchange, _remedy(exchange.answer, refused))


def expect_rejected(
    exchange: Exchange, *, accepted: str = COMPARE, also: Collection[int] = (), strict: bool = False
) -> Evaluation:
    """Require a 401 or a status in `also`. `accepted` is the fix if the endpoint accepts the delivery.

    Any other 4xx rejects a forgery too, so it is a warning; with `strict`, as in the app's review, a failure.
    """
    status = exchange.status
    if exchange.leaked:
        return failed(exchange, NO_LEAK)
    if status == HTTPStatus.UNAUTHORIZED or status in also:
        return passed(exchange)
    if status in _CLIENT_ERROR:
        fix = f"Answer 401 instead of {status}: it is what Shopify's review of the app looks for."
        return (failed if strict else warned)(exchange, fix)
    if exchange.answer.accepted:
        return failed(exchange, accepted)
    return failed(exchange, _BROKE_DOWN if status in _SERVER_ERROR else _remedy(exchange.answer, accepted))


def no_answer(exchange: Exchange) -> Evaluation:
    """Return the failure of a request that got no complete answer."""
    return failed(exchange, _remedy(exchange.answer, WHATEVER_2XX))


def is_redirect(exchange: Exchange) -> bool:
    """Return whether the answer is a redirect."""
    return exchange.status in _REDIRECT


def is_refusal(exchange: Exchange) -> bool:
    """Return whether the answer is one that a forged delivery gets: 400, 401 or 403."""
    return exchange.status in _REFUSALS


def is_client_error(exchange: Exchange) -> bool:
    """Return whether the answer is a 4xx."""
    return exchange.status in _CLIENT_ERROR


def _evaluation(outcome: CheckOutcome, exchange: Exchange, fix: str) -> Evaluation:
    came, found = exchange.came, exchange.interception
    # Whatever the status is: an answer in front of the app shows nothing about the app.
    # A login page and a page of Next.js answer 200 to whatever they get.
    passed_by_page = outcome is CheckOutcome.PASS and exchange.answer.accepted
    if found is not None and found.of_app:
        failing = outcome is CheckOutcome.FAIL or passed_by_page
        found = found if failing and not exchange.leaked else None
    if found is not None:
        outcome, came, fix = CheckOutcome.FAIL, f"{came.rstrip('.')}. {found.message}", found.hint
    return Evaluation(
        outcome,
        exchange.request.words,
        came,
        exchange.said,
        fix,
        exchange.answer.as_json(body=False),
        found.by if found else "",
    )


def _remedy(answer: Answer, refused: str) -> str:
    """Return how to fix an answer that is not 2xx."""
    if answer.failure is not None:
        return _REMEDIES_OF_FAILURES.get(answer.failure, _GONE)
    status = answer.status or 0
    if status in _REFUSALS:
        return refused
    if status in _REDIRECT:
        return FINAL_ADDRESS
    if status in _SERVER_ERROR:
        return "The app failed on it; see its log."
    return _REMEDIES.get(status, WHATEVER_2XX)


_GONE: Final = "The app stopped listening; see its log."
_REMEDIES_OF_FAILURES: Final = {
    Failure.NO_ANSWER: IN_TIME,
    Failure.BROKEN: "The app closed the connection without an answer; see its log, or try https://.",
    Failure.TLS: "Use a trusted certificate for this name, with its whole chain.",
}
_REMEDIES: Final[Mapping[int, str]] = {
    HTTPStatus.NOT_FOUND: "Is this the path that receives webhooks, and does it handle this topic?",
    HTTPStatus.METHOD_NOT_ALLOWED: "Is this the path that receives webhooks? They are POST requests.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "Accept larger bodies: express.raw({limit: '5mb'}), client_max_body_size in nginx,"
        " MAX_CONTENT_LENGTH in Flask, DATA_UPLOAD_MAX_MEMORY_SIZE in Django."
    ),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Accept Content-Type application/json, which Shopify sends.",
    HTTPStatus.TOO_MANY_REQUESTS: "Exempt webhooks from the rate limit, and put them in a queue.",
}
