from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.inbox.documents import DocumentCache
from devhook.inbox.tokens import tokens_in
from devhook.inbox.word_counts import WordCounts
from devhook.webhook.delivery import Delivery
from devhook.webhook.payload import Unreadable, read_beside, write_json

JSON = "application/json"


def delivery(body):
    return Delivery(
        received_at=datetime(2026, 7, 4, tzinfo=UTC), headers=(("Content-Type", JSON),), body=body
    )


def order(**fields):
    return write_json({"id": 1, "customer": {"id": 7}, **fields})


def test_the_least_recently_used_documents_are_dropped(inbox):
    kept = DocumentCache(inbox, largest=1000)

    for number in range(1, 5):
        kept.read(number, delivery(write_json({"id": number, "note": "x" * 380})))
        kept.kept(1)

    assert [number for number in range(1, 5) if kept.kept(number)] == [1, 4]
    kept.read(5, delivery(write_json({"note": "x" * 2000})))
    assert not any(map(kept.kept, range(1, 6)))
    assert kept.read(6, delivery(order())).document == {"id": 1, "customer": {"id": 7}}


def test_an_older_version_may_stay_when_the_last_one_gives_way(inbox):
    kept = DocumentCache(inbox, largest=1000)
    for number in (1, 2):
        kept.read(number, delivery(order(note="x" * 400)))
    for number in (3, 4):
        kept.kept(1)
        kept.read(number, delivery(write_json({"id": number, "note": "x" * 400})))
        assert kept.kept(1)
        assert kept.tokens(1) == tokens_in(kept.kept(1).document)

    kept.read(5, delivery(write_json({"id": 5, "note": "x" * 400})))
    kept.read(6, delivery(write_json({"id": 6, "note": "x" * 400})))

    assert kept.kept(1) is None
    assert kept.read(7, delivery(order(note="y"))).document["note"] == "y"
    assert kept.tokens(7) == tokens_in(kept.document(7))


def test_a_document_shares_equal_parts_with_the_last_one_that_begins_alike(inbox):
    kept = DocumentCache(inbox)
    first = kept.read(1, delivery(order(note="a"))).document
    second = kept.read(2, delivery(order(note="b"))).document
    other = kept.read(3, delivery(write_json({"id": 2, "customer": {"id": 7}}))).document

    assert second["customer"] is first["customer"]
    assert other["customer"] is not first["customer"]


def test_a_document_that_is_not_to_be_remembered_is_only_read(inbox):
    kept = DocumentCache(inbox)

    assert kept.read(1, delivery(order()), keep=False).document["id"] == 1
    assert kept.kept(1) is None
    assert kept.tokens(1) is None
    with pytest.raises(Unreadable):
        kept.read(2, delivery(b"{"))


def test_the_document_of_an_older_delivery_is_read_from_the_inbox(inbox, arrival):
    inbox.add([arrival(document={"id": 1, "note": "gift"})])
    kept = DocumentCache(inbox)

    assert kept.document(1)["note"] == "gift"
    assert kept.kept(1).document is kept.document(1)


WORDS = st.sampled_from(["gift", "Zoë 12", "a b", "x" * 70, "", 1, None, True])
ITEM = st.dictionaries(st.sampled_from(["id", "n"]), WORDS, max_size=2)
BODY = st.dictionaries(
    st.sampled_from(["id", "note", "items", "tags"]), WORDS | ITEM | st.lists(ITEM | WORDS, max_size=4)
)


@given(st.lists(BODY, min_size=1, max_size=5))
def test_the_words_of_the_next_body_are_those_of_the_whole_body(bodies):
    counts, known = WordCounts(), ()

    for body in bodies:
        document, _, known = read_beside(write_json(body), JSON, known)
        assert counts.tokens(document, known) == tokens_in(document)


STEPS = st.lists(st.tuples(st.integers(1, 3), BODY, st.integers(1, 12)), max_size=12)


@given(STEPS)
def test_whatever_is_kept_and_gives_way_a_body_is_read_as_it_is_read_alone(steps):
    kept = DocumentCache(None, largest=200)

    for number, (own_id, body, used) in enumerate(steps, 1):
        content = write_json({"id": own_id, **{key: body[key] for key in body if key != "id"}})
        kept.kept(used)
        assert kept.read(number, delivery(content)).document == read_beside(content, JSON, ())[0]
        for each in (used, number):
            if found := kept.kept(each):
                assert kept.tokens(each) == tokens_in(found.document)
