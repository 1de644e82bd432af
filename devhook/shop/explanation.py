"""What a pasted answer or log of Shopify's says: every refusal in it that is understood. Pure.

It may be an answer of the Admin API (GraphQL, or the legacy REST's 422), the token endpoint's page, or lines
of a log that hold one of these or a sentence of theirs.
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

# How logs and answers name a status; a bare number could be anything.
_STATUS: Final = re.compile(
    r"(?i)(?:\bHTTP/[\d.]+\s+|\bstatus(?:[ _-]?code)?\W{1,4}|\bcode\s*=\s*|\bresponse:?\s+)([45]\d\d)\b"
)
_OAUTH: Final = re.compile(r"Oauth error ([a-z_]+)")
# The topics that would have been allowed are not what was asked for.
_ALLOWED: Final = re.compile(r"(?:Topics allowed:|to be one of:?)[^\]}]*")
_ASKED: Final = re.compile(
    r"Expected \W?\"(\w+)\W?\" to be one of|invalid value \((\w+)\)|\btopic\"?\s*(?::|=>?)\s*\"([\w/.]+)\""
)
_TOPIC: Final = re.compile(r"\b[a-z][a-z_]+[/.][a-z_]+\b|\b[A-Z]+(?:_[A-Z]+)+\b")
_TOKEN: Final = re.compile(r"\bshp[a-z]{2}_\w+")
_PIECES: Final = re.compile(r"[\"\r\n]+")

# Sentences that no refusal of a subscription has; the others stand in the table.
_ELSEWHERE: Final = (
    (re.compile(r"Invalid API key or access token"), table.STATUSES[401]),
    (re.compile(r"^Not Found$"), table.STATUSES[404]),
    (re.compile(r"Access denied for \w+ field"), table.DENIED),
    (re.compile(r"^throttled$", re.IGNORECASE), table.THROTTLED),
    (re.compile(r"Client credentials cannot be performed"), table.GRANTS["shop_not_permitted"]),
    (re.compile(r"430 Shopify Security Rejection|Shopify Security Rejection"), table.STATUSES[430]),
)
# A sentence that comes with them says it better.
_VAGUE: Final = frozenset({"forbidden", "no_shop", "failed"})
_ABOUT_THE_TOPIC: Final = frozenset({"unknown_topic", "scope"})


def explained(text: str, attempt: RequestContext) -> tuple[ShopRefusal, ...]:
    """Every refusal that `text` holds, each once; nothing where none is recognised.

    A topic that `attempt` does not know is taken from the text, where that names exactly one. What looks like
    a token is quoted nowhere.
    """
    tokens = tuple(SecretStr(token) for token in _TOKEN.findall(text))
    known = attempt.topic or _topic_named(text)
    attempt = attempt.model_copy(update={"topic": known, "secrets": (*attempt.secrets, *tokens)})
    found = dict.fromkeys([*_in_pieces(_pieces(text), attempt), *_in_all(text, attempt)])
    precise = [each for each in found if each.code not in _VAGUE] or found
    return tuple(_with_the_nearest(each, text) if attempt.topic is None else each for each in precise)


def _in_pieces(pieces: Iterable[str], attempt: RequestContext) -> Iterator[ShopRefusal]:
    for piece in pieces:
        refusal = sentence_refusal([piece], attempt)
        if refusal.code != table.OTHER.code:
            yield refusal
        yield from (known.refusal(attempt, piece) for pattern, known in _ELSEWHERE if pattern.search(piece))


def _in_all(text: str, attempt: RequestContext) -> Iterator[ShopRefusal]:
    """What is told by a code and not by a sentence."""
    codes = {code: None for code in table.GRANTS if re.search(rf"\b{code}\b", text)}
    for code in {**codes, **dict.fromkeys(_OAUTH.findall(text))}:
        yield table.GRANTS.get(code, table.OTHER_GRANT).refusal(attempt, code)
    for status in map(int, _STATUS.findall(text)):
        refusal = status_refusal(status, "", attempt)
        if refusal.code != table.OTHER_STATUS.code:
            yield refusal


def _pieces(text: str) -> Iterator[str]:
    """The sentences that `text` may hold: the strings of its JSON objects, else what quotes part."""
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
    """Every string in a document; one that holds a document itself, as logs do, is taken apart."""
    match document:
        case str():
            yield from _pieces(document) if "{" in document else (document,)
        case list():
            for item in document:
                yield from _strings(item)
        case dict():
            for key, value in document.items():
                # REST's sentences begin with the field's name: {"address": ["can't be blank"]}.
                begun = isinstance(value, list) and all(isinstance(item, str) for item in value)
                yield from (f"{key} {said}" if begun else said for said in _strings(value))
        case _:
            return


def _topic_named(text: str) -> Topic | None:
    """The one topic that the text names; None where it names none, or several."""
    words = set(_TOPIC.findall(_ALLOWED.sub("", text)))
    named = [each for each in topics() if words & {each.name, each.enum}]
    return named[0] if len(named) == 1 else None


def _with_the_nearest(refusal: ShopRefusal, text: str) -> ShopRefusal:
    """Say so where the topic that was asked for does not exist at all, and which ones are near."""
    asked = _ASKED.search(text) if refusal.code in _ABOUT_THE_TOPIC else None
    if asked is None:
        return refusal
    try:
        topic(next(filter(None, asked.groups())))
    except InputError as error:
        return refusal.model_copy(update={"message": error.message, "hint": error.hint})
    return refusal
