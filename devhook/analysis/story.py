"""Says in one sentence what happened, in the terms of the order or other resource.

The sentence names only what is among the changes of the reading, or in the body of a first delivery. It may
contain text from strangers: an output passes it through `visible()`.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from devhook.analysis.change_set import ChangeSet
from devhook.analysis.order_story import fulfillment_phrases, order_phrases
from devhook.analysis.phrases import Quotes, unwrapped
from devhook.analysis.resource_story import field_phrases, level_phrases
from devhook.analysis.topic_words import describe
from devhook.analysis.verdict import Reading, Verdict
from devhook.webhook.delivery import Delivery, Signature
from devhook.webhook.document import Document
from devhook.webhook.payload import Unreadable, read

SHORT: Final = 60
"""Characters of a summary for a list; a phrase that is longer by itself is cut."""
_LONG: Final = 400
_ACCEPTED: Final = range(200, 300)
_MOVE: Final = re.compile(r"moved (?:from location .+ )?to location (.+)")
_ID_TAIL: Final = 6  # digits at the end of an id that distinguish it
_IT_IS_OF: Final = "It is the signature of "
_NOTHING: Final = "nothing visible"
_REPEATS: Final = "nothing new: repeats an earlier delivery"
_UNTRUSTED: Final = {Signature.INVALID: "bad signature", Signature.MISSING: "no signature"}
# Parts of an order whose fields are those of the same part inside the order.
_IN_ORDERS: Final = ("fulfillment ", "refund ", "return ", "transaction ")


class Summary(NamedTuple):
    """What happened, in words.

    `text`: at most `SHORT` characters.
    `discreet`: the same without personal values; equal to `text` if it has none.
    `quotes`: whether `discreet` has text that people wrote, such as a title; it may repeat a personal value.
    """

    text: str
    discreet: str
    quotes: bool


def summarize(
    topic: str | None,
    signature: Signature,
    reading: Reading,
    document: Document,
    *,
    same_action: bool = False,
) -> Summary:
    """Return the summary of a delivery; `same_action`: it is compared with a delivery of the same action."""

    def told(quotes: Quotes) -> str:
        lead, phrases = _phrases(topic, signature, reading, document, quotes, same_action=same_action)
        return fitted(lead, phrases, SHORT)

    quotes = Quotes()
    text = told(quotes)
    if not quotes.met_personal:
        # For most sentences the discreet form would be the same.
        return Summary(text, text, quotes.quoted)
    discreet = Quotes(discreet=True)
    return Summary(text, told(discreet), discreet.quoted)


def whole_story(
    topic: str | None,
    signature: Signature,
    reading: Reading,
    document: Document,
    *,
    same_action: bool = False,
) -> str:
    """Return the sentence whole: every phrase, longer quotes, each amount with its currency."""
    quotes = Quotes(longest=80, currency=True)
    lead, phrases = _phrases(topic, signature, reading, document, quotes, same_action=same_action)
    return fitted(lead, phrases, _LONG)


def told_whole(summary: str, signature: Signature, reading: Reading | None, delivery: Delivery) -> str:
    """Return the whole description of what happened; the list's summary also uses other deliveries."""
    if (
        reading is None
        or signature in _UNTRUSTED
        or reading.verdict in {Verdict.UNCHANGED, Verdict.DUPLICATE}
    ):
        return summary
    try:
        document = read(delivery.body, delivery.content_type)
    except Unreadable:
        return summary
    return whole_story(delivery.topic, signature, reading, document)


def with_reason(summary: str, reason: str) -> str:
    """Return `nothing visible: location moved to Oslo`; `reason` explains the delivery or is empty."""
    if reason and summary == _REPEATS:
        # The action says more than that the order's body is the same as before.
        summary = _NOTHING
    if not reason or not (summary.endswith(_NOTHING) or summary in _UNTRUSTED.values()):
        return summary
    return fitted(f"{summary}: ", [_MOVE.sub(_moved, reason)], SHORT)


