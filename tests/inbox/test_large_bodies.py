"""Signed bodies of up to 5 MB that differ everywhere: what is read, kept and written of them is bounded.

`lines` fills 5 MB with changes; the others have `MANY` changes, which exceed each bound several times.
"""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from devhook.analysis.comparison import Comparison
from devhook.cli.console import as_line
from devhook.cli.events import as_lines, delivery_object
from devhook.errors import InboxError
from devhook.inbox.database import Inbox
from devhook.inbox.feed import Feed
from devhook.inbox.readings import Reader
from devhook.webhook.delivery import Arrival, Delivery, Signature

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)
DIGITS = b"1" * 4_000_000
MANY = 50_000


def order(document):
    return json.dumps({"id": 1, **document}, separators=(",", ":")).encode()


def xml(content):
    return b"<order><id type='integer'>1</id>%s</order>" % content


def fields(version):
    return order({f"f{n}": n * 10 + version for n in range(MANY)})


def lines(version):
    names = ("price", "quantity", "grams", "total", "tax", "weight")
    return order({"line_items": [{"id": n, **dict.fromkeys(names, version)} for n in range(50_000)]})


def items(version):
    return order({"x": [version] * MANY})


def tags(version):
    return order({"tags": ", ".join(f"t{n}x{version}" for n in range(400_000))})


def long_key(version):
    return order({"k" * 4_000_000: version})


def long_number(version):
    return b'{"id":1,"x":0.%s%d}' % (DIGITS, version)


def long_integer(version):
    """Python converts at most 4,300 digits."""
    return b'{"id":1,"x":%s%d}' % (DIGITS, version)


def nested(version):
    return b'{"id":1,"x":%s%d%s}' % (b"[" * 10_000, version, b"]" * 10_000)


def xml_lines(version):
    made = b"".join(b"<l><id type='integer'>%d</id><p>%d</p></l>" % (n, version) for n in range(MANY))
    return xml(b"<line-items type='array'>%s</line-items>" % made)


def xml_fields(version):
    return xml(b"".join(b"<f%d>%d</f%d>" % (n, version, n) for n in range(MANY)))


def xml_nested(version):
    return xml(b"%s%d%s" % (b"<a>" * 10_000, version, b"</a>" * 10_000))


def xml_long_integer(version):
    return xml(b"<x type='integer'>%s%d</x>" % (DIGITS, version))


def xml_long_name(version):
    name = b"k" * 2_000_000
    return xml(b"<%s>%d</%s>" % (name, version, name))


# How many changes two versions have; None: devhook says why the body cannot be read.
CHANGES = {
    fields: MANY,
    lines: 300_000,
    items: MANY,
    tags: 1,
    long_key: 1,
    long_number: 1,
    long_integer: None,
    nested: None,
    xml_lines: MANY,
    xml_fields: MANY,
    xml_nested: None,
    xml_long_integer: 1,
    xml_long_name: 1,
}


def arrival(version, body):
    moment = NOON + timedelta(seconds=version)
    headers = (
        ("Content-Type", "application/xml" if body.startswith(b"<") else "application/json"),
        ("X-Shopify-Topic", "orders/updated"),
        ("X-Shopify-Shop-Domain", "acme.myshopify.com"),
        ("X-Shopify-Webhook-Id", f"w-{version}"),
        ("X-Shopify-Triggered-At", moment.isoformat()),
    )
    delivery = Delivery(received_at=moment, headers=headers, body=body)
    return Arrival(delivery=delivery, signature=Signature.VALID)


@pytest.mark.thorough
@pytest.mark.parametrize("bodies", CHANGES, ids=lambda bodies: bodies.__name__)
def test_the_stored_and_printed_changes_of_two_large_bodies_are_bounded(inbox, bodies):
    inbox.add([arrival(version, bodies(version)) for version in (1, 2)])

    (_, row) = Reader(inbox).read_new()
    reading = inbox.reading(row.id)
    ((kept,),) = inbox.query("SELECT ifnull(sum(length(significant)), 0) FROM readings.changes")

    if CHANGES[bodies] is None:
        assert (row.verdict, bool(row.unreadable)) == ("first", True)
    else:
        assert (row.verdict, row.change_count, row.unreadable) == ("changed", CHANGES[bodies], "")
    assert len(reading.changes) <= 2_000
    assert sum(each.number for each in reading.unlisted) == row.change_count - len(reading.changes)
    assert kept < 1_000_000
    assert len(as_line(delivery_object(row, reading))) < 1_000_000
    assert len(as_lines(row, reading)) < 10_000
    assert len("".join(row.changed)) < 20_000


def test_a_large_body_is_compared_whole_with_an_equal_one(inbox):
    inbox.add([arrival(version, fields(1)) for version in (1, 2)])

    assert [row.verdict for row in Reader(inbox).read_new()] == ["first", "unchanged"]


def read_on(feed, count):
    """Read until so many rows are new, as a screen does: the thread has the processor in between."""
    rows = []
    while len(rows) < count:
        rows += feed.read().new
        for thread in threading.enumerate():
            if thread.name.startswith("reading "):
                thread.join()
    return rows


def test_a_screen_reads_large_bodies_in_another_thread_and_in_their_order(inbox, monkeypatch):
    threads = []

    def compared(before, after):
        threads.append(threading.current_thread())
        return Comparison(changes=(), noise=())

    monkeypatch.setattr(Comparison, "of", compared)
    bodies = (lines(1), lines(2), b'{"id":1,"note":"a"}', b'{"id":1,"note":"b"}')
    inbox.add([arrival(version, body) for version, body in enumerate(bodies, 1)])
    feed = Feed(inbox, after=0, aside=True)

    assert feed.read().new == []
    assert feed.behind
    assert [row.id for row in read_on(feed, 4)] == [1, 2, 3, 4]
    assert not feed.behind
    assert [thread is threading.main_thread() for thread in threads] == [False, True, True]
    feed.close()


def test_a_delivery_that_another_thread_fails_to_read_is_read_in_this_one(inbox, monkeypatch):
    def fails(self):
        raise InboxError("The inbox cannot be opened.", "")

    monkeypatch.setattr(Inbox, "beside", fails)
    inbox.add([arrival(1, lines(1))])

    (row,) = read_on(Feed(inbox, after=0, aside=True), 1)

    assert (row.id, row.verdict) == (1, "first")
