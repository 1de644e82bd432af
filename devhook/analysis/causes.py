"""Lists why nothing visible changed: the likely causes, the proof of each, and the topic that reports it.

Other deliveries of the same action or moment are the proof. They may arrive after the delivery that they
explain, so causes are computed when they are shown.
"""

from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict

from devhook.analysis.verdict import Reading, Verdict
from devhook.text import duration

# Nanoseconds. Deliveries of one order within this time belong to one moment.
MOMENT: Final = 5_000_000_000
_MICROSECOND: Final = 1_000
# An order has about 93 fields, a product about 20.
_FEW_FIELDS: Final = 15
# Nanoseconds. What is proven by the moment alone is proven by the nearest deliveries, not by any in the span.
_NEAR: Final = 1_000_000_000


class CompanionDelivery(BaseModel):
    """A delivery of the same action (Event-Id) or the same moment of the same order.

    `after`: nanoseconds from the explained delivery to this one; negative if this one is earlier.
    `identical`: it has the same bytes.
    `says`: what its body reports that an order's body leaves out, in words; empty if nothing.
    `puzzling`: nothing visible changed in it, and no other delivery of its action explains that.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    topic: str | None
    webhook_id: str | None
    after: int
    same_action: bool
    identical: bool = False
    says: str = ""
    puzzling: bool = False

    def words(self) -> str:
        """`fulfillment_orders/moved 200 ms later says: moved from location 1 to location 2`."""
        topic = self.topic or "a delivery without a topic"
        apart = abs(self.after) // _MICROSECOND
        when = "at the same moment"
        if apart:
            when = f"{duration(apart / 1_000_000)} {'later' if self.after > 0 else 'before'}"
        return f"{topic} {when} says: {self.says}" if self.says else f"{topic} {when}"


class Cause(BaseModel):
    """A reason why a body may be unchanged.

    `what`: the reason, in a sentence.
    `proof`: what would prove it.
    `topic`: the topic to subscribe to in order to see it.
    `shown_by`: the deliveries in the inbox that prove it.
    """

    model_config = ConfigDict(frozen=True)

    what: str
    proof: str
    topic: str | None = None
    shown_by: tuple[CompanionDelivery, ...] = ()


_SECOND_SUBSCRIPTION: Final = Cause(
    what="Two subscriptions ask for the same topic.",
    proof="The same Event-Id and topic under two Webhook-Ids; X-Shopify-Name names each subscription.",
)
_INCLUDE_FIELDS: Final = Cause(
    what="The subscription's include_fields leave out the field that changed.",
    proof="The body has fewer fields than the resource; devhook subscriptions shows what each leaves out.",
)
_METAFIELDS: Final = Cause(
    what="A metafield was set, which no body carries unless its subscription asks for it.",
    proof="A subscription with metafields or metafieldNamespaces has them in the body.",
)
# In the order of how often developers report each in Shopify's community forum (community.shopify.dev).
_OF_AN_ORDER: Final = (
    Cause(
        what="The order was moved to another location before it was fulfilled.",
        proof="fulfillment_orders/moved comes in the same moment.",
        topic="fulfillment_orders/moved",
    ),
    Cause(
        what="A metafield was set, or tags of the customer changed; neither is in the order's body.",
        proof="customer.tags_added comes too; a subscription that asks for metafields has them in the body.",
        topic="customer.tags_added",
    ),
    Cause(
        what="The order was routed anew: assigned, held, released, split or merged.",
        proof="Another of fulfillment_orders/* comes in the same moment.",
        topic="fulfillment_orders/*",
    ),
    Cause(
        what="The risk of the order was assessed.",
        proof="orders/risk_assessment_changed comes in the same moment.",
        topic="orders/risk_assessment_changed",
    ),
)
_MOVED: Final = "fulfillment_orders/moved"
_ROUTING: Final = ("fulfillment_orders/", "fulfillment_holds/")


def causes(
    topic: str | None,
    reading: Reading,
    companions: Sequence[CompanionDelivery],
    fields: int,
    *,
    other_action: bool = False,
    metafields: bool = False,
) -> tuple[Cause, ...]:
    """Return the likely causes of an `unchanged` reading, proven ones first; empty for any other verdict.

    Nothing that the evidence excludes is among them: the same bytes in the same action and topic are a second
    subscription and nothing else, and what another action reports is no cause beside what the same one does.
    The result is empty too if the delivery repeats what another topic of its action reported.

    `fields` is the number of top-level fields in the body, `metafields` whether it has a field for those.
    `other_action`: the Event-Ids of this delivery and of the one it is compared with differ.
    """
    if reading.verdict is not Verdict.UNCHANGED or reading.subject is None:
        return ()
    copies = tuple(each for each in companions if each.identical and _is_copy(each, topic))
    if copies:
        return (_SECOND_SUBSCRIPTION.model_copy(update={"shown_by": copies}),)
    if any(
        each.id == reading.compared_with and each.same_action and each.topic != topic for each in companions
    ):
        return ()
    likely = _candidates(reading)
    if other_action:
        likely = [cause for cause in likely if cause is not _SECOND_SUBSCRIPTION]
    if metafields:
        likely = [cause for cause in likely if cause is not _METAFIELDS]
    if fields <= _FEW_FIELDS and reading.subject.part == "order":
        likely = [_INCLUDE_FIELDS, *(cause for cause in likely if cause is not _INCLUDE_FIELDS)]
    return _shown(topic, likely, companions)


def _candidates(reading: Reading) -> list[Cause]:
    subject = reading.subject
    if subject is not None and subject.part == "order":
        return [*_OF_AN_ORDER, _SECOND_SUBSCRIPTION, _INCLUDE_FIELDS]
    if subject is not None and subject.kind != "order":
        return [_METAFIELDS, _SECOND_SUBSCRIPTION, _INCLUDE_FIELDS]
    return [_SECOND_SUBSCRIPTION, _INCLUDE_FIELDS]


def _shown(
    topic: str | None, candidates: Sequence[Cause], companions: Sequence[CompanionDelivery]
) -> tuple[Cause, ...]:
    """Return the causes, each with the deliveries that prove it. Beside a certain one there is no other."""
    proofs = [[each for each in companions if _proves(each, cause, topic)] for cause in candidates]
    certain = any(each.same_action for found in proofs for each in found)
    nearest = min((abs(each.after) for found in proofs for each in found), default=0)
    shown = []
    for cause, found in zip(candidates, proofs, strict=True):
        kept = [each for each in found if each.same_action or abs(each.after) <= nearest + _NEAR]
        if certain:
            kept = [each for each in kept if each.same_action]
        shown.append(cause.model_copy(update={"shown_by": tuple(kept)}))
    if certain:
        return tuple(cause for cause in shown if cause.shown_by)
    return tuple(sorted(shown, key=lambda cause: not cause.shown_by))


def _is_copy(companion: CompanionDelivery, topic: str | None) -> bool:
    """Return whether the same action triggered the same topic once more: for another subscription."""
    return companion.same_action and companion.topic == topic


def _proves(companion: CompanionDelivery, cause: Cause, topic: str | None) -> bool:
    if cause is _SECOND_SUBSCRIPTION:
        return _is_copy(companion, topic)
    told = companion.topic or ""
    if cause.topic == "fulfillment_orders/*":
        return told.startswith(_ROUTING) and told != _MOVED
    if cause.topic == "customer.tags_added":
        return told.startswith("customer.tags_")
    return cause.topic is not None and told == cause.topic
