"""Recognises the refusal in an answer of Shopify: its own words first, then its codes, then its status. Pure.

A body is JSON whose `errors` is a string, a list or an object, or it is any other text, such as HTML.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from devhook.sender.answers import excerpt
from devhook.shop.known_refusals.access import GRANTS, OTHER_GRANT, SHOPS, TOKENS
from devhook.shop.known_refusals.connections import CONNECTIONS
from devhook.shop.known_refusals.libraries import LIBRARIES
from devhook.shop.known_refusals.requests import (
    FAILURES,
    FORMS,
    LIMITS,
    NOT_OVER_HTTPS,
    REDIRECTED,
    TOO_NEW,
    UNKNOWN,
    UNKNOWN_STATUS,
)
from devhook.shop.known_refusals.subscriptions import ADDRESSES, OPTIONS, TOPICS
from devhook.shop.refusal import KnownRefusal, RequestContext, ShopRefusal
from devhook.shop.versions import answered

KNOWN: Final = (
    *ADDRESSES,
    *TOPICS,
    *OPTIONS,
    *TOKENS,
    *SHOPS,
    *GRANTS,
    *LIMITS,
    *FORMS,
    *FAILURES,
    *CONNECTIONS,
    *LIBRARIES,
    REDIRECTED,
)
"""All refusals that words, a code or a status identify; of two that match at one place the first counts."""

# Characters of a page of HTML that a message quotes.
_LONGEST_PAGE: Final = 300

OAUTH_ERROR: Final = re.compile(r"Oauth error ([a-z_]+)(?::\s*([^<\n]+))?")
"""The code and the description in a page of the token endpoint."""


class Match(NamedTuple):
    """A known refusal that the words of a text identify, and what they name."""

    known: KnownRefusal
    start: int
    end: int
    named: Mapping[str, str | None]


class RefusalEvidence(NamedTuple):
    """What an answer says.

    `sentences`: Shopify's words.
    `error_codes`: of GraphQL or OAuth errors.
    `status`: its HTTP status; None: unknown.
    """

    sentences: Sequence[str] = ()
    error_codes: Sequence[str] = ()
    status: int | None = None


def status_refusal(status: int, body: str, context: RequestContext, location: str = "") -> ShopRefusal:
    """Return the refusal for an HTTP status other than 200. `location` is the target of a redirect."""
    errors = _object(body).get("errors")
    is_page = body.lstrip().startswith("<")
    words = sentences(errors) or [excerpt(body, _LONGEST_PAGE if is_page else len(body))]
    return refusal_of(RefusalEvidence(words, error_codes(errors), status), context, location)


def grant_refusal(status: int, body: str, context: RequestContext) -> ShopRefusal:
    """Return the refusal for client credentials without a token. `body` is HTML or JSON.

    https://shopify.dev/docs/apps/build/authentication-authorization/client-credentials-grant
    """
    page, answer = OAUTH_ERROR.search(body), _object(body)
    code, description = page.groups() if page else (answer.get("error"), answer.get("error_description"))
    if not isinstance(code, str) or not code:
        return status_refusal(status, body, context)
    words = [text for text in (description, code) if isinstance(text, str)]
    found = _by_words(words, context) or _by_code([code], words[:-1], context)
    return found or OTHER_GRANT.refusal(context, answer=": ".join(reversed(words)))


def graphql_refusal(errors: Any, context: RequestContext) -> ShopRefusal:
    """Return the refusal for the `errors` of an answer with HTTP 200."""
    return refusal_of(RefusalEvidence(sentences(errors), error_codes(errors)), context)


def user_errors_refusal(user_errors: Sequence[Mapping[str, Any]], context: RequestContext) -> ShopRefusal:
    """Return the refusal for the `userErrors` of a mutation."""
    return refusal_of(RefusalEvidence(sentences(list(user_errors))), context)


def refusal_of(evidence: RefusalEvidence, context: RequestContext, location: str = "") -> ShopRefusal:
    """Return the refusal that the evidence shows; if none is known, Shopify's words are quoted."""
    return (
        _by_words(evidence.sentences, context)
        or _by_code(evidence.error_codes, evidence.sentences, context)
        or by_status(evidence, context, location)
    )


