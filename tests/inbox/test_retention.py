import os
import shutil
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from devhook.analysis.verdict import Verdict
from devhook.errors import InboxError
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Answered
from devhook.inbox.folder import file_of
from devhook.inbox.index import index_on
from devhook.inbox.layouts import DELIVERIES
from devhook.inbox.readings import Reader, read_everything
from devhook.inbox.recorded import keep_recorded, recorded
from devhook.inbox.retention import (
    Amount,
    Keep,
    beyond,
    everything,
    forget_removed,
    on_disk,
    prune,
    recount,
    remove_beyond,
    remove_oldest,
    room_within,
    shrink,
)
from devhook.inbox.schema import prepare
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Signature

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)
UNBOUNDED = {"days": 0, "count": 0, "size": 0}
DAY = 24 * 60 * 60


def remove(inbox, before):
    while remove_oldest(inbox, before):
        pass


def ids(inbox):
    return [row.id for row in inbox.rows()]


def stored(inbox):
    return [each["stored"] for each in inbox.query("SELECT stored FROM deliveries ORDER BY id")]


@pytest.mark.parametrize(
    ("bounds", "count"),
    [
        ({}, 0),
        ({"days": 4}, 3),
        ({"days": 100}, 0),
        ({"days": 1, "count": 1, "size": 1}, 7),
        ({"count": 3}, 5),
        ({"count": 8}, 0),
        ({"count": 9}, 0),
        ({"days": 4, "count": 3}, 5),
    ],
)
def test_the_oldest_deliveries_are_beyond_a_bound(inbox, path, arrival, bounds, count):
    inbox.add([arrival(body=bytes(10), seconds=day * DAY) for day in range(8)])
    keep, now = Keep(**{**UNBOUNDED, **bounds}), NOON + timedelta(days=7)

    found = beyond(path, keep, now)

    assert (found.count, found.size) == (count, sum(stored(inbox)[:count]))
    assert remove_beyond(inbox, keep, now) == count
    assert ids(inbox) == list(range(count + 1, 9))
    assert remove_beyond(inbox, keep, now) == 0


def test_the_bytes_that_count_are_those_on_disk_with_headers_and_answers(inbox, arrival):
    headers = (("X-Note", os.urandom(8_000).hex()),)
    large = arrival(body=b"{}")
    large = large.model_copy(update={"delivery": large.delivery.model_copy(update={"headers": headers})})
    inbox.add([large] * 50)
    answer = Answer(status=200, body=os.urandom(30_000), seconds=0.1)
    inbox.add([], [Answered(delivery_id=50, by="http://localhost:3000", at=NOON, answer=answer)])

    assert stored(inbox)[0] >= 16_000
    assert stored(inbox)[49] >= 46_000
    while remove_beyond(inbox, Keep(size=200_000), NOON):
        pass

    assert len(ids(inbox)) == 10
    totals = [tuple(each) for each in inbox.query("SELECT * FROM totals")]
    assert totals == [(0, 0, 0), (1, 10, sum(stored(inbox)))]


def test_untrusted_deliveries_have_a_quota_of_their_own(inbox, arrival):
    inbox.add([arrival() for _ in range(100)])
    for _ in range(4):
        inbox.add([arrival(signature=Signature.MISSING) for _ in range(100)])
        while remove_beyond(inbox, Keep(count=200), NOON):
            pass

    assert ids(inbox) == [*range(1, 101), *range(481, 501)]


def test_untrusted_deliveries_are_removed_first_when_the_bound_is_reached(inbox, arrival):
    inbox.add([arrival(signature=Signature.INVALID) for _ in range(10)])
    inbox.add([arrival() for _ in range(195)])

    while remove_beyond(inbox, Keep(count=200), NOON):
        pass

    assert ids(inbox) == [*range(6, 206)]
    inbox.add([arrival() for _ in range(6)])
    while remove_beyond(inbox, Keep(count=200), NOON):
        pass
    assert ids(inbox) == [*range(12, 212)]


def test_the_readings_of_removed_untrusted_deliveries_are_removed(inbox, arrival, order):
    inbox.add([arrival(document=order())])
    inbox.add([arrival(document=order(2), signature=Signature.INVALID) for _ in range(30)])
    inbox.add([arrival(document=order())])
    read_everything(inbox)
    while index_on(inbox, inbox.newest(), 100):
        pass
    while remove_beyond(inbox, Keep(count=50), NOON):
        pass

    while forget_removed(inbox):
        pass

    for statement in (
        "SELECT delivery_id FROM readings.readings ORDER BY 1",
        "SELECT delivery_id FROM search.listed ORDER BY 1",
    ):
        assert [number for (number,) in inbox.query(statement)] == [1, *range(27, 33)]
    assert sum(rows for (rows,) in inbox.query("SELECT rows FROM search.facets")) == 7


