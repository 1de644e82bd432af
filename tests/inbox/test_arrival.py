"""The order of arrival decides which deliveries are late, and changes nothing else in their readings."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from devhook.analysis.verdict import Verdict
from devhook.inbox.database import Inbox
from devhook.inbox.folder import file_of
from devhook.inbox.journal import Link, keep_links
from devhook.inbox.readings import Reader
from devhook.webhook.delivery import Arrival, Delivery, Signature

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)
ORDER = 5_000_000_000_001
GID = "gid://shopify/FulfillmentOrder/"
LINKS = [Link(fulfillment_order=str(number), order_id=str(ORDER), order_name="#2001") for number in (31, 32)]

words = st.sampled_from(["a", "b", "c"])
parcels = st.fixed_dictionaries({"id": st.sampled_from([41, 42]), "status": words, "email": words})
refunds = st.fixed_dictionaries({"id": st.sampled_from([51, 52]), "note": words, "user_id": words})


def unique(parts):
    return st.lists(parts, max_size=2, unique_by=lambda part: part["id"])


@st.composite
def bodies(draw):
    """A topic of one order and a body of it."""
    of_order = {"order_id": ORDER}
    match draw(st.integers(0, 6)):
        case 0 | 1:
            order = {"id": ORDER, "name": "#2001", "note": draw(words)}
            parts = {"fulfillments": draw(unique(parcels)), "refunds": draw(unique(refunds))}
            # An order's body has parts without what they have alone.
            for part in (*parts["fulfillments"], *parts["refunds"]):
                part.pop("email", None)
                part.pop("user_id", None)
            return draw(st.sampled_from(["orders/updated", "orders/paid"])), order | parts
        case 2:
            return draw(st.sampled_from(["fulfillments/create", "fulfillments/update"])), (
                draw(parcels) | of_order
            )
        case 3:
            return "refunds/create", draw(refunds) | of_order
        case 4:
            return "returns/close", {"id": 77, "status": draw(words)} | of_order
        case 5:
            return "returns/update", {"admin_graphql_api_id": "gid://shopify/Return/77", "x": draw(words)}
    number = draw(st.sampled_from([31, 32]))
    return "fulfillment_orders/cancelled", {"fulfillment_order": {"id": f"{GID}{number}", "x": draw(words)}}


@st.composite
def histories(draw):
    """The deliveries of one order, and copies. Deliveries of one moment are of different resources.

    Of two bodies of one thing and one moment, arrival alone says which is the newer.
    """
    second, told_by, deliveries = 0, set(), []
    for number, (topic, body) in enumerate(draw(st.lists(bodies(), min_size=2, max_size=9))):
        resource = topic.partition("/")[0]
        if resource in told_by or draw(st.booleans()):
            second, told_by = second + 1, set()
        told_by.add(resource)
        deliveries.append((number, second, topic, body))
    return deliveries + draw(st.lists(st.sampled_from(deliveries), max_size=2))


seconds = st.none() | st.integers(0, 5)


@st.composite
def mixed_histories(draw):
    """The deliveries of one order with any mix of the two clocks, which may contradict each other."""
    deliveries = []
    for number, (topic, body) in enumerate(draw(st.lists(bodies(), min_size=2, max_size=9))):
        updated = draw(seconds)
        if updated is not None:
            body["updated_at"] = (NOON + timedelta(seconds=updated)).isoformat()
        deliveries.append((number, draw(seconds), topic, body))
    return deliveries + draw(st.lists(st.sampled_from(deliveries), max_size=2))


def arrival(place, shop, delivery, signature=Signature.VALID):
    number, second, topic, body = delivery
    headers = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": shop,
        "X-Shopify-Webhook-Id": f"w{number}",
    }
    if second is not None:
        headers["X-Shopify-Triggered-At"] = (NOON + timedelta(seconds=second)).isoformat()
    return Arrival(
        delivery=Delivery(
            received_at=NOON + timedelta(minutes=place),
            headers=tuple(headers.items()),
            body=json.dumps(body).encode(),
        ),
        signature=signature,
    )


class Histories:
    """Histories of orders in one inbox, each in a shop of its own."""

    def __init__(self, inbox):
        self.inbox = inbox
        self._reader = Reader(inbox)
        self._shops = 0

    def read(self, deliveries, *, links_after=0, signatures=()):
        """Add the deliveries one by one, and the links of their fulfillment orders on the way."""
        self._shops += 1
        shop = f"shop-{self._shops}.myshopify.com"
        before = self.inbox.newest()
        for place, delivery in enumerate(deliveries):
            if place == links_after:
                keep_links(self.inbox, shop, LINKS)
            self.inbox.add([arrival(place, shop, delivery, *signatures[place : place + 1])])
            self._reader.read_new()
        self._reader.read_new()
        return self._meaning(self.inbox.rows(after=before))

    def _meaning(self, rows):
        """What was concluded of each delivery, by Webhook-Id and without the numbers that arrival gives."""
        ids = {row.id: row.webhook_id for row in rows}
        readings = {row.webhook_id: self.inbox.reading(row.id) for row in rows if row.original is None}
        return {
            webhook_id: (
                reading.subject,
                reading.changes,
                reading.noise,
                reading.redundant,
                ids.get(reading.compared_with),
                reading.verdict,
            )
            for webhook_id, reading in readings.items()
        }


def test_readings_do_not_depend_on_the_order_of_arrival_but_for_what_is_late(inbox):
    each = Histories(inbox)

    @given(data=st.data(), history=histories())
    def of_one_history(data, history):
        as_it_was = each.read(history)
        shuffled = each.read(data.draw(st.permutations(history)))

        assert as_it_was.keys() == shuffled.keys()
        for webhook_id, (*concluded, verdict) in as_it_was.items():
            *again, other = shuffled[webhook_id]
            assert concluded == again
            assert verdict == other or Verdict.LATE in {verdict, other}

    of_one_history()


def later_on_a_shared_clock(one, other):
    """Whether `one` is later by X-Shopify-Triggered-At or by updated_at, and earlier by neither."""
    pairs = [(one[1], other[1])]
    if part_of(one) == part_of(other):
        pairs.append((one[3].get("updated_at"), other[3].get("updated_at")))
    shared = [pair for pair in pairs if None not in pair]
    return any(own > given for own, given in shared) and all(own >= given for own, given in shared)


def part_of(delivery):
    _, _, topic, body = delivery
    resource = topic.partition("/")[0]
    if resource in {"orders", "fulfillments", "refunds"}:
        return resource, body["id"]
    return topic, json.dumps(body.get("fulfillment_order", {}).get("id"))


def test_a_delivery_is_late_only_by_a_clock_that_both_deliveries_have(inbox):
    each = Histories(inbox)

    @given(history=mixed_histories())
    def of_one_history(history):
        # The body of returns/update names no order, so it may be about something else.
        history = [delivery for delivery in history if delivery[2] != "returns/update"]
        concluded = each.read(history)

        for place, delivery in enumerate(history):
            if delivery in history[:place]:
                continue
            *_, verdict = concluded[f"w{delivery[0]}"]
            overtaken = any(later_on_a_shared_clock(before, delivery) for before in history[:place])
            assert (verdict is Verdict.LATE) is overtaken

    of_one_history()


def test_making_all_readings_again_gives_the_same_rows(path):
    with Inbox.open(path) as inbox:
        each = Histories(inbox)

        @given(data=st.data(), history=histories() | mixed_histories())
        def of_one_history(data, history):
            arrived = data.draw(st.permutations(history))
            signatures = st.lists(st.sampled_from(Signature), min_size=len(history), max_size=len(history))
            after = data.draw(st.integers(0, len(history) - 1))
            each.read(arrived, links_after=after, signatures=data.draw(signatures))

        of_one_history()
        rows = inbox.rows(limit=10_000)
        readings = [inbox.reading(row.id) for row in rows]

    file_of(path, "readings").unlink()

    with Inbox.open(path) as inbox:
        assert len(Reader(inbox).read_new(10_000)) == len(rows) > 100
        for row, reading in zip(rows, readings, strict=True):
            assert (inbox.row(row.id), inbox.reading(row.id)) == (row, reading)
