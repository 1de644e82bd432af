import subprocess
import sys

import pytest

from devhook.analysis.verdict import Verdict
from devhook.inbox import readings
from devhook.inbox.database import Inbox
from devhook.inbox.readings import Reader, read_everything
from devhook.webhook.delivery import Signature


@pytest.fixture
def read(inbox):
    """Add arrivals and return their rows, read."""
    reader = Reader(inbox)

    def read(*arrivals):
        inbox.add(arrivals)
        return reader.read_new()

    return read


def test_versions_of_an_order_are_compared_with_the_ones_before_them(inbox, read, arrival, order):
    rows = read(
        arrival("orders/create", order()),
        arrival("orders/updated", order(note="ring twice"), seconds=1),
        arrival("orders/updated", order(note="ring twice"), seconds=2),
    )

    assert [row.verdict for row in rows] == [Verdict.FIRST, Verdict.CHANGED, Verdict.UNCHANGED]
    assert [row.compared_with for row in rows] == [None, 1, 2]
    assert [row.change_count for row in rows] == [0, 1, 0]
    assert {(row.subject.kind, row.subject.name) for row in rows} == {("order", "#2001")}
    (change,) = inbox.reading(2).changes
    assert (change.path, change.before, change.after) == ("note", None, "ring twice")


def test_a_late_version_is_marked_late_and_takes_its_place_among_the_others(read, arrival, order):
    one, two, three = (f"2026-07-04T12:00:0{second}.000000001Z" for second in (1, 2, 3))

    rows = read(
        arrival(document=order(note="one"), triggered_at=one),
        arrival(document=order(note="three"), triggered_at=three),
        arrival(document=order(note="two"), triggered_at=two),
        arrival(document=order(note="four"), triggered_at="2026-07-04T12:00:04Z"),
    )

    assert [row.verdict for row in rows] == [Verdict.FIRST, Verdict.CHANGED, Verdict.LATE, Verdict.CHANGED]
    assert [row.compared_with for row in rows] == [None, 3, 1, 2]
    assert rows[1].version - rows[2].version == 10**9


def test_a_second_delivery_with_the_same_webhook_id_is_a_duplicate_of_the_first(read, arrival, order):
    rows = read(
        arrival(document=order(), webhook_id="w-1"),
        arrival(document=order(), webhook_id="w-1"),
        arrival(document=order(), webhook_id="w-1"),
        arrival(document=order(), webhook_id="w-1", shop="other.myshopify.com"),
        arrival(document=order(note="x"), webhook_id="w-2"),
    )

    assert [row.verdict for row in rows[:4]] == [*[Verdict.FIRST], *[Verdict.DUPLICATE] * 2, Verdict.FIRST]
    assert [row.original for row in rows[:4]] == [None, 1, 1, None]
    assert rows[4].compared_with == 1


@pytest.mark.parametrize("signature", [Signature.INVALID, Signature.MISSING])
def test_an_untrusted_delivery_is_compared_and_no_later_one_is_compared_with_it(
    inbox, read, arrival, order, signature
):
    rows = read(
        arrival(document=order(), webhook_id="w-1"),
        arrival(document=order(note="paid, really"), webhook_id="w-2", signature=signature, seconds=900),
        arrival("refunds/create", {"id": 9, "order_id": order()["id"]}),
        arrival("orders/create", order(2, name="#666"), signature=signature),
        arrival("refunds/create", {"id": 8, "order_id": order(2)["id"]}),
        arrival(document=order(), webhook_id="w-2", seconds=1),
    )

    forged, _, _, nameless, genuine = rows[1:]
    assert (forged.verdict, forged.compared_with) == (Verdict.CHANGED, 1)
    assert [change.after for change in inbox.reading(2).changes] == ["paid, really"]
    assert (genuine.verdict, genuine.compared_with, genuine.original) == (Verdict.UNCHANGED, 1, None)
    assert nameless.subject.name is None


def test_a_large_delivery_that_is_not_trusted_is_not_compared_since_anybody_can_send_one(
    read, arrival, order
):
    large = {str(number): number for number in range(20_000)}

    rows = read(
        arrival(document=order()),
        arrival(document=order() | large, signature=Signature.INVALID),
        arrival(document=order() | large),
    )

    assert [(row.compared_with, row.change_count) for row in rows[1:]] == [(None, 0), (1, 20_000)]


