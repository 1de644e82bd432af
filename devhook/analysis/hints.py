"""Writes the sentence beside a verdict: what it means for the developer, and what to do."""

from collections.abc import Sequence
from typing import Final

from devhook.analysis.clocks import VersionOrder
from devhook.analysis.diff import Change
from devhook.analysis.earlier import Newest, Original, Previous
from devhook.analysis.summaries import says
from devhook.text import duration
from devhook.webhook.delivery import Signature
from devhook.webhook.document import Document
from devhook.webhook.subject import Subject

# Microseconds, in which the inbox keeps times.
_SECOND: Final = 1_000_000

_UNORDERED: Final = {
    VersionOrder.SAME: "their times are equal",
    VersionOrder.CONTRADICTORY: "X-Shopify-Triggered-At and updated_at disagree",
}

UNTRUSTED: Final = "An app must reject this delivery."
"""The sentence for a delivery whose signature is invalid or missing."""


def of_a_duplicate(original: Original, waited: int) -> str:
    """Describe a repeated Webhook-Id: the attempt, the time since the first, and the first's answer."""
    attempt = f"Attempt {original.attempts + 1}, {duration(waited / _SECOND)} later"
    attempt += ", with another body." if original.other_body else "."
    if original.accepted:
        return f"The same Webhook-Id as delivery {original.id}; handle it once. {attempt}"
    if not original.status:
        return f"A retry: delivery {original.id} got no answer. {attempt}"
    return f"A retry: delivery {original.id} was answered {original.status}. {attempt}"


def of_a_retry_after_refusals(original: Original, waited: int) -> str:
    """Describe the first trusted attempt of a message whose earlier attempts were not trusted."""
    missing = "was missing" if original.signature is Signature.MISSING else "was invalid"
    return (
        f"Attempt {original.attempts + 1} of this message: delivery {original.id} brought the same bytes"
        f" {duration(waited / _SECOND)} before, but its signature {missing}."
    )


def of_no_order(previous: Previous, *, whole: bool) -> str:
    """Describe why it is not known which of two is newer; `whole`: both bodies have the same shape."""
    missing = "X-Shopify-Triggered-At or updated_at" if whole else "X-Shopify-Triggered-At"
    why = _UNORDERED.get(previous.order, f"no {missing} is in both")
    return f"Which is newer, this or delivery {previous.id}, is not known: {why}."


def of_a_redundant_one(repeated: Previous) -> str:
    """Describe a delivery whose content came before."""
    return f"Redundant: delivery {repeated.id} had the same content under other ids."


def of_a_late_one(newest: Newest) -> str:
    """Describe a delivery that arrived after a newer version."""
    what = f" ({newest.topic})" if newest.topic else ""
    return f"Delivery {newest.id}{what} is newer and arrived first; do not overwrite its values."


def of_a_deletion(subject: Subject | None) -> str:
    """Describe a deletion: its body cannot be compared."""
    return f"The {_kind(subject)} was deleted."


def of_an_id_only(previous: Previous) -> str:
    """Describe two bodies of which one holds only an id."""
    return f"Not compared with delivery {previous.id}: one of the two bodies holds only the id."


def of_a_first_one(topic: str | None, subject: Subject | None, document: Document, *, goes_on: bool) -> str:
    """Describe the first delivery of a subject; `goes_on`: the topic implies that it existed before."""
    told = says(topic, document)
    if subject is not None and subject.kind == "fulfillment_order":
        # No documented body of fulfillment_orders/* has the order's id (https://shopify.dev/docs/api/webhooks).
        return f"{_sentence(told)}The body lacks the order id, and devhook has not looked it up at Shopify."
    if subject is not None and goes_on:
        return f"devhook received no earlier version of this {_kind(subject)}."
    return _sentence(told).strip()


def of_no_change(
    topic: str | None, event_id: str | None, previous: Previous, noise: Sequence[Change], *, whole: bool
) -> str:
    """Describe the likeliest reason why nothing differs; `whole`: both bodies have the same shape."""
    if previous.is_of_action(event_id):
        return _of_the_same_action(topic, previous)
    if not whole:
        return f"Delivery {previous.id} ({previous.topic}) already reported the same."
    if topic == "orders/updated":
        # The order's body has no assigned location, metafields, risk or app data
        # (https://shopify.dev/docs/api/webhooks, topic orders/updated).
        return (
            "The change is not in the body: metafields, risk, or the location"
            " (fulfillment_orders/moved reports it)."
        )
    if noise:
        return f"Only updated_at differs from delivery {previous.id}."
    return f"The body is the same as that of delivery {previous.id}."


def _of_the_same_action(topic: str | None, previous: Previous) -> str:
    if topic == previous.topic:
        return f"The same action and topic as delivery {previous.id}: two subscriptions select it."
    return f"The same action as delivery {previous.id} ({previous.topic}): an action triggers several topics."


def _kind(subject: Subject | None) -> str:
    return subject.noun if subject else "resource"


def _sentence(told: str) -> str:
    return f"{told[:1].upper()}{told[1:]}. " if told else ""