def test_a_delivery_larger_than_the_bound_stays_while_it_is_the_newest(inbox, path, arrival):
    inbox.add([arrival(body=bytes(10)), arrival(body=os.urandom(1000))])

    assert beyond(path, Keep(size=100), NOON).count == 1


def test_the_newest_is_kept_whatever_its_age(inbox, path, arrival):
    inbox.add([arrival(), arrival()])

    assert remove_beyond(inbox, Keep(days=30), NOON + timedelta(days=300)) == 1
    assert ids(inbox) == [2]


def test_all_deliveries_can_be_removed(inbox, path, arrival):
    inbox.add([arrival(), arrival()])
    Reader(inbox).read_new()

    prune(inbox, partial(remove_oldest, inbox, inbox.newest() + 1))

    assert (ids(inbox), inbox.newest(), everything(path).count) == ([], 2, 0)
    assert list(map(tuple, inbox.query("SELECT count(*) FROM readings.readings"))) == [(0,)]


def test_an_empty_inbox_has_nothing_beyond_a_bound(inbox, path):
    assert beyond(path, Keep(), NOON).count == 0


def test_an_imported_delivery_is_as_old_as_its_import(inbox, path, arrival):
    inbox.add([arrival()])
    long_after = NOON + timedelta(days=300)
    keep_recorded(inbox, [recorded(inbox, 1)], long_after)

    found = beyond(path, Keep(days=30), long_after + timedelta(days=29))

    assert found.count == 1


def test_looking_for_what_to_remove_does_not_create_a_removed_inbox_again(inbox, path):
    file_of(path, "deliveries").unlink()

    with pytest.raises(InboxError):
        beyond(path, Keep(), NOON)
    assert not file_of(path, "deliveries").exists()


def test_deliveries_are_removed_in_small_steps_with_their_bodies_and_answers(inbox, arrival):
    inbox.add([arrival() for _ in range(200)])
    inbox.add([arrival(body=os.urandom(3 * 2**20)) for _ in range(3)])

    steps = []
    while removed := remove_oldest(inbox, 204):
        steps.append(removed)

    assert steps == [64, 64, 64, 9, 1, 1]
    left = [
        tuple(inbox.query(f"SELECT count(*) FROM {table}")[0])
        for table in ("deliveries", "bodies", "answers")
    ]
    assert left == [(0,)] * 3


def test_the_id_of_a_removed_delivery_is_not_used_again(path, arrival):
    with Inbox.open(path) as inbox:
        inbox.add([arrival() for _ in range(3)])
        remove(inbox, 4)
        shrink(inbox)

    with Inbox.open(path) as inbox:
        assert inbox.add([arrival()]) == [4]


def test_readings_of_removed_deliveries_are_removed_at_the_next_reading(inbox, arrival, order):
    inbox.add([arrival(document=order(note=f"{number}")) for number in range(600)])
    reader = Reader(inbox)
    while reader.read_new():
        pass
    remove(inbox, 599)

    for number in range(2):
        inbox.add([arrival(document=order(note=f"after {number}"))])
        assert [row.verdict for row in reader.read_new()] == [Verdict.CHANGED]

    for table in ("readings", "changes"):
        assert list(map(tuple, inbox.query(f"SELECT min(delivery_id) FROM readings.{table}"))) == [(599,)]
    assert not forget_removed(inbox)


def test_the_previous_version_may_be_removed(inbox, arrival, order):
    one, two, three = (f"2026-07-04T12:00:0{second}Z" for second in (1, 2, 3))
    inbox.add([arrival(document=order(note="one"), triggered_at=one, webhook_id="w-1")])
    inbox.add([arrival(document=order(note="two"), triggered_at=two, webhook_id="w-2")])
    reader = Reader(inbox)
    reader.read_new()
    remove(inbox, 2)
    assert inbox.reading(2).compared_with == 1

    inbox.add([arrival(document=order(note="one"), triggered_at=one, webhook_id="w-1")])
    inbox.add([arrival(document=order(note="three"), triggered_at=three, webhook_id="w-3")])
    again, newest = reader.read_new()

    assert (again.verdict, again.original, again.compared_with) == (Verdict.LATE, None, None)
    assert (newest.verdict, newest.compared_with) == (Verdict.CHANGED, 2)
    assert inbox.reading(2).compared_with == 3

    remove(inbox, 5)
    inbox.add([arrival(document=order(note="four"), webhook_id="w-4")])
    (only,) = reader.read_new()

    assert (only.verdict, only.compared_with) == (Verdict.FIRST, None)
    assert only.hint == "devhook received no earlier version of this order."


class Removing(Inbox):
    """An inbox from which the receiver removes a delivery just before it is fetched."""

    def delivery(self, delivery_id):
        if delivery_id == 1:
            remove(self, 2)
        return super().delivery(delivery_id)


