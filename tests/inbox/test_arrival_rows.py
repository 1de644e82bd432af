import json
import sqlite3
import zlib
from contextlib import closing
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.inbox.arrival_rows import ArrivalRow
from devhook.inbox.checksums import DELIVERY_SUMS, ListedDelivery
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import headers_of, headers_value, microseconds
from devhook.inbox.folder import file_of
from devhook.inbox.layouts import DELIVERIES
from devhook.inbox.retention import recount
from devhook.inbox.schema import prepare
from devhook.webhook.delivery import Arrival, Delivery, Signature

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)
texts = st.text(max_size=12) | st.text(st.sampled_from("\n:\r\x00 é"), max_size=4)


def row(number=0, signature=Signature.VALID, status=200):
    delivery = Delivery(received_at=NOON, headers=(("X-Shopify-Topic", f"a/{number}"),), body=b"%d" % number)
    return ArrivalRow.of(Arrival(delivery=delivery, signature=signature, status=status))


def totals(inbox):
    return [tuple(each) for each in inbox.query("SELECT trusted, count, stored FROM totals")]


@given(headers=st.lists(st.tuples(texts, texts), max_size=5).map(tuple))
def test_headers_come_back_as_they_were_whatever_they_contain(headers):
    assert headers_of(headers_value(headers)) == headers


def test_headers_are_stored_as_a_blob_unless_that_loses_bytes():
    for headers, kind in {
        (("Host", "example.com"), ("X-A", "\xff")): bytes,
        (("", ""),): bytes,
        (("X-A", "two\nlines"),): str,
        (("X-A", "\u20ac"),): str,
        (): str,
    }.items():
        assert isinstance(headers_value(headers), kind), headers


@pytest.mark.parametrize("count", [1, 63, 64, 65, 200])
def test_any_number_of_rows_is_written_in_order_and_counted_once(inbox, count):
    rows = [row(number, Signature.MISSING if number % 3 else Signature.VALID) for number in range(count)]
    before = list(inbox.add_rows([row()]))

    ids = inbox.add_rows(rows)

    assert list(ids) == [each + before[-1] for each in range(1, count + 1)]
    assert [found.topic for found in inbox.rows(after=before[-1])] == [f"a/{each}" for each in range(count)]
    assert [inbox.delivery(each).body for each in ids] == [b"%d" % each for each in range(count)]
    counted = totals(inbox)
    recount(inbox)
    assert counted == totals(inbox)
    assert sum(each for _, each, _ in counted) == count + 1


def test_a_delivery_whose_answer_comes_later_has_none_yet(inbox):
    later, at_once = inbox.add_rows([row(status=None), row(status=202)])

    assert (inbox.row(later).status, inbox.row(at_once).status) == (None, 202)


def test_an_id_is_not_used_again_after_its_delivery_was_removed(inbox):
    first, last = inbox.add_rows([row(), row()])
    with inbox.writing() as connection:
        connection.execute("DELETE FROM deliveries WHERE id = ?", (last,))

    assert list(inbox.add_rows([row()])) == [last + 1]
    assert [each.id for each in inbox.rows()] == [first, last + 1]


def test_an_inbox_of_the_previous_layout_is_migrated(path):
    """It counted deliveries by a trigger, and its headers are JSON."""
    headers, body = (("X-Shopify-Topic", "orders/paid"), ("X-A", "\xff")), b'{"id":1}'
    stored = (json.dumps(headers), zlib.compress(body))
    listed = ListedDelivery(
        received_at=microseconds(NOON), method="POST", path="/", topic="orders/paid", shop=None,
        webhook_id="w-1", event_id=None, signature="valid", signed_with="app", origin="shopify",
        size=len(body), imported_at=None,
    )  # fmt: skip
    path.mkdir(mode=0o700, parents=True)
    file = file_of(path, "deliveries")
    prepare(file, DELIVERIES.model_copy(update={"migrations": DELIVERIES.migrations[:-2]}))
    columns = (*ListedDelivery._fields, "stored", "checksum")
    with closing(sqlite3.connect(file)) as former:
        former.execute(
            f"INSERT INTO deliveries ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
            (*listed, 500, DELIVERY_SUMS.of_listed(listed)),
        )
        former.execute("INSERT INTO bodies VALUES (1, ?, ?, ?)", (*stored, DELIVERY_SUMS.of_body(stored)))
        former.commit()

    with Inbox.open(path) as inbox:
        (before,) = inbox.rows()
        kept = inbox.delivery(before.id)
        inbox.add_rows([row(2)])
        (new,) = inbox.rows(after=before.id)
        counted = totals(inbox)
        recount(inbox)

        assert (before.topic, before.webhook_id, kept.headers, kept.body) == (
            ("orders/paid", "w-1", headers, body)
        )
        assert inbox.delivery(new.id).headers == (("X-Shopify-Topic", "a/2"),)
        assert counted == totals(inbox)
        assert [count for _, count, _ in counted] == [0, 2]
