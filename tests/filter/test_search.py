import contextlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devhook.filter.language import Filter
from devhook.filter.search import Search
from devhook.inbox import index, index_query
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Answered
from devhook.inbox.folder import file_of
from devhook.inbox.index import index_on, index_position
from devhook.inbox.journal import Send, add_sends
from devhook.inbox.readings import Reader
from devhook.inbox.retention import forget_removed, remove_oldest
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.delivery import Origin, Signature

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)
NOW = NOON + timedelta(hours=1)
TOPICS = ("orders/updated", "orders/paid", "refunds/create", "odd\u202etopic", None)
SHOPS = ("lavender.myshopify.com", "acme.myshopify.com", None)

WORDS = [
    "topic:orders/*", "topic:orders/paid", "topic:refunds/create,orders/paid", "orders/*", "*paid",
    "order:#2001", "order:2002", "order:5000000000003", "order:#200?", "subject:#2001",
    "shop:acme", "shop:*myshopify.com", "is:late", "is:first,changed", "is:bad", "is:valid", "is:unreadable",
    "is:duplicate", "is:unchanged",
    "is:redundant", "origin:forged", "answered:200", "answered:>=400", "answered:none",
    "changed:note", "changed:line_items", "changed:line_items.price", "changed:*price",
    "changed:*ric*", "changed:*x*", "changed:line*[TEE-?]*", "changed:price,note",
    "since:50m", "before:40m", "since:50m before:40m", "id:3..9", "webhook:w-1", "webhook:w-*", "event:e-2",
    "orders", "late", "#2001", "#2", "w-", "w", "valid", "bad", "lavender", "e-1", "order", "changes",
    '"1 change"', "duplicate", "‹U+202E›", "nothing", '"order 5000000000001"', "body:fragile", "body:frag*",
    "body:note", "body:80085", '"of 1"', "note:=fragile", "note:=*fragile*", "note:=null",
    "line_items.price:>1", "line_items[TEE-M].price:1.5..2", "*price:=1", "line_items:=1",
    ".id:>5000000000001", "name:<5", "z:=1",
    "changed:note=fragile", "changed:price>1.00", "changed:note=null,price=2", "changed:*ric*<2",
]  # fmt: skip


@pytest.fixture
def arrival_of(arrival):
    """Convert a drawn example into an arrival."""

    def make(drawn):
        facts = {
            name: value for name, value in drawn.items() if name not in {"event_id", "target", "replayed"}
        }
        made = arrival(**facts)
        if drawn.get("event_id") is None:
            return made
        headers = (*made.delivery.headers, ("X-Shopify-Event-Id", drawn["event_id"]))
        return made.model_copy(update={"delivery": made.delivery.model_copy(update={"headers": headers})})

    return make


@st.composite
def deliveries(draw):
    """Deliveries of few subjects and values, so that there are versions, duplicates and late ones."""
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
        "replayed": draw(st.sampled_from([(), (), (200,), (500, 200), (None,)])),
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    came=st.lists(deliveries(), min_size=1, max_size=14),
    unindexed=st.integers(0, 4),
    words=st.lists(st.tuples(st.booleans(), st.sampled_from(WORDS)), min_size=1, max_size=3),
    window=st.tuples(st.integers(0, 3), st.none() | st.integers(8, 16)),
)
def test_the_search_and_the_matcher_choose_the_same_rows(
    tmp_path_factory, arrival_of, came, unindexed, words, window
):
    path = tmp_path_factory.mktemp("search") / "inbox"
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
            add_sends(inbox, [replay_of(delivery, status) for status in each["replayed"]])
        after, before = window
        rows = inbox.rows(after=after, before=before)
        for text in (" ".join("-" * minus + word for minus, word in words), *(word for _, word in words)):
            search = Search(inbox, Filter.parse(text, NOW))

            found = search.newest(100, after=after, before=before)

            assert found == [row for row in reversed(rows) if search.matches(row)], text


def replay_of(delivery, status, **facts):
    answer = Answer(status=status, seconds=0.1, failure=None if status else Failure.REFUSED)
    facts = {"origin": Origin.REPLAY} | facts
    return Send(sent_at=NOON, url="http://app", delivery_id=delivery, answer=answer, **facts)


def found(inbox, words, **how):
    return [row.id for row in Search(inbox, Filter.parse(words, NOW)).newest(1000, **how)]


def indexed(inbox):
    """Read and index everything, as an idle output does."""
    reader = Reader(inbox)
    while reader.read_new():
        pass
    while index_on(inbox, inbox.newest(), 200):
        pass
    last = index_position(inbox).delivery
    assert last == inbox.newest()