def test_a_delivery_that_is_removed_just_before_it_is_read_is_skipped(path, arrival, order):
    with Removing.open(path) as inbox:
        inbox.add([arrival(document=order(note=note)) for note in ("one", "two")])

        rows = Reader(inbox).read_new()

    assert [(row.id, row.verdict) for row in rows] == [(2, Verdict.FIRST)]


def test_a_version_that_is_removed_before_it_is_compared_is_not_counted(path, arrival, order):
    with Inbox.open(path) as inbox:
        inbox.add([arrival(document=order(note="one"))])
        Reader(inbox).read_new()
        inbox.add([arrival(document=order(note="two"))])

    with Removing.open(path) as inbox:
        (row,) = Reader(inbox).read_new()

    assert (row.id, row.verdict, row.compared_with) == (2, Verdict.FIRST, None)


def test_space_is_reused_and_returned_to_the_disk_on_request(inbox, path, arrival):
    def some():
        return [arrival(body=os.urandom(20_000)) for _ in range(64)]

    inbox.add(some())
    Reader(inbox).read_new()
    inbox.query("PRAGMA main.wal_checkpoint(TRUNCATE)")
    full = file_of(path, "deliveries").stat().st_size
    remove(inbox, 65)
    inbox.add(some())
    inbox.query("PRAGMA main.wal_checkpoint(TRUNCATE)")
    again = file_of(path, "deliveries").stat().st_size
    remove(inbox, 129)
    before = on_disk(path)
    shrink(inbox)

    assert again <= full * 1.05
    assert before - on_disk(path) > 64 * 20_000 * 0.95


@pytest.mark.parametrize("signature", [Signature.VALID, Signature.MISSING])
@pytest.mark.parametrize("bounds", [{"count": 12}, {"size": 60_000}])
def test_what_the_room_holds_is_within_the_bounds_whoever_sent_it(inbox, path, arrival, bounds, signature):
    """The receiver looks for what is beyond the bounds only when more came than there was room for."""
    keep = Keep(**UNBOUNDED | bounds, untrusted=25)
    inbox.add([arrival(), arrival(signature=Signature.MISSING)])
    room = room_within(inbox, keep)
    grown, before = Amount(count=0, size=0), sum(stored(inbox))

    while room.holds(grown):
        assert beyond(path, keep, NOON).count == 0
        inbox.add([arrival(signature=signature)])
        grown = Amount(count=grown.count + 1, size=sum(stored(inbox)) - before)

    assert grown.count > 2
    assert room_within(inbox, keep).holds(Amount(count=0, size=0)) is (signature is Signature.VALID)
    assert room_within(inbox, Keep(**UNBOUNDED)).holds(Amount(count=10**9, size=10**15))


def test_damaged_totals_remove_nothing(inbox, path, arrival):
    inbox.add([arrival(), arrival(signature=Signature.MISSING), arrival()])
    for damage in (
        "UPDATE totals SET count = 1 << 40",
        "UPDATE totals SET stored = 'x'",
        "DELETE FROM totals",
    ):
        with inbox.writing() as connection:
            connection.execute(damage)
        recount(inbox)

        assert remove_beyond(inbox, Keep(days=0, untrusted=100), NOON) == 0
        assert [tuple(each) for each in inbox.query("SELECT trusted, count FROM totals")] == [(0, 1), (1, 2)]


def test_removing_ends_at_a_row_of_a_damaged_table_that_cannot_be_found(path, arrival, monkeypatch):
    with Inbox.open(path) as inbox:
        inbox.add([arrival() for _ in range(4)])
        monkeypatch.setattr(
            "devhook.inbox.retention._REMOVE_ONES", "DELETE FROM deliveries WHERE id = ? + 100"
        )

        prune(inbox, partial(remove_beyond, inbox, Keep(count=1), NOON))

        assert ids(inbox) == [1, 2, 3, 4]


def test_an_inbox_of_the_first_version_is_bounded_too(path, arrival, tmp_path):
    path.mkdir(parents=True)
    prepare(
        file_of(path, "deliveries"), DELIVERIES.model_copy(update={"migrations": DELIVERIES.migrations[:1]})
    )
    with Inbox.open(path) as inbox:
        inbox.add([arrival(), arrival(seconds=DAY)])

        assert beyond(path, Keep(days=1), NOON + timedelta(days=1.5)).count == 1
    shutil.copytree(path, tmp_path / "copy")
    with Inbox.open(tmp_path / "copy") as copy:
        assert ids(copy) == [1, 2]


@pytest.mark.parametrize(
    ("keep", "words"),
    [
        (Keep(), "at most 30 days, 100,000 deliveries and 1 GiB"),
        (Keep(days=1, count=0), "at most 1 day and 1 GiB"),
        (Keep(days=0, count=1, size=0), "at most 1 delivery"),
        (Keep(**UNBOUNDED), "without a bound"),
    ],
)
def test_the_bounds_are_described_in_words(keep, words):
    assert str(keep) == words