def test_a_very_large_unchecked_delivery_is_not_compared_either(read, arrival, order):
    large = {"note": "x" * 2**20}
    unchecked = Signature.UNCHECKED

    rows = read(
        arrival(document=order(), signature=unchecked),
        arrival(document=order(note="y"), signature=unchecked),
        arrival(document=order() | large, signature=unchecked),
    )

    assert [row.compared_with for row in rows] == [None, 1, None]


def test_documents_of_one_order_are_not_compared_with_each_other(read, arrival, order):
    rows = read(
        arrival("orders/create", order()),
        arrival("refunds/create", {"id": 9, "order_id": order()["id"], "note": "a"}),
        arrival("refunds/create", {"id": 10, "order_id": order()["id"], "note": "b"}),
    )

    assert [row.verdict for row in rows] == [Verdict.FIRST] * 3


def test_a_refund_has_the_name_of_its_order_even_when_the_order_arrives_later(read, arrival, order):
    rows = read(
        arrival("refunds/create", {"id": 8, "order_id": order()["id"]}),
        arrival("orders/create", order()),
        arrival("refunds/create", {"id": 9, "order_id": order()["id"]}),
    )

    assert [row.subject.name for row in rows] == ["#2001", "#2001", "#2001"]


def test_the_same_order_number_in_another_shop_is_another_order(read, arrival, order):
    rows = read(arrival(document=order()), arrival(document=order(), shop="other.myshopify.com"))

    assert [row.verdict for row in rows] == [Verdict.FIRST, Verdict.FIRST]


def test_a_delivery_without_a_shop_is_compared_too(read, arrival, order):
    rows = read(arrival(document=order(), shop=None), arrival(document=order(note="x"), shop=None))

    assert [row.compared_with for row in rows] == [None, 1]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"id":' * 5_000 + b"1" + b"}" * 5_000,
        b"9" * 5_000,
        b"1e999999999999999999999",
        b'"' + b"\\u0000" * 9,
        b"\x1f\x8b\x08\x00gzip",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    ],
)
def test_an_unreadable_payload_is_reported_and_the_next_one_is_read(read, arrival, order, body):
    unreadable, readable = read(arrival(body=body), arrival(document=order()))

    assert unreadable.unreadable
    assert (unreadable.subject, unreadable.verdict) == (None, Verdict.FIRST)
    assert not readable.unreadable


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"7",
        b"[]",
        b'{"id":"\\ud800","name":"\\udfff","updated_at":"\\ud800"}',
        b'{"id":{},"name":[],"updated_at":{}}',
        b'{"id":true}',
        b'{"id":1e400,"name":"' + b"n" * 100_000 + b'"}',
        b'{"id":-9999999999999999999999999,"updated_at":"9999-12-31T23:59:59Z"}',
        b'{"id":1,"updated_at":"0001-01-01T00:00:00+23:59"}',
    ],
)
def test_a_hostile_payload_stops_nothing(read, arrival, body):
    again = body.replace(b"}", b',"x":"\\udc00"}')

    rows = read(
        arrival(body=body), arrival(body=again), arrival("\ud800", body=again, triggered_at="9999-99")
    )

    assert [row.id for row in rows] == [1, 2, 3]


def test_a_bug_in_the_reading_of_one_delivery_stops_no_other(read, arrival, order, monkeypatch):
    conclude = readings.conclude

    def stumble(**known):
        if known["topic"] == "orders/paid":
            raise ZeroDivisionError
        return conclude(**known)

    monkeypatch.setattr(readings, "conclude", stumble)

    rows = read(arrival("orders/paid", order()), arrival("orders/updated", order()))

    assert [bool(row.unreadable) for row in rows] == [True, False]
    assert "ZeroDivisionError" in rows[0].unreadable


def test_an_unreadable_retry_is_a_duplicate_all_the_same(read, arrival):
    _, retry = read(arrival(body=b"{", webhook_id="w"), arrival(body=b"{", webhook_id="w"))

    assert (retry.verdict, retry.original) == (Verdict.DUPLICATE, 1)
    assert retry.unreadable


def test_each_reader_gets_every_row_whichever_made_the_reading(inbox, path, arrival, order):
    inbox.add([arrival(document=order()), arrival(document=order(note="x"))])
    one, other = Reader(inbox), Reader(inbox, after=1)

    first = one.read_new()

    assert [row.id for row in first] == [1, 2]
    assert [row.id for row in other.read_new()] == [2]
    assert one.read_new() == other.read_new() == []


def test_rows_are_returned_in_portions_of_the_limit(inbox, arrival):
    inbox.add([arrival()] * 5)
    reader = Reader(inbox)

    assert [[row.id for row in reader.read_new(2)] for _ in range(4)] == [[1, 2], [3, 4], [5], []]


