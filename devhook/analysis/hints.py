"""The sentence that goes with a verdict: what a developer should know of it, and do."""

from collections.abc import Sequence
from typing import Final

from devhook.analysis.diff import Change
from devhook.analysis.earlier import Newest, Original, Previous
from devhook.analysis.summaries import says
from devhook.text import duration
from devhook.webhook.delivery import Signature
from devhook.webhook.document import Document
from devhook.webhook.subject import Subject

# Microseconds, in which the inbox keeps times.
_SECOND: Final = 1_000_000


def of_a_duplicate(original: Original, waited: int) -> str:
    """A second delivery with one Webhook-Id: which attempt it is, how long after, what the first was told."""
    attempt = f"Attempt {original.attempts + 1}, {duration(waited / _SECOND)} later"
    attempt += ", with another body." if original.other_body else "."
    if original.accepted:
        return f"The same Webhook-Id as delivery {original.id}; handle it once. {attempt}"
    if not original.status:
        return f"A retry: delivery {original.id} got no answer. {attempt}"
    return f"A retry: delivery {original.id} was answered {original.status}. {attempt}"


def of_a_late_one(newest: Newest) -> str:
    """A newer one came first."""
    what = f" ({newest.topic})" if newest.topic else ""
    return f"Delivery {newest.id}{what} is newer and came first; do not overwrite what it said."


def of_a_failed(signature: Signature) -> str:
    """Nobody vouches for it."""
    if signature is Signature.MISSING:
        return "There is no signature, so this counts for nothing."
    return "The signature failed, so this counts for nothing."


def of_a_deletion(subject: Subject | None) -> str:
    """There is no body left to compare."""
    return f"The {_kind(subject)} was deleted."


def of_an_id_only(previous: Previous) -> str:
    """Two bodies that cannot be compared."""
    return f"Only the id is told, here or in delivery {previous.id}, so there is nothing to compare."


def of_a_first_one(topic: str | None, subject: Subject | None, document: Document, *, goes_on: bool) -> str:
    """What an app should know that sees a subject for the first time; `goes_on`: it was there before."""
    told = says(topic, document)
    if subject is not None and subject.kind == "fulfillment_order":
        # Facts 5, 2: no body of fulfillment_orders/* has the order's id.
        return f"{_sentence(told)}The body names no order, and devhook has not learned it from Shopify."
    if subject is not None and goes_on:
        return f"devhook saw no earlier version of this {_kind(subject)}."
    return _sentence(told).strip()


def of_no_change(
    topic: str | None, event_id: str | None, previous: Previous, noise: Sequence[Change], *, whole: bool
) -> str:
    """The likeliest reason why nothing differs; `whole`: both bodies have the same shape."""
    if event_id is not None and event_id == previous.event_id:
        return _of_the_same_action(topic, previous)
    if not whole:
        return f"Delivery {previous.id} ({previous.topic}) told the same of it already."
    if topic == previous.topic and not noise:
        return f"Redundant: delivery {previous.id} had the same content, under other ids."
    if topic == "orders/updated":
        # Facts 5: the assigned location, metafields, risk and app data are not in the order's body.
        return (
            "What was touched is not in the body: metafields, risk, or the location"
            " (fulfillment_orders/moved tells that)."
        )
    if noise:
        return f"Only the time of the last update differs from delivery {previous.id}."
    return f"The body says the same as that of delivery {previous.id}."


def _of_the_same_action(topic: str | None, previous: Previous) -> str:
    if topic == previous.topic:
        return f"The same action and topic as delivery {previous.id}: two subscriptions may ask for it."
    return f"The same action as delivery {previous.id} ({previous.topic}): one action fires several topics."


def _kind(subject: Subject | None) -> str:
    return subject.kind.replace("_", " ") if subject else "resource"


def _sentence(told: str) -> str:
    return f"{told[:1].upper()}{told[1:]}. " if told else ""
