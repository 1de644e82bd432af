from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.inbox import documents
from devhook.inbox.documents import Documents
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


def test_the_least_recently_used_documents_are_dropped(inbox, monkeypatch):
    monkeypatch.setattr(documents, "_LARGEST", 1000)
    kept = Documents(inbox)

    for number in range(1, 5):
        kept.read(number, delivery(write_json({"id": number, "note": "x" * 380})))
        kept.kept(1)

    assert [number for number in range(1, 5) if kept.kept(number)] == [1, 4]
    kept.read(5, delivery(write_json({"note": "x" * 2000})))
    assert not any(map(kept.kept, range(1, 6)))
    assert kept.read(6, delivery(order())).document == {"id": 1, "customer": {"id": 7}}


def test_a_document_shares_equal_parts_with_the_last_one_that_begins_alike(inbox):
    kept = Documents(inbox)
    first = kept.read(1, delivery(order(note="a"))).document
    second = kept.read(2, delivery(order(note="b"))).document
    other = kept.read(3, delivery(write_json({"id": 2, "customer": {"id": 7}}))).document

    assert second["customer"] is first["customer"]
    assert other["customer"] is not first["customer"]


def test_a_document_that_is_not_to_be_remembered_is_only_read(inbox):
    kept = Documents(inbox)

    assert kept.read(1, delivery(order()), keep=False).document["id"] == 1
    assert kept.kept(1) is None
    assert kept.tokens(1) is None
    with pytest.raises(Unreadable):
        kept.read(2, delivery(b"{"))


def test_the_document_of_an_older_delivery_is_read_from_the_inbox(inbox, arrival):
    inbox.add([arrival(document={"id": 1, "note": "gift"})])
    kept = Documents(inbox)

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
