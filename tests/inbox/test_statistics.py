import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Answered
from devhook.inbox.failures import DamagedInbox
from devhook.inbox.folder import file_of
from devhook.inbox.readings import Reader
from devhook.inbox.statistics import DeliveryCounter, Tally
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.delivery import Signature

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)


def test_the_statistics_of_an_empty_inbox_are_zero(inbox):
    counted = DeliveryCounter(inbox).count()

    assert (counted.deliveries, counted.since, counted.topics, counted.target_times) == (0, None, (), ())


def test_unchecked_deliveries_are_counted_apart(row):
    checked = [
        row(signature=Signature.VALID),
        row(signature=Signature.INVALID),
        row(signature=Signature.MISSING),
    ]
    unchecked = [row(signature=Signature.UNCHECKED, verdict="late"), row(signature=Signature.UNCHECKED)]

    assert [str(Tally().with_rows(rows)) for rows in (checked, unchecked, unchecked + checked)] == [
        "3 deliveries: 1 valid, 2 invalid, 0 duplicates, 0 late, 0 unchanged",
        "2 deliveries: 2 unchecked, 0 duplicates, 1 late, 0 unchanged",
        "5 deliveries: 1 valid, 2 invalid, 2 unchecked, 0 duplicates, 1 late, 0 unchanged",
    ]


def test_counts_are_sorted_largest_first(inbox, arrival, order):
    inbox.add(
        [
            arrival(document=order()),
            arrival(document=order(note="x"), seconds=1),
            arrival("orders/paid", order(note="x"), seconds=2, webhook_id="w"),
            arrival("orders/paid", order(note="y"), seconds=3, webhook_id="w"),
            arrival(None, order(), seconds=4, signature=Signature.INVALID, status=401),
        ]
    )
    Reader(inbox).read_new()

    counted = DeliveryCounter(inbox).count()

    assert (counted.deliveries, counted.since) == (5, NOON)
    assert counted.topics == (("orders/paid", 2), ("orders/updated", 2), ("", 1))
    assert counted.signatures == (("valid", 4), ("invalid", 1))
    assert dict(counted.verdicts) == {"first": 1, "changed": 1, "unchanged": 1, "duplicate": 1}
    assert counted.origins == (("shopify", 5),)


def test_the_answers_of_targets_are_counted_and_their_times_kept(inbox, arrival):
    (number,) = inbox.add([arrival()])
    answers = [
        Answer(status=200, seconds=0.02),
        Answer(status=200, seconds=0.04),
        Answer(failure=Failure.REFUSED, seconds=0.001),
    ]
    inbox.add(
        [], [Answered(delivery_id=number, by="http://localhost:3", at=NOON, answer=each) for each in answers]
    )

    counted = DeliveryCounter(inbox).count()

    assert counted.answers == (("200", 2), ("refused", 1))
    assert counted.target_times == (0.02, 0.04)


def test_only_the_newest_are_counted(inbox, arrival):
    inbox.add([arrival("orders/create"), *(arrival(seconds=number) for number in range(1, 4))])

    counted = DeliveryCounter(inbox, newest=3).count()

    assert counted.topics == (("orders/updated", 3),)
    assert counted.deliveries == 3


def test_damaged_rows_are_not_counted(path, arrival):
    answer = Answer(status=200, seconds=0.02)
    changes = (
        ("deliveries", "topic", "orders/paid"),
        ("deliveries", "signature", "invalid"),
        ("deliveries", "origin", "replay"),
        ("answers", "status", 201),
        ("answers", "duration", 1),
    )
    with Inbox.open(path) as inbox, closing(sqlite3.connect(file_of(path, "deliveries"))) as other:
        for table, column, value in changes:
            counter = DeliveryCounter(inbox)
            (number,) = inbox.add([arrival()])
            inbox.add([], [Answered(delivery_id=number, by="http://localhost:3", at=NOON, answer=answer)])
            counter.count()
            (later,) = inbox.add([arrival()])
            inbox.add([], [Answered(delivery_id=later, by="http://localhost:3", at=NOON, answer=answer)])
            key = "id" if table == "deliveries" else "by <> 'receiver' AND delivery_id"
            ((before,),) = other.execute(f"SELECT {column} FROM {table} WHERE {key} = ?", (later,)).fetchall()
            changed = f"UPDATE {table} SET {column} = ? WHERE {key} = ?"

            for sound, written in ((False, value), (True, before)):
                with other:
                    other.execute(changed, (written, later))
                if sound:
                    assert counter.count() == DeliveryCounter(inbox).count(), column
                else:
                    with pytest.raises(DamagedInbox, match="is damaged"):
                        counter.count()