def by_status(evidence: RefusalEvidence, context: RequestContext, location: str = "") -> ShopRefusal:
    """Return the refusal that the status shows, with Shopify's words where they say more than the status."""
    status, words = evidence.status, "; ".join(_informative(evidence))
    if status is None:
        return UNKNOWN.refusal(context, answer=words)
    named = {"status": str(status), "location": location}
    known = next((each for each in KNOWN if status in each.statuses), UNKNOWN_STATUS)
    return known.refusal(context, named, words)


def topic_refusal(context: RequestContext) -> ShopRefusal | None:
    """Return the refusal for a topic that the API version lacks or that HTTPS cannot deliver, or None."""
    topic, version = context.topic, context.api_version
    if topic is None:
        return None
    if version[:1].isdigit() and topic.first_seen_in > answered(version):
        return TOO_NEW.refusal(context, {"since": topic.first_seen_in})
    if context.uri.startswith("https:") and not topic.http_delivery:
        return NOT_OVER_HTTPS.refusal(context)
    return None


def sentences(errors: Any) -> list[str]:
    """Return the sentences in `errors`.

    `errors`: a string; a list of objects with `message`; or an object of fields, as in the 422 of REST
    (`{"address": ["for this topic has already been taken"]}`), whose sentences begin with the field.
    """
    match errors:
        case str():
            return [errors]
        case list():
            return [sentence for each in errors for sentence in sentences(each)]
        case {"message": str(message)}:
            return [message]
        case dict():
            return [with_field(field, each) for field, value in errors.items() for each in sentences(value)]
        case _:
            return []


def with_field(field: str, sentence: str) -> str:
    """Return the sentence about a field of REST; those of `base` are about the whole."""
    return sentence if field == "base" else f"{field}: {sentence}"


def error_codes(errors: Any) -> list[str]:
    """Return the `extensions.code` of each of the GraphQL `errors`."""
    codes = []
    for error in errors if isinstance(errors, list) else []:
        match error:
            case {"extensions": {"code": str(code)}}:
                codes.append(code)
    return codes


def matches(text: str) -> Iterator[Match]:
    """Yield the known refusals in `text`, from its beginning to its end; none overlaps another.

    Vague ones are yielded only if there is no other.
    """
    found = [
        Match(known, match.start(), match.end(), match.groupdict())
        for known in KNOWN
        if known.pattern
        for match in known.pattern.finditer(text)
    ]
    precise = [each for each in found if not each.known.vague] or found
    end = 0
    for match in sorted(precise, key=lambda each: each.start):
        if match.start >= end:
            yield match
            end = match.end


def _by_words(words: Sequence[str], context: RequestContext) -> ShopRefusal | None:
    """Return the refusal for the first known sentence; several sentences often have one cause."""
    for sentence in words:
        for match in matches(sentence):
            return refusal_of_match(match, sentence, context)
    return None


def refusal_of_match(match: Match, sentence: str, context: RequestContext) -> ShopRefusal:
    """Return the refusal for a match; it quotes `sentence` only if its message has a place for that."""
    quoted = sentence if "{answer}" in match.known.message else ""
    return match.known.refusal(context, match.named, quoted)


def _by_code(codes: Sequence[str], words: Sequence[str], context: RequestContext) -> ShopRefusal | None:
    known = next((each for code in codes for each in KNOWN if code in each.error_codes), None)
    return known.refusal(context, answer="; ".join(words)) if known else None


def _informative(evidence: RefusalEvidence) -> list[str]:
    """Return the sentences that are not just the name of the status."""
    name = HTTPStatus(evidence.status).phrase.lower() if evidence.status in set(HTTPStatus) else ""
    words = (sentence.strip() for sentence in evidence.sentences)
    return [each for each in words if each and not (name and each.lower().endswith(name))]


def _object(body: str) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