def test_the_newest_of_many_come_first_and_the_rest_in_portions(inbox, arrival):
    topics = ("orders/paid", "refunds/create")
    inbox.add([arrival(topics[number % 7 == 0], seconds=number) for number in range(1000)])
    indexed(inbox)
    search = Search(inbox, Filter.parse("topic:refunds/create", NOW))

    everything = [row.id for row in search.rows()]

    assert everything == [number + 1 for number in range(999, -1, -1) if number % 7 == 0]
    assert [row.id for row in search.newest(3)] == everything[:3]
    assert [row.id for row in search.newest(3, before=everything[2])] == everything[3:6]
    assert [row.id for row in search.newest(9, after=everything[4])] == everything[:4]


def test_a_page_ends_when_its_time_is_over_and_the_next_continues(inbox, arrival):
    inbox.add([arrival(seconds=number) for number in range(500)])
    indexed(inbox)
    search = Search(inbox, Filter.parse("-late", NOW))
    rows, before = [], None

    while before != 0:
        page = search.page(1000, before=before, seconds=0)
        rows += page.rows
        before = page.reached

    assert [row.id for row in rows] == list(range(500, 0, -1))
    assert len(search.page(1, seconds=9).rows) == 100
    assert search.page(501, seconds=9).reached == 0


def test_a_delivery_that_is_not_indexed_yet_is_found(inbox, arrival):
    inbox.add([arrival("orders/paid"), arrival("orders/edited"), arrival("orders/paid")])
    index_on(inbox, 2, 1)

    assert found(inbox, "orders/paid") == [3, 1]


def test_a_delivery_that_a_target_answered_later_is_found_by_that_answer(inbox, arrival):
    inbox.add([arrival(), arrival()])
    indexed(inbox)
    answer = Answered(delivery_id=1, by="http://app", at=NOON, answer=Answer(status=503, seconds=1))

    inbox.add([], [answer])
    before = found(inbox, "answered:5xx"), found(inbox, "answered:200")
    indexed(inbox)
    after = found(inbox, "answered:5xx"), found(inbox, "answered:200")

    assert before == after == ([1], [2])
    assert index_position(inbox) == (2, inbox.newest_answer(), 0)


def test_a_delivery_is_found_by_the_answers_to_its_replays(inbox, arrival):
    inbox.add([arrival(status=401), arrival(status=None), arrival(status=200), arrival(status=500)])
    indexed(inbox)
    sent = [replay_of(1, 500), replay_of(1, 200), replay_of(1, 500), replay_of(2, None), replay_of(2, 503)]
    add_sends(inbox, [*sent, replay_of(3, 422, origin=Origin.FORGED)])

    assert inbox.row(1).replayed == (500, 200)
    assert [inbox.row(delivery).replayed for delivery in (2, 3, 4)] == [(503, 0), (), ()]
    assert found(inbox, "answered:200") == [3, 1]
    assert found(inbox, "answered:>=400 answered:200") == [1]
    assert found(inbox, "answered:>=400 -answered:200") == [4, 2]
    assert (found(inbox, "answered:503"), found(inbox, "answered:422")) == ([2], [])
    assert (found(inbox, "answered:none"), found(inbox, "-answered:none")) == ([], [4, 3, 2, 1])


def test_a_delivery_that_was_read_again_is_found_by_what_it_says_now(inbox, arrival, order):
    inbox.add(
        [
            arrival(document=order(), triggered_at="2026-07-04T12:00:01Z", webhook_id="w-1"),
            arrival(document=order(note="x"), triggered_at="2026-07-04T12:00:03Z", webhook_id="w-2"),
        ]
    )
    indexed(inbox)
    first_told = found(inbox, "changed:tags"), found(inbox, "changed:note")

    late = order(note="x", tags="gift")
    inbox.add([arrival(document=late, triggered_at="2026-07-04T12:00:02Z", webhook_id="w-3")])
    Reader(inbox).read_new()
    before = found(inbox, "changed:tags"), found(inbox, "changed:note"), found(inbox, "is:late")
    indexed(inbox)
    after = found(inbox, "changed:tags"), found(inbox, "changed:note"), found(inbox, "is:late")

    assert first_told == ([], [2])
    assert before == after == ([3, 2], [3], [3])


def test_deliveries_may_have_come_in_another_order_than_their_times(inbox, arrival):
    inbox.add([arrival(seconds=1000 - number) for number in range(600)])
    indexed(inbox)
    minute = (NOON + timedelta(seconds=410)).isoformat()

    assert found(inbox, f"before:{minute}") == list(range(600, 591, -1))
    assert found(inbox, f"since:{minute} before:{(NOON + timedelta(seconds=412)).isoformat()}") == [591, 590]


