"""Finds the known refusals of Shopify in a pasted answer or log. Pure.

The text is an answer of the Admin API (GraphQL, or the 422 of the legacy REST API), a page of the token
endpoint, or lines of a log that contain one of these or a sentence from them.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pydantic import SecretStr

from devhook.errors import InputError
from devhook.shop import messages as table
from devhook.shop.messages import RequestContext, ShopRefusal
from devhook.shop.refusals import sentence_refusal, status_refusal
from devhook.webhook.topics import Topic, topic, topics

# A number is a status only after one of these words.
_STATUS: Final = re.compile(
    r"(?i)(?:\bHTTP/[\d.]+\s+|\bstatus(?:[ _-]?code)?\W{1,4}|\bcode\s*=\s*|\bresponse:?\s+)([45]\d\d)\b"
)
_OAUTH: Final = re.compile(r"Oauth error ([a-z_]+)")
# The list of allowed topics does not contain the requested topic.
_ALLOWED: Final = re.compile(r"(?:Topics allowed:|to be one of:?)[^\]}]*")
_ASKED: Final = re.compile(
    r"Expected \W?\"(\w+)\W?\" to be one of|invalid value \((\w+)\)|\btopic\"?\s*(?::|=>?)\s*\"([\w/.]+)\""
)
_TOPIC: Final = re.compile(r"\b[a-z][a-z_]+[/.][a-z_]+\b|\b[A-Z]+(?:_[A-Z]+)+\b")
_TOKEN: Final = re.compile(r"\bshp[a-z]{2}_\w+")
_PIECES: Final = re.compile(r"[\"\r\n]+")

# Sentences that are not about a subscription; those about one are in `SENTENCES`.
_ELSEWHERE: Final = (
    (re.compile(r"Invalid API key or access token"), table.STATUSES[401]),
    (re.compile(r"^Not Found$"), table.STATUSES[404]),
    (re.compile(r"Access denied for \w+ field"), table.DENIED),
    (re.compile(r"^throttled$", re.IGNORECASE), table.THROTTLED),
    (re.compile(r"Client credentials cannot be performed"), table.GRANTS["shop_not_permitted"]),
    (re.compile(r"430 Shopify Security Rejection|Shopify Security Rejection"), table.STATUSES[430]),
)
# A refusal with another code is more precise than these.
_VAGUE: Final = frozenset({"forbidden", "no_shop", "failed"})
_ABOUT_THE_TOPIC: Final = frozenset({"unknown_topic", "scope"})


def explained(text: str, context: RequestContext) -> tuple[ShopRefusal, ...]:
    """Return every known refusal in `text`, each once.

    If `context` has no topic, it is the topic in the text, if the text contains exactly one. No refusal
    quotes a token.
    """
    tokens = tuple(SecretStr(token) for token in _TOKEN.findall(text))
    known = context.topic or _topic_named(text)
    context = context.model_copy(update={"topic": known, "secrets": (*context.secrets, *tokens)})
    found = dict.fromkeys([*_in_pieces(_pieces(text), context), *_in_all(text, context)])
    precise = [each for each in found if each.code not in _VAGUE] or found
    return tuple(_with_the_nearest(each, text) if context.topic is None else each for each in precise)


def _in_pieces(pieces: Iterable[str], context: RequestContext) -> Iterator[ShopRefusal]:
    for piece in pieces:
        refusal = sentence_refusal([piece], context)
        if refusal.code != table.OTHER.code:
            yield refusal
        yield from (known.refusal(context, piece) for pattern, known in _ELSEWHERE if pattern.search(piece))


def _in_all(text: str, context: RequestContext) -> Iterator[ShopRefusal]:
    """Yield the refusals that a code or a status in `text` identifies."""
    codes = {code: None for code in table.GRANTS if re.search(rf"\b{code}\b", text)}
    for code in {**codes, **dict.fromkeys(_OAUTH.findall(text))}:
        yield table.GRANTS.get(code, table.OTHER_GRANT).refusal(context, code)
    for status in map(int, _STATUS.findall(text)):
        refusal = status_refusal(status, "", context)
        if refusal.code != table.OTHER_STATUS.code:
            yield refusal


def _pieces(text: str) -> Iterator[str]:
    """Yield the strings of the JSON objects in `text`, and the rest of it split at quotes and line ends."""
    decoder = json.JSONDecoder()
    end, place = 0, text.find("{")
    while place != -1:
        try:
            document, after = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            place = text.find("{", place + 1)
            continue
        yield from _PIECES.split(text[end:place])
        yield from _strings(document)
        end, place = after, text.find("{", after)
    yield from _PIECES.split(text[end:])


def _strings(document: Any) -> Iterator[str]:
    """Yield every string in a document. A string that contains a document, as in logs, is split again."""
    match document:
        case str():
            yield from _pieces(document) if "{" in document else (document,)
        case list():
            for item in document:
                yield from _strings(item)
        case dict():
            for key, value in document.items():
                # A sentence of REST begins with the name of its field: {"address": ["can't be blank"]}.
                is_field = isinstance(value, list) and all(isinstance(item, str) for item in value)
                yield from (f"{key} {string}" if is_field else string for string in _strings(value))
        case _:
            return


def _topic_named(text: str) -> Topic | None:
    """Return the topic in the text; None if the text contains none or several."""
    words = set(_TOPIC.findall(_ALLOWED.sub("", text)))
    named = [each for each in topics() if words & {each.name, each.enum}]
    return named[0] if len(named) == 1 else None


def _with_the_nearest(refusal: ShopRefusal, text: str) -> ShopRefusal:
    """Return the refusal, with the nearest topics if the requested topic does not exist."""
    asked = _ASKED.search(text) if refusal.code in _ABOUT_THE_TOPIC else None
    if asked is None:
        return refusal
    try:
        topic(next(filter(None, asked.groups())))
    except InputError as error:
        return refusal.model_copy(update={"message": error.message, "hint": error.hint})
    return refusal