def _moved(found: re.Match[str]) -> str:
    """Return `location moved to Oslo`, or `moved to location …092946` where the name is not known."""
    place = found[1]
    if not place.isdecimal():
        return f"location moved to {place}"
    return f"moved to location {place if len(place) <= _ID_TAIL else f'…{place[-_ID_TAIL:]}'}"


def mistake_words(what: str) -> str:
    """Return the text after `bad signature: `; `what` is the sentence of the signature doctor."""
    return what.removeprefix(_IT_IS_OF).rstrip(".")


def diagnosed(summary: str, what: str) -> str:
    """Return `bad signature: the compressed body; …`; `what` is what the signature doctor found."""
    return with_reason(summary, mistake_words(what))


def fitted(lead: str, phrases: Sequence[str], longest: int) -> str:
    """Return the phrases that fit, then how many are left out: `paid 259.05, note changed, + 2`."""
    words = lead.rstrip(": ")
    for number, phrase in enumerate(phrases):
        joined = f"{words}, {phrase}" if number else f"{lead}{phrase}"
        is_last = number == len(phrases) - 1
        room = longest - (0 if is_last else len(f", + {len(phrases)}"))
        if number and len(joined) > room:
            return f"{words}, + {len(phrases) - number}"
        words = joined if len(joined) <= room else joined[: room - 1] + "…"
    return words


def _phrases(
    topic: str | None,
    signature: Signature,
    reading: Reading,
    document: Document,
    quotes: Quotes,
    *,
    same_action: bool,
) -> tuple[str, list[str]]:
    """Return what stands before the phrases, and these."""
    if signature in _UNTRUSTED:
        return "", [_UNTRUSTED[signature]]
    if reading.unreadable and reading.verdict is not Verdict.DUPLICATE:
        return "", ["unreadable"]
    match reading.verdict:
        case Verdict.DUPLICATE:
            phrases = [_repeat(reading)]
        case Verdict.UNCHANGED:
            phrases = [_unchanged(topic, reading, document, quotes, same_action=same_action)]
        case Verdict.LATE:
            return "late: ", _changes(topic, reading, document, quotes) or [_NOTHING]
        case Verdict.CHANGED if reading.change_count:
            phrases = _changes(topic, reading, document, quotes)
        case _:
            phrases = [describe(topic, document, quotes) or _nameless(reading)]
    return "", phrases


def _nameless(reading: Reading) -> str:
    return f"first delivery of this {reading.subject.noun}" if reading.subject else "first delivery"


def _repeat(reading: Reading) -> str:
    if reading.original is None:
        return str(Verdict.DUPLICATE)
    if reading.first_answer in _ACCEPTED or reading.first_answer is None:
        return f"duplicate of {reading.original}"
    answered = f"answered {reading.first_answer}" if reading.first_answer else "which got no answer"
    return f"retry of {reading.original}, {answered}"


def _unchanged(
    topic: str | None, reading: Reading, document: Document, quotes: Quotes, *, same_action: bool
) -> str:
    if reading.redundant:
        return _REPEATS
    part = reading.subject.part if reading.subject else ""
    if part.startswith(_IN_ORDERS) or (topic or "").endswith("/create"):
        # The order, or a version that came first, reported the same; the topic says what it was.
        return describe(topic, document, quotes) or _NOTHING
    if same_action:
        return f"nothing beyond {reading.compared_with}, same action"
    return _NOTHING


def _changes(topic: str | None, reading: Reading, document: Document, quotes: Quotes) -> list[str]:
    body = unwrapped(document)
    changes = ChangeSet(reading.changes, wrapped=body is not document)
    told: list[str] = []
    part = reading.subject.part if reading.subject else ""
    if part.startswith("fulfillment "):
        told = fulfillment_phrases(changes, quotes)
    elif part == "order" or (topic or "").startswith(("carts/", "checkouts/", "draft_orders/")):
        told = order_phrases(changes, body, quotes)
    elif (topic or "").startswith("inventory_levels/"):
        told = level_phrases(changes, body)
    told += field_phrases(changes, topic, body, quotes, beside=bool(told))
    unlisted = reading.change_count - len(reading.changes)
    return [*told, f"{unlisted:,} changes more"] if unlisted else told