def test_invented_topics_cannot_exceed_the_bound_of_facets(inbox, arrival, monkeypatch):
    monkeypatch.setattr(index, "_MOST_FACETS", 5)
    inbox.add([arrival(f"made/up{number}", signature=Signature.INVALID) for number in range(20)])
    inbox.add([arrival("orders/paid")])
    indexed(inbox)

    assert list(map(tuple, inbox.query("SELECT count(*) FROM search.facets"))) == [(6,)]
    assert found(inbox, "topic:made/up17") == [18]
    assert found(inbox, "is:valid") == [21]
    assert found(inbox, "-topic:made/*") == [21]
    assert len(found(inbox, "is:bad made")) == 20


def test_invented_fields_cannot_exceed_the_bound_of_names(inbox, arrival, order, monkeypatch):
    monkeypatch.setattr(index, "MOST_FIELDS", 5)
    monkeypatch.setattr(index_query, "MOST_FIELDS", 5)
    inbox.add([arrival(document=order(**{f"made_up{number}": number})) for number in range(9)])
    indexed(inbox)

    assert found(inbox, "changed:made_up8") == [9]
    assert found(inbox, "changed:*up8") == [9]


def test_a_search_over_many_facets_returns_rows_by_id(inbox, arrival):
    inbox.add([arrival(f"made/up{number % 150}") for number in range(700)])
    indexed(inbox)

    assert found(inbox, "-topic:made/up7") == [
        number + 1 for number in range(699, -1, -1) if number % 150 != 7
    ]


def test_a_body_beyond_a_megabyte_is_not_indexed(inbox, arrival):
    inbox.add([arrival(document={"note": "gift " + "x" * 2**20}), arrival(document={"note": "gift"})])

    for _ in range(2):
        assert found(inbox, "body:gift") == [2]
        indexed(inbox)


def test_a_delivery_that_is_gone_is_not_found(inbox, arrival):
    inbox.add([arrival(), arrival()])
    indexed(inbox)
    with inbox.writing() as connection:
        connection.execute("DELETE FROM deliveries WHERE id = 1")

    assert found(inbox, "orders") == [2]


def test_what_was_removed_is_forgotten_and_in_time_the_index_is_begun_anew(inbox, arrival, monkeypatch):
    monkeypatch.setattr(index, "_WORTH_BEGINNING_ANEW", 60)
    inbox.add([arrival("orders/paid" if number % 2 else "orders/edited") for number in range(100)])
    indexed(inbox)

    while remove_oldest(inbox, 41):
        pass
    while forget_removed(inbox):
        pass
    (kept,) = inbox.query("SELECT sum(rows), (SELECT count(*) FROM search.listed) FROM search.facets")
    before = found(inbox, "orders/paid"), [index_position(inbox)]
    while remove_oldest(inbox, 81):
        pass
    while forget_removed(inbox):
        pass
    anew = [index_position(inbox)]
    indexed(inbox)

    assert tuple(kept) == (60, 60)
    assert before == ([*range(100, 41, -2)], [(100, inbox.newest_answer(), 0)])
    assert anew == [(80, 0, 0)]
    assert found(inbox, "orders/paid") == [*range(100, 81, -2)]
    assert list(map(tuple, inbox.query("SELECT sum(rows) FROM search.facets"))) == [(20,)]


def test_an_index_that_is_missing_or_of_another_version_is_made_again(path, arrival):
    with Inbox.open(path) as inbox:
        inbox.add([arrival("orders/paid"), arrival("orders/edited")])
        indexed(inbox)
    file_of(path, "search").unlink()

    with Inbox.open(path) as inbox:
        assert index_position(inbox) == (0, 0, 0)
        assert found(inbox, "orders/paid") == [1]
        indexed(inbox)
    with contextlib.closing(sqlite3.connect(file_of(path, "search"))) as other:
        other.execute("PRAGMA user_version = 77")

    with Inbox.open(path) as inbox:
        assert index_position(inbox) == (0, 0, 0)
        indexed(inbox)
        assert found(inbox, "orders/paid") == [1]


def test_two_outputs_may_index_at_once(path, arrival):
    with Inbox.open(path) as inbox:
        inbox.add([arrival() for _ in range(300)])
        Reader(inbox).read_new(300)

    def take_in(_):
        with Inbox.open(path) as inbox:
            while index_on(inbox, 300, 7):
                pass

    with ThreadPoolExecutor(3) as outputs:
        list(outputs.map(take_in, range(3)))

    with Inbox.open(path) as inbox:
        assert list(map(tuple, inbox.query("SELECT sum(rows) FROM search.facets"))) == [(300,)]
        assert list(map(tuple, inbox.query("SELECT count(*) FROM search.listed"))) == [(300,)]
        assert len(found(inbox, "orders")) == 300
