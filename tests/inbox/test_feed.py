import json
import math
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from devhook.errors import InboxError
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Answered
from devhook.inbox.feed import Feed
from devhook.inbox.journal import Send, add_sends
from devhook.inbox.retention import remove_oldest
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Arrival, Delivery, Origin, Signature

START = datetime(2026, 7, 4, tzinfo=UTC)


@pytest.fixture
def deliver(inbox):
    """Add a delivery of an order, `minute` minutes after its first one; return its id."""

    def come(minute=0, **order):
        moment = START + timedelta(minutes=minute)
        body = json.dumps({"id": 1001, "updated_at": moment.isoformat(), **order}).encode()
        headers = (
            ("X-Shopify-Topic", "orders/updated"),
            ("X-Shopify-Webhook-Id", f"w-{minute}"),
            ("X-Shopify-Triggered-At", moment.isoformat()),
        )
        delivery = Delivery(received_at=START, headers=headers, body=body)
        return inbox.add([Arrival(delivery=delivery, signature=Signature.VALID, status=200)])[0]

    return come


@pytest.fixture
def answer(inbox):
    def come(delivery_id):
        answered = Answered(
            delivery_id=delivery_id,
            by="http://localhost:3000",
            at=START,
            answer=Answer(status=200, seconds=0.1),
        )
        inbox.add([], [answered])

    return come


def ids(rows):
    return [row.id for row in rows]


def test_each_delivery_is_new_once_and_has_its_reading_then(inbox, deliver):
    feed = Feed(inbox, after=0)
    first = deliver()

    update = feed.read()

    assert (ids(update.new), update.new[0].verdict) == ([first], "first")
    assert not feed.read()


def test_only_what_comes_after_the_given_delivery_is_new(inbox, deliver):
    before = deliver()
    feed = Feed(inbox, after=before)
    later = deliver(1)

    assert ids(feed.read().new) == [later]


def test_every_output_has_a_feed_of_its_own(inbox, deliver):
    feeds = [Feed(inbox, after=0), Feed(inbox, after=0)]
    number = deliver()

    assert [ids(feed.read().new) for feed in feeds] == [[number], [number]]


def test_an_answer_is_reported_once_after_its_delivery(inbox, deliver, answer):
    feed = Feed(inbox, after=0)
    number = deliver()
    answer(number)

    update = feed.read()

    assert (ids(update.new), ids(update.answered)) == ([number], [number])
    answer(number)
    assert ids(feed.read().answered) == [number]
    assert feed.read().answered == []


def test_an_answer_waits_for_its_delivery(inbox, deliver, answer):
    feed = Feed(inbox, after=0, at_once=1)
    first, second = deliver(), deliver(1)
    answer(second)

    assert feed.read() == (inbox.rows(before=second), [], [], [])
    assert feed.behind
    update = feed.read()
    assert (ids(update.new), ids(update.answered)) == ([second], [second])
    assert not feed.behind
    assert first < second


def test_answers_from_before_the_feed_began_are_not_reported(inbox, deliver, answer):
    answer(deliver())

    assert Feed(inbox, after=inbox.newest()).read().answered == []


def test_a_replay_revises_its_delivery_once_for_each_feed(inbox, deliver):
    sent = {"sent_at": START, "origin": Origin.REPLAY, "url": "http://app"}
    first, second = deliver(), deliver(1)
    add_sends(inbox, [Send(delivery_id=first, answer=Answer(status=500, seconds=1), **sent)])
    feed, other = Feed(inbox, after=0), Feed(inbox, after=second)
    feed.read()
    assert other.read().revised == []

    fixed = [Send(delivery_id=number, answer=Answer(status=200, seconds=1), **sent) for number in (2, 1, 1)]
    foreign = sent | {"origin": Origin.FORGED, "delivery_id": second}
    gone = [Send(delivery_id=number, answer=Answer(status=200, seconds=1), **sent) for number in (None, 99)]
    add_sends(inbox, [*fixed, *gone, Send(answer=Answer(status=200, seconds=1), **foreign)])

    for each in (feed, other):
        assert [(row.id, row.replayed) for row in each.read().revised] == [(1, (200, 500)), (2, (200,))]
        assert each.read().revised == []


def test_a_late_version_revises_the_one_that_overtook_it(inbox, deliver):
    feed = Feed(inbox, after=0)
    deliver(0, note=None)
    newer = deliver(2, note="b")
    feed.read()

    late = deliver(1, note="a")
    update = feed.read()

    assert (ids(update.new), ids(update.revised)) == ([late], [newer])


def test_an_answer_to_a_delivery_that_was_removed_meanwhile_is_skipped(inbox, deliver, answer):
    feed = Feed(inbox, after=0)
    number = deliver()
    feed.read()
    answer(number)
    with inbox.writing() as connection:
        connection.execute("DELETE FROM deliveries WHERE id = ?", (number,))

    assert not feed.read()


def test_what_retention_removes_before_an_update_is_reported_as_ranges(inbox, deliver):
    feed = Feed(inbox, after=0)
    deliver(1)
    feed.read()
    for minute in range(2, 8):
        deliver(minute)
    remove_oldest(inbox, before=6)

    update = feed.read()

    assert (ids(update.new), update.removed) == ([6, 7], [(2, 5)])
    assert not feed.behind
    assert feed.read().removed == []


class Failing(Inbox):
    """An inbox whose disk fails once, after so many statements."""

    left = math.inf

    def query(self, statement, *values):
        self.left -= 1
        if self.left == 0:
            raise InboxError("The disk failed.")
        return super().query(statement, *values)


def test_an_update_that_fails_halfway_loses_nothing(path, arrival, order):
    answer = Answer(status=200, seconds=0.1)
    with Failing.open(path) as inbox:
        for left in range(1, 100):
            feed = Feed(inbox, after=inbox.newest())
            ids = inbox.add([arrival(document=order(note=f"{left}"))] * 2)
            by = "http://localhost:3000"
            inbox.add([], [Answered(delivery_id=each, by=by, at=START, answer=answer) for each in ids])
            inbox.left = left
            updates = []
            for _ in range(4):
                with suppress(InboxError):
                    updates.append(feed.read())

            assert [row.id for update in updates for row in update.new] == ids, left
            assert {row.id for update in updates for row in update.answered} == set(ids), left
            assert [update.removed for update in updates if update.removed] == []
            if inbox.left > 0:
                return
    pytest.fail("the update never came to its end")
