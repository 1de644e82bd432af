"""Identifies the refusal in an answer of Shopify. Pure.

A body is JSON whose `errors` is a string, a list or an object, or it is any other text, such as HTML.
"""

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from devhook.shop import messages as table
from devhook.shop.messages import RequestContext, ShopRefusal
from devhook.shop.versions import answered


def status_refusal(status: int, body: str, context: RequestContext, location: str = "") -> ShopRefusal:
    """Return the refusal for an HTTP status other than 200. `location` is the target of a redirect."""
    said = "; ".join(sentences(_object(body).get("errors")))
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return table.REDIRECTED.refusal(context, location or "another address")
    if status in table.STATUSES:
        return table.STATUSES[status].refusal(context)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return table.FAILED.refusal(context, str(status))
    return _known(said, context) or table.OTHER_STATUS.refusal(context, f"{status} {said}".strip())


def grant_refusal(status: int, body: str, context: RequestContext) -> ShopRefusal:
    """Return the refusal for client credentials without a token. `body` is HTML or JSON.

    https://shopify.dev/docs/apps/build/authentication-authorization/client-credentials-grant
    """
    page = re.search(r"Oauth error ([a-z_]+)", body)
    code = page[1] if page else _object(body).get("error")
    if not isinstance(code, str):
        return status_refusal(status, body, context)
    return table.GRANTS.get(code, table.OTHER_GRANT).refusal(context, code)


def graphql_refusal(errors: Any, context: RequestContext) -> ShopRefusal:
    """Return the refusal for the `errors` of an answer with HTTP 200."""
    said = sentences(errors)
    match errors:
        case [{"extensions": {"code": "ACCESS_DENIED"}}, *_]:
            return table.DENIED.refusal(context, said[0] if said else "access denied")
        case [{"extensions": {"code": "THROTTLED"}}, *_]:
            return table.THROTTLED.refusal(context)
        case _:
            return sentence_refusal(said, context)


def user_errors_refusal(user_errors: Sequence[Mapping[str, Any]], context: RequestContext) -> ShopRefusal:
    """Return the refusal for the `userErrors` of a mutation."""
    return sentence_refusal(sentences(list(user_errors)), context)


def sentence_refusal(said: Sequence[str], context: RequestContext) -> ShopRefusal:
    """Return the refusal for the first known sentence; several sentences often have one cause."""
    for sentence in said:
        if known := _known(sentence, context):
            return known
    return table.OTHER.refusal(context, "; ".join(said) or "no readable error")


def topic_refusal(context: RequestContext) -> ShopRefusal | None:
    """Return the refusal for a topic that the API version lacks or that HTTPS cannot deliver, or None."""
    topic, version = context.topic, context.api_version
    if topic is None:
        return None
    if version[:1].isdigit() and topic.first_seen_in > answered(version):
        return table.TOO_NEW.refusal(context, topic.first_seen_in)
    if context.uri.startswith("https:") and not topic.http_delivery:
        return table.NOT_OVER_HTTPS.refusal(context)
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
            return [f"{field} {sentence}" for field, value in errors.items() for sentence in sentences(value)]
        case _:
            return []


def _known(sentence: str, context: RequestContext) -> ShopRefusal | None:
    known = next((each for each in table.SENTENCES if re.search(each.pattern, sentence)), None)
    return known.refusal(context, sentence) if known else None


def _object(body: str) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