def test_a_reader_that_wants_only_new_rows_makes_the_missing_readings_too(inbox, arrival, order):
    inbox.add([arrival(document=order())])
    reader = Reader(inbox, after=inbox.newest())

    assert reader.read_new() == []
    inbox.add([arrival(document=order(note="x"))])

    (row,) = reader.read_new()
    assert (row.verdict, row.compared_with) == (Verdict.CHANGED, 1)


def test_all_missing_readings_are_made_at_once(inbox, arrival):
    inbox.add([arrival() for _ in range(201)])

    read_everything(inbox)

    assert inbox.reading(201) is not None
    assert Reader(inbox).behind() == 0


def test_a_reading_is_the_same_when_it_is_loaded_again(inbox, path, read, arrival, order):
    read(arrival(document=order()), arrival(document=order(note="\ud800", weight=2.50)))

    with Inbox.open(path) as other:
        reading = other.reading(2)

    assert reading == inbox.reading(2)
    assert [change.path for change in reading.changes] == ["note", "weight"]
    assert str(reading.changes[1].after) == "2.5"
    assert inbox.reading(3) is None


def test_two_processes_may_read_the_same_deliveries_at_once(inbox, path, arrival, order):
    inbox.add(
        [arrival(document=order(number % 7, note=f"{number}"), seconds=number) for number in range(300)]
    )
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from devhook.inbox.readings import Reader\nfrom devhook.inbox.database import Inbox\n"
        "with Inbox.open(Path(sys.argv[1])) as inbox:\n"
        "    reader = Reader(inbox)\n    sys.stdin.readline()\n    count = 0\n"
        "    while rows := reader.read_new(10):\n        count += len(rows)\n    print(count)\n"
    )
    others = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]

    counts = [other.stdin.write(b"\n") or other for other in others] and [
        int(other.communicate()[0]) for other in others
    ]

    assert counts == [300, 300]
    rows = Reader(inbox).read_new(300)
    assert [row.verdict for row in rows].count(Verdict.FIRST) == 7
    assert rows[-1].compared_with == 293


def test_a_copy_of_a_delivery_that_was_answered_200_is_no_retry_of_an_earlier_failure(read, arrival, order):
    attempts = [arrival(document=order(), webhook_id="w") for _ in range(3)]
    failed = attempts[0].model_copy(update={"status": 500})

    _, retry, copy = read(failed, *attempts[1:])

    assert (retry.original, copy.original) == (1, 1)
    assert "500" in retry.hint
    assert "500" not in copy.hint


def test_a_delivery_that_explains_an_unchanged_one_updates_its_summary(inbox, arrival, order):
    reader = Reader(inbox)
    inbox.add(
        [arrival("orders/create", order()), arrival("orders/updated", order(), seconds=1, event_id="E")]
    )
    assert [row.summary for row in reader.read_new()] == ["order", "nothing visible"]

    moved = {
        "original_fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/31"},
        "destination_location_id": "gid://shopify/Location/6",
        "source_location": {"id": "gid://shopify/Location/5"},
    }
    inbox.add([arrival("fulfillment_orders/moved", moved, seconds=2, event_id="E")])
    reader.read_new()

    assert [(row.id, row.summary) for row in reader.revised()] == [
        (2, "nothing visible: moved to location 6")
    ]


def test_a_location_goes_by_the_name_that_another_delivery_of_its_shop_told(inbox, arrival, order):
    gid = "gid://shopify/Location/68153092946"
    moved = {
        "original_fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/31"},
        "destination_location_id": gid,
        "source_location": {"id": "gid://shopify/Location/5"},
    }
    named = {"id": 68153092946, "name": "Oslo"}
    inbox.add(
        [
            arrival("locations/create", named, signature=Signature.INVALID),
            arrival("fulfillment_orders/moved", moved, seconds=1),
            arrival("locations/create", named, seconds=2),
            arrival("orders/create", order(), seconds=3),
            arrival("orders/updated", order(), seconds=4, event_id="E"),
            arrival("fulfillment_orders/moved", moved | {"note": "x"}, seconds=5, event_id="E"),
        ]
    )
    read_everything(inbox)

    rows = {row.id: row for row in inbox.rows()}
    assert rows[2].says == "moved from location 5 to location 68153092946"
    assert rows[6].says == "moved from location 5 to location Oslo"
    assert rows[5].summary == rows[5].discreet == "nothing visible: location moved to Oslo"
