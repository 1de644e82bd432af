"""Which refusal an answer of Shopify's is. Pure.

A body may be anything: JSON whose `errors` is a string, a list or an object, or a page of HTML.
"""

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from devhook.shop import messages as table
from devhook.shop.messages import RequestContext, ShopRefusal
from devhook.shop.versions import answered


def status_refusal(status: int, body: str, attempt: RequestContext, location: str = "") -> ShopRefusal:
    """What an HTTP status other than 200 means. `location` is where a redirect leads."""
    said = "; ".join(sentences(_object(body).get("errors")))
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return table.REDIRECTED.refusal(attempt, location or "another address")
    if status in table.STATUSES:
        return table.STATUSES[status].refusal(attempt)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return table.FAILED.refusal(attempt, str(status))
    return _known(said, attempt) or table.OTHER_STATUS.refusal(attempt, f"{status} {said}".strip())


def grant_refusal(status: int, body: str, attempt: RequestContext) -> ShopRefusal:
    """What it means that client id and secret got no token: a page of HTML, or JSON.

    https://shopify.dev/docs/apps/build/authentication-authorization/client-credentials-grant
    """
    page = re.search(r"Oauth error ([a-z_]+)", body)
    code = page[1] if page else _object(body).get("error")
    if not isinstance(code, str):
        return status_refusal(status, body, attempt)
    return table.GRANTS.get(code, table.OTHER_GRANT).refusal(attempt, code)


def graphql_refusal(errors: Any, attempt: RequestContext) -> ShopRefusal:
    """What the `errors` of an HTTP 200 mean."""
    said = sentences(errors)
    match errors:
        case [{"extensions": {"code": "ACCESS_DENIED"}}, *_]:
            return table.DENIED.refusal(attempt, said[0] if said else "access denied")
        case [{"extensions": {"code": "THROTTLED"}}, *_]:
            return table.THROTTLED.refusal(attempt)
        case _:
            return sentence_refusal(said, attempt)


def user_errors_refusal(user_errors: Sequence[Mapping[str, Any]], attempt: RequestContext) -> ShopRefusal:
    """What the `userErrors` of a mutation mean."""
    return sentence_refusal(sentences(list(user_errors)), attempt)


def sentence_refusal(said: Sequence[str], attempt: RequestContext) -> ShopRefusal:
    """What Shopify's sentences mean: the first one that is known speaks, for several often say one thing."""
    for sentence in said:
        if known := _known(sentence, attempt):
            return known
    return table.OTHER.refusal(attempt, "; ".join(said) or "nothing that can be read")


def topic_refusal(attempt: RequestContext) -> ShopRefusal | None:
    """What speaks against a topic before Shopify is asked: the API version, the way of delivery."""
    topic, version = attempt.topic, attempt.api_version
    if topic is None:
        return None
    if version[:1].isdigit() and topic.first_seen_in > answered(version):
        return table.TOO_NEW.refusal(attempt, topic.first_seen_in)
    if attempt.uri.startswith("https:") and not topic.http_delivery:
        return table.NOT_OVER_HTTPS.refusal(attempt)
    return None


def sentences(errors: Any) -> list[str]:
    """The sentences in `errors`, whichever of its three shapes it has.

    A string; a list of objects with `message`; or an object of fields, as in REST's 422
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
            return [f"{field} {sentence}" for field, said in errors.items() for sentence in sentences(said)]
        case _:
            return []


def _known(sentence: str, attempt: RequestContext) -> ShopRefusal | None:
    known = next((each for each in table.SENTENCES if re.search(each.pattern, sentence)), None)
    return known.refusal(attempt, sentence) if known else None


def _object(body: str) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
