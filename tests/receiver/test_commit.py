import asyncio
import os
import sqlite3
import threading
import zlib
from contextlib import closing
from datetime import UTC, datetime

import pytest

from devhook.errors import InboxError
from devhook.inbox.arrival_rows import ArrivalRow
from devhook.inbox.database import Inbox
from devhook.inbox.folder import file_of
from devhook.inbox.locks import alone, receiving
from devhook.inbox.receiver_inbox import ReceiverInbox
from devhook.inbox.retention import Keep
from devhook.receiver.commit import GroupCommit, keeping_within_bounds
from devhook.receiver.process import ReceiverProcess
from devhook.receiver.writer_thread import WriterThread
from devhook.webhook.delivery import Arrival, Delivery, Signature


def arrival(body=b"{}"):
    return Arrival(delivery=Delivery(received_at=datetime.now(UTC), body=body), signature=Signature.UNCHECKED)


def row(body=b"{}"):
    return ArrivalRow.of(arrival(body))


class Counting(ReceiverInbox):
    """An inbox that notes how many deliveries each transaction held."""

    sizes = ()

    def _insert(self, connection, rows, answers):
        self.sizes = (*self.sizes, len(rows))
        return super()._insert(connection, rows, answers)


class OnASlowDisk(ReceiverInbox):
    """An inbox whose commits wait until the disk is there."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.disk = threading.Event()
        self.committing = threading.Event()

    def commit_rows(self):
        self.committing.set()
        assert self.disk.wait(20)
        super().commit_rows()


class Stumbling(ReceiverInbox):
    """An inbox with a bug."""

    def _insert(self, *_):
        raise ZeroDivisionError


@pytest.fixture
async def opened(path):
    """Open a kind of inbox in a thread of its own, with a group commit on it."""
    async with WriterThread.start() as thread:
        inboxes = []

        async def open_(kind):
            inboxes.append(await thread.do(kind.open, path))
            return inboxes[0], GroupCommit(inboxes[0], thread)

        yield open_
        for inbox in inboxes:
            await thread.do(inbox.close)


def kept(path):
    with Inbox.open(path) as inbox:
        return [inbox.delivery(row.id).body for row in inbox.rows()]


async def test_what_is_kept_is_on_disk_for_everybody(path):
    async with GroupCommit.open(path) as commit:
        await commit.keep(row(b"1"))

        assert kept(path) == [b"1"]


async def test_what_waits_shares_the_next_transaction(opened, path):
    inbox, commit = await opened(Counting)

    await asyncio.gather(*(commit.keep(row(b"%d" % number)) for number in range(100)))

    assert inbox.sizes == (100,)
    assert kept(path) == [b"%d" % number for number in range(100)]


async def test_a_transaction_holds_only_so_many_deliveries_and_bytes(opened):
    inbox, commit = await opened(Counting)

    await asyncio.gather(*(commit.keep(row()) for _ in range(600)))
    many = inbox.sizes
    await asyncio.gather(*(commit.keep(row(bytes(3 * 2**20))) for _ in range(6)))
    large = inbox.sizes[len(many) :]

    assert many == (256, 256, 88)
    assert large == (2, 2, 2)


async def test_a_batch_that_fails_fails_its_own_deliveries_only(opened, path, until):
    inbox, commit = await opened(Counting)
    moved = path.with_name("moved")

    first = asyncio.ensure_future(commit.keep(row(b"first")))
    await until(lambda: inbox.sizes)
    await first
    path.rename(moved)
    failed = await asyncio.gather(*(commit.keep(row()) for _ in range(10)), return_exceptions=True)
    moved.rename(path)
    await commit.keep(row(b"last"))

    assert [type(error) for error in failed] == [InboxError] * 10
    assert kept(path) == [b"first", b"last"]


async def test_a_disk_that_waits_does_not_hold_up_the_event_loop(opened, path, until):
    inbox, commit = await opened(OnASlowDisk)

    waiting = [asyncio.ensure_future(commit.keep(row(b"%d" % number))) for number in range(3)]
    await until(inbox.committing.is_set)
    # The loop has come here, so it goes on: these wait for the next transaction.
    waiting += [asyncio.ensure_future(commit.keep(row(b"%d" % number))) for number in range(3, 6)]
    await asyncio.sleep(0)
    undecided = [each.done() for each in waiting]
    inbox.disk.set()

    assert undecided == [False] * 6
    assert await asyncio.gather(*waiting) == [1, 2, 3, 4, 5, 6]
    assert kept(path) == [b"%d" % number for number in range(6)]


async def test_a_program_that_locks_the_file_does_not_hold_up_the_event_loop(opened, path, until):
    inbox, commit = await opened(Counting)

    with closing(sqlite3.connect(file_of(path, "deliveries"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.ensure_future(commit.keep(row()))
        # The second attempt is the thread's, which waits for the lock.
        await until(lambda: inbox.sizes == (1, 1))
        assert not waiting.done()
        other.execute("ROLLBACK")

    assert await waiting == 1
    assert await commit.keep(row()) == 2


async def test_a_work_whose_caller_goes_away_keeps_its_turn_until_it_is_done(opened, until):
    """The connection has one transaction at a time, whichever thread uses it."""
    _, commit = await opened(ReceiverInbox)
    begun, over = threading.Event(), threading.Event()

    def work(inbox):
        with inbox.writing() as connection:
            connection.execute("UPDATE totals SET count = count")
            begun.set()
            assert over.wait(20)

    caller = asyncio.ensure_future(commit.between(work))
    await until(begun.is_set)
    caller.cancel()
    waiting = asyncio.ensure_future(commit.keep(row()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    undecided = (caller.done(), waiting.done())
    over.set()

    assert undecided == (False, False)
    assert await waiting == 1
    assert caller.cancelled()


async def test_before_a_commit_nothing_is_written(opened, path):
    inbox, _ = await opened(ReceiverInbox)
    log = path / "deliveries.db-wal"
    rows = [row(os.urandom(2**18)) for _ in range(32)]
    before = log.stat().st_size

    ids = inbox.begin_rows(rows)
    begun = log.stat().st_size
    inbox.commit_rows()

    assert list(ids) == list(range(1, 33))
    assert begun == before
    assert log.stat().st_size > 2**23
    assert kept(path) == [zlib.decompress(each.body[1]) for each in rows]


async def test_a_bug_fails_its_own_deliveries_and_not_the_writer(opened):
    _, commit = await opened(Stumbling)

    for _ in range(2):
        with pytest.raises(InboxError, match="ZeroDivisionError") as caught:
            await commit.keep(row())

        assert isinstance(caught.value.__cause__, ZeroDivisionError)


async def test_a_caller_that_goes_away_takes_nothing_back(path):
    async with GroupCommit.open(path) as commit:
        callers = [asyncio.ensure_future(commit.keep(row(b"%d" % number))) for number in range(3)]
        await asyncio.sleep(0)
        callers[1].cancel()
        outcomes = await asyncio.gather(*callers, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [int, asyncio.CancelledError, int]
    assert kept(path) == [b"0", b"1", b"2"]


async def test_what_still_waits_at_the_end_is_written(path):
    async with GroupCommit.open(path) as commit:
        callers = [asyncio.ensure_future(commit.keep(row(b"%d" % number))) for number in range(700)]
        await asyncio.sleep(0)

    await asyncio.gather(*callers)
    assert len(kept(path)) == 700


async def test_an_inbox_that_cannot_be_opened_is_told_at_once(tmp_path):
    (tmp_path / "app.py").touch()

    with pytest.raises(InboxError):
        async with GroupCommit.open(tmp_path):
            pass


BODY = b'{"note":"%s"}' % (b"fragile " * 400)


def arrivals(count):
    delivery = Delivery(received_at=datetime.now(UTC), body=BODY)
    return [Arrival(delivery=delivery, signature=Signature.UNCHECKED)] * count


def left(path):
    with Inbox.open(path) as inbox:
        return tuple(inbox.query("SELECT count(*), min(id), max(id) FROM deliveries")[0])


@pytest.fixture
def large(path):
    """An inbox of 5,000 deliveries."""
    with Inbox.open(path) as inbox:
        inbox.add(arrivals(5_000))


async def test_deliveries_are_acknowledged_while_a_large_inbox_is_cut_down(
    path, config, client, large, until
):
    async with ReceiverProcess.start(config(secrets=(), keep=Keep(count=500))) as receiver:
        loop = asyncio.get_running_loop()
        took = []
        while left(path)[1] < 4_501:
            before = loop.time()
            async with client.post(receiver.url, data=BODY) as response:
                assert response.status == 200
            took.append(loop.time() - before)
        # The deliveries that arrived meanwhile are beyond the bound too.
        await until(lambda: left(path)[0] <= 500)

    assert len(took) > 20
    assert sorted(took)[len(took) // 2] < 0.5
    assert left(path) == (500, 4_501 + len(took), 5_000 + len(took))


async def test_one_acknowledgement_waits_for_one_step_and_not_for_all(path, config, large):
    async with GroupCommit.open(path) as commit, keeping_within_bounds(commit, config(keep=Keep(count=1))):
        for _ in range(3):
            await commit.keep(row(BODY))

        assert left(path)[0] > 4_000


class Measuring(ReceiverInbox):
    """An inbox that notes the most deliveries that it held after a transaction."""

    most = 0

    def _insert(self, connection, rows, answers):
        ids = super()._insert(connection, rows, answers)
        (held,) = self.query("SELECT sum(count) AS count FROM totals")
        self.most = max(self.most, held["count"])
        return ids


@pytest.mark.parametrize("keep", [Keep(count=200), Keep(size=200_000)])
async def test_the_bounds_hold_during_a_flood(opened, config, keep):
    inbox, commit = await opened(Measuring)
    # A kilobyte on disk each.
    deliveries = [row(os.urandom(600)) for _ in range(250)]

    async with keeping_within_bounds(commit, config(keep=keep)):
        for _ in range(16):
            await asyncio.gather(*map(commit.keep, deliveries))

    # The transaction before the last step, and the one that was waiting behind that.
    assert inbox.most <= 200 + 2 * 250


async def test_an_unbounded_inbox_is_left_alone(path, config, large):
    async with (
        GroupCommit.open(path) as commit,
        keeping_within_bounds(commit, config(keep=Keep(days=0, count=0, size=0))),
    ):
        await asyncio.sleep(0.1)
        await commit.keep(row(BODY))

    assert left(path)[0] == 5_001


async def test_a_receiver_lets_no_command_have_the_inbox_for_itself_until_it_ends(path):
    async with GroupCommit.open(path):
        with pytest.raises(InboxError), alone(path):
            pass

    with alone(path):
        pass


async def test_a_command_that_has_the_inbox_keeps_a_receiver_from_starting_and_not_from_saying_so(
    path, monkeypatch
):
    monkeypatch.setattr("devhook.inbox.locks.PATIENCE", 0.1)
    with Inbox.open(path), alone(path), pytest.raises(InboxError, match="importing"):
        async with GroupCommit.open(path):
            pass

    with receiving(path):
        pass
