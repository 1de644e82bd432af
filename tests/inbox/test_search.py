from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devhook.inbox.answers import Answered
from devhook.inbox.filter import Filter
from devhook.inbox.index import index_on
from devhook.inbox.reader import Reader
from devhook.inbox.search import Search
from devhook.inbox.store import Inbox
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Origin, Signature

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)
NOW = NOON + timedelta(hours=1)
TOPICS = ("orders/updated", "orders/paid", "refunds/create", "odd\u202etopic", None)
SHOPS = ("lavender.myshopify.com", "acme.myshopify.com", None)

WORDS = [
    "topic:orders/*", "topic:orders/paid", "topic:refunds/create,orders/paid", "orders/*", "*paid",
    "order:#2001", "order:2002", "order:5000000000003", "order:#200?", "subject:#2001",
    "shop:acme", "shop:*myshopify.com", "is:late", "is:first,changed", "is:bad", "is:valid", "is:unreadable",
    "is:duplicate", "is:unchanged", "origin:forged", "answered:200", "answered:>=400", "answered:none",
    "changed:note", "changed:line_items", "changed:line_items.price", "changed:*price", "changed:price,note",
    "since:50m", "before:40m", "since:50m before:40m", "id:3..9", "webhook:w-1", "webhook:w-*", "event:e-2",
    "orders", "late", "#2001", "#2", "w-", "w", "valid", "bad", "lavender", "e-1", "order", "changes",
    '"1 change"', "duplicate", "‹U+202E›", "nothing", '"order 5000000000001"', "body:fragile", "body:frag*",
    "body:note", "body:80085", '"of 1"',
]  # fmt: skip


@pytest.fixture
def arrival_of(arrival):
    """Turn what was drawn into an arrival."""

    def make(drawn):
        facts = {name: value for name, value in drawn.items() if name not in {"event_id", "target"}}
        made = arrival(**facts)
        if drawn.get("event_id") is None:
            return made
        headers = (*made.delivery.headers, ("X-Shopify-Event-Id", drawn["event_id"]))
        return made.model_copy(update={"delivery": made.delivery.model_copy(update={"headers": headers})})

    return make


@st.composite
def deliveries(draw):
    """What came: few subjects and few values, so that there are versions, duplicates and late ones."""
    number = draw(st.integers(1, 3))
    document = {
        "id": 5_000_000_000_000 + number,
        "name": f"#{2000 + number}",
        "note": draw(st.sampled_from([None, "fragile", "80085 Fragile, bitte"])),
        "line_items": [{"id": 1, "sku": "TEE-M", "price": draw(st.sampled_from(["1.00", "2.00"]))}],
    }
    body = draw(st.sampled_from([None, b"not json fragile"]))
    return {
        "document": document,
        "body": body,
        "topic": draw(st.sampled_from(TOPICS)),
        "shop": draw(st.sampled_from(SHOPS)),
        "webhook_id": draw(st.sampled_from(["w-1", "w-2", "w-33", None])),
        "event_id": draw(st.sampled_from(["e-1", "e-2", None])),
        "seconds": draw(st.integers(0, 3600)),
        "signature": draw(st.sampled_from(Signature)),
        "origin": draw(st.sampled_from([Origin.SHOPIFY, Origin.FORGED])),
        "status": draw(st.sampled_from([200, 401, 0, None])),
        "target": draw(st.sampled_from([None, None, 204, 500])),
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    came=st.lists(deliveries(), min_size=1, max_size=14),
    unindexed=st.integers(0, 4),
    words=st.lists(st.tuples(st.booleans(), st.sampled_from(WORDS)), min_size=1, max_size=3),
    window=st.tuples(st.integers(0, 3), st.none() | st.integers(8, 16)),
)
def test_the_search_and_the_matcher_choose_the_same_rows(
    tmp_path_factory, arrival_of, came, unindexed, words, window
):
    path = tmp_path_factory.mktemp("search") / "inbox.db"
    with Inbox.open(path) as inbox:
        ids = inbox.add([arrival_of(each) for each in came])
        reader = Reader(inbox)
        while reader.read_new(1):
            pass
        while index_on(inbox, len(ids) - unindexed, 3):
            pass
        for delivery, each in zip(ids, came, strict=True):
            if each["target"]:
                answer = Answer(status=each["target"], seconds=0.1)
                inbox.add([], [Answered(delivery_id=delivery, by="http://app", at=NOON, answer=answer)])
        after, before = window
        rows = inbox.rows(after=after, before=before)
        for text in (" ".join("-" * minus + word for minus, word in words), *(word for _, word in words)):
            search = Search(inbox, Filter.parse(text, NOW))

            found = search.newest(100, after=after, before=before)

            assert found == [row for row in reversed(rows) if search.matches(row)], text
