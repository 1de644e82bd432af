"""A check of the probe: what it requires, how it is made, what it concludes, and what fixes a failure."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from devhook.probe.bench import Bench, Exchange
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
    "Take the signature of the bytes as they came, before a JSON parser has them: express.raw() in Express,"
    " await request.text() in React Router and Next.js, request.get_data() in Flask, request.raw_post in"
    " Rails."
)
IN_TIME: Final = "Answer first and work afterwards: put the delivery in a queue and answer 200."
FINAL_ADDRESS: Final = (
    "Let the address answer itself: no redirect to https, to another host, to a login or to a trailing slash."
    " Else give Shopify the address it leads to."
)
NO_LEAK: Final = "Take the expected signature out of the answer: with it anybody can forge this delivery."
WHATEVER_2XX: Final = "Answer it with 200."
_BROKE_DOWN: Final = "The app failed on it; its log says why. Refuse with 401 before the body is looked at."

_CLIENT_ERROR: Final = range(400, 500)
_REDIRECT: Final = range(300, 400)
_SERVER_ERROR: Final = range(500, 600)
_REFUSALS: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class Outcome(StrEnum):
    """How a check ended.

    `warn`: it is no fault by Shopify's rules, but it may become one. `skip`: it could not be made, or says
    nothing about this endpoint.
    """

    PASS = "pass"  # noqa: S105 - an outcome
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


class Evaluation(NamedTuple):
    """What a check concludes.

    - `sent`, `came`, `said`: the request and the answer in words, see Exchange.
    - `fix`: what to change in the app, empty where nothing needs to be changed.
    - `answer`: the answer that decided, as JSON; None where nothing was sent.
    """

    outcome: Outcome
    sent: str
    came: str
    said: str = ""
    fix: str = ""
    answer: dict[str, Any] | None = None


class ProbeCheck(NamedTuple):
    """One requirement of an endpoint.

    - `name`: what it is called on the command line.
    - `requirement`: what the endpoint must do; `source` is Shopify's page that requires it, empty for none.
    - `make`: makes the check and returns what it concludes.
    """

    name: str
    requirement: str
    make: Callable[[Bench], Awaitable[Evaluation]]
    source: str = ""


def check(
    name: str, requirement: str, source: str = ""
) -> Callable[[Callable[[Bench], Awaitable[Evaluation]]], ProbeCheck]:
    """Return a decorator that turns a function into a check."""
    return lambda make: ProbeCheck(name, requirement, make, source)


def passed(exchange: Exchange) -> Evaluation:
    """Return that the endpoint does what is required."""
    return _judged(Outcome.PASS, exchange, "")


def warned(exchange: Exchange, fix: str) -> Evaluation:
    """Return that the endpoint does what is required, but may fail later."""
    return _judged(Outcome.WARN, exchange, fix)


def failed(exchange: Exchange, fix: str) -> Evaluation:
    """Return that the endpoint does not do what is required."""
    return _judged(Outcome.FAIL, exchange, fix)


def not_applicable(exchange: Exchange, why: str) -> Evaluation:
    """Return that the requirement does not apply to this endpoint."""
    return _judged(Outcome.SKIP, exchange._replace(came=f"{exchange.came}: {why}"), "")


def expect_accepted(exchange: Exchange, *, refused: str = RAW_BODY) -> Evaluation:
    """Require a 2xx. `refused` is the fix where the endpoint refuses the delivery as forged."""
    if exchange.answer.accepted:
        return passed(exchange)
    return failed(exchange, _remedy(exchange.answer, refused))


def expect_refused(
    exchange: Exchange, *, accepted: str = COMPARE, also: Collection[int] = (), strict: bool = False
) -> Evaluation:
    """Require a 401, or one of `also`. `accepted` is the fix where the endpoint accepts the delivery.

    Any other 4xx refuses a forgery too: it is a warning, unless `strict`, as Shopify's review of an app is.
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


def unanswered(exchange: Exchange) -> Evaluation:
    """Return the failure of an endpoint that gives no whole answer, where any would do."""
    return failed(exchange, _remedy(exchange.answer, WHATEVER_2XX))


def is_redirect(exchange: Exchange) -> bool:
    """Whether the answer sends elsewhere."""
    return exchange.status in _REDIRECT


def is_refusal(exchange: Exchange) -> bool:
    """Whether the answer is one that a forged delivery gets."""
    return exchange.status in _REFUSALS


def is_client_error(exchange: Exchange) -> bool:
    """Whether the answer blames the request."""
    return exchange.status in _CLIENT_ERROR


def _judged(outcome: Outcome, exchange: Exchange, fix: str) -> Evaluation:
    return Evaluation(
        outcome,
        exchange.request.words,
        exchange.came,
        exchange.said,
        fix,
        exchange.answer.as_json(body=False),
    )


def _remedy(answer: Answer, refused: str) -> str:
    """What to do about an answer that is no 2xx."""
    if answer.failure is not None:
        return _REMEDIES_OF_FAILURES.get(answer.failure, _GONE)
    status = answer.status or 0
    if status in _REFUSALS:
        return refused
    if status in _REDIRECT:
        return FINAL_ADDRESS
    if status in _SERVER_ERROR:
        return "The app failed on it; its log says why."
    return _REMEDIES.get(status, WHATEVER_2XX)


_GONE: Final = "The app stopped listening; its log says why."
_REMEDIES_OF_FAILURES: Final = {
    Failure.NO_ANSWER: IN_TIME,
    Failure.BROKEN: "The app broke off without an answer; its log says why, unless it speaks https:// only.",
    Failure.TLS: "Have a certificate that is trusted, with its whole chain, for this name.",
}
_REMEDIES: Final[Mapping[int, str]] = {
    HTTPStatus.NOT_FOUND: "Is this the path that takes webhooks, and this topic one that it handles?",
    HTTPStatus.METHOD_NOT_ALLOWED: "Is this the path that takes webhooks? They are POST requests.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "Allow larger bodies: express.raw({limit: '5mb'}), client_max_body_size in nginx,"
        " MAX_CONTENT_LENGTH in Flask, DATA_UPLOAD_MAX_MEMORY_SIZE in Django."
    ),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Take Content-Type application/json, which Shopify sends.",
    HTTPStatus.TOO_MANY_REQUESTS: "Let webhooks past the rate limit, and put them in a queue.",
}
