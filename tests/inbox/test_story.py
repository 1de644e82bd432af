"""The readings of all deliveries of one order, with every verdict."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from devhook.analysis.causes import causes
from devhook.inbox.database import Inbox
from devhook.inbox.readings import Reader
from devhook.inbox.timeline import companions
from devhook.webhook.delivery import Arrival, Delivery

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)
ORDER = 5_000_000_000_001


def item(number, sku, fulfillable, **more):
    return {"id": number, "sku": sku, "quantity": 2, "fulfillable_quantity": fulfillable} | more


def parcel(tracking=None, **more):
    return {"id": 41, "order_id": ORDER, "name": "#2001.1", "tracking_number": tracking, "receipt": {}} | more


def refund(*lines, number=51, **more):
    return {"id": number, "order_id": ORDER, "refund_line_items": list(lines)} | more


def moved(before, after):
    gid = "gid://shopify/FulfillmentOrder"
    return {
        "original_fulfillment_order": {"id": f"{gid}/{before}", "status": "closed"},
        "moved_fulfillment_order": {"id": f"{gid}/{after}", "status": "open"},
        "destination_location_id": f"gid://shopify/Location/{after}",
        "source_location": {"id": f"gid://shopify/Location/{before}"},
    }


STATES = {}
STATES["new"] = {
    "id": ORDER,
    "name": "#2001",
    "updated_at": "2026-07-04T12:00:00Z",
    "financial_status": "authorized",
    "note": None,
    "tags": "",
    "line_items": [item(1, "TEE", 2), item(2, "MUG", 2)],
    "fulfillments": [],
    "refunds": [],
}
STATES["paid"] = STATES["new"] | {"financial_status": "paid", "updated_at": "2026-07-04T12:00:10Z"}
STATES["moved"] = STATES["paid"] | {"updated_at": "2026-07-04T12:00:20Z"}
STATES["noted"] = STATES["moved"] | {"note": "ring", "updated_at": "2026-07-04T12:00:30Z"}
STATES["tagged"] = STATES["noted"] | {"tags": "vip", "updated_at": "2026-07-04T12:00:40Z"}
STATES["sent"] = STATES["tagged"] | {
    "updated_at": "2026-07-04T12:00:50Z",
    "fulfillments": [parcel(origin_address={})],
    "line_items": [item(1, "TEE", 0), item(2, "MUG", 2)],
}
STATES["tracked"] = STATES["sent"] | {"fulfillments": [parcel("1Z", origin_address={})]}
PART_ONE = {"id": 61, "line_item_id": 1, "quantity": 1}
PART_TWO = {"id": 62, "line_item_id": 2, "quantity": 2}
STATES["refunded"] = STATES["tracked"] | {"refunds": [refund(PART_ONE)], "financial_status": "partly"}

# When it happened (seconds), the topic, the body, the Webhook-Id and Event-Id, what was answered; and what is
# to be read: the verdict, what it is compared with or repeats, the fields that changed.
STORY = [
    (0, "orders/create", STATES["new"], "a", "create", 200, "first", None, []),
    (0, "orders/updated", STATES["new"], "b", "create", 200, "unchanged", 1, []),
    # A burst: the payment's messages come in no certain order, and one of them is answered 500.
    (10, "orders/updated", STATES["paid"], "c", "pay", 500, "changed", 2, ["financial_status"]),
    (10, "orders/paid", STATES["paid"], "d", "pay", 200, "unchanged", 3, []),
    (10, "order_transactions/create", {"id": 71, "order_id": ORDER}, "e", "pay", 200, "first", None, []),
    (10, "orders/updated", STATES["paid"], "c", "pay", 200, "duplicate", 3, []),
    # The location is moved: the order's body does not tell it, and the companion comes after.
    (20, "orders/updated", STATES["moved"], "f", "move", 200, "unchanged", 4, []),
    (20.2, "fulfillment_orders/moved", moved(31, 32), "g", "move", 200, "first", None, []),
    # The tag comes before the note, which happened earlier: the tag's own change is one field, not two.
    (40, "orders/updated", STATES["tagged"], "h", "tag", 200, "changed", 10, ["tags[vip]"]),
    (30, "orders/updated", STATES["noted"], "i", "note", 200, "late", 7, ["note"]),
    # The same again, under ids of its own.
    (45, "orders/updated", STATES["tagged"], "j", "tag again", 200, "unchanged", 9, []),
    # A parcel: told by itself, then by the order.
    (50, "fulfillments/create", parcel(email="a@b.example"), "k", "send", 200, "first", None, []),
    (50, "orders/updated", STATES["sent"], "l", "send", 200, "changed", 11,
     ["line_items[TEE].fulfillable_quantity", "fulfillments[#2001.1]"]),
    (60, "orders/updated", STATES["tracked"], "m", "track", 200, "changed", 13,
     ["fulfillments[#2001.1].tracking_number"]),
    # What the order told ten seconds before is no news from the parcel itself.
    (70, "fulfillments/update", parcel("1Z", email="a@b.example"), "n", "later", 200, "unchanged", 14, []),
    (80, "fulfillments/update", parcel("1Z", email="c@b.example"), "o", "new", 200, "changed", 15, ["email"]),
    # A refund in two parts: two refunds, each the first of its kind.
    (90, "refunds/create", refund(PART_ONE), "p", "back", 200, "first", None, []),
    (90, "orders/updated", STATES["refunded"], "q", "back", 200, "changed", 14,
     ["financial_status", "refunds[51]"]),
    (100, "refunds/create", refund(PART_TWO, number=52), "r", "back 2", 200, "first", None, []),
    # Another subscription brings the first refund once more, when the second has come.
    (90, "refunds/create", refund(PART_ONE), "s", "back", 200, "late", 17, []),
]  # fmt: skip


def arrival(number, second, topic, body, webhook_id, event_id, status):
    headers = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": "lavender.myshopify.com",
        "X-Shopify-Webhook-Id": webhook_id,
        "X-Shopify-Event-Id": event_id,
        "X-Shopify-Triggered-At": (NOON + timedelta(seconds=second)).isoformat(timespec="milliseconds"),
    }
    delivery = Delivery(
        received_at=NOON + timedelta(seconds=2 * number),
        headers=tuple(headers.items()),
        body=json.dumps(body).encode(),
    )
    return Arrival(delivery=delivery, signature="valid", status=status)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    with Inbox.open(tmp_path_factory.mktemp("story") / "inbox") as inbox:
        reader = Reader(inbox)
        for number, line in enumerate(STORY, start=1):
            inbox.add([arrival(number, *line[:6])])
            reader.read_new()
        yield inbox


@pytest.mark.parametrize("number", range(1, len(STORY) + 1))
def test_every_delivery_of_the_story_has_the_expected_reading(told, number):
    *_, verdict, other, changed = STORY[number - 1]

    reading = told.reading(number)

    assert (reading.verdict, [change.path for change in reading.changes]) == (verdict, changed)
    assert (reading.original if verdict == "duplicate" else reading.compared_with) == other


def test_a_retry_has_its_attempt_its_delay_and_the_first_answer(told):
    retry = told.reading(6)

    assert (retry.attempt, retry.waited, retry.first_answer) == (2, 6_000_000, 500)
    assert retry.hint == "A retry: delivery 3 was answered 500. Attempt 2, 6 s later."


def test_several_deliveries_of_one_action_are_grouped_and_are_no_duplicates(told):
    row = told.row(4)

    assert [(each.id, each.topic) for each in companions(told, row) if each.same_action] == [
        (3, "orders/updated"),
        (5, "order_transactions/create"),
    ]
    assert row.hint == "The same action as delivery 3 (orders/updated): an action triggers several topics."


def test_a_late_delivery_names_the_newer_one_that_the_app_had(told):
    assert told.reading(10).newer == 9
    assert told.reading(10).hint.startswith("Delivery 9 (orders/updated) is newer and arrived first")
    assert told.reading(20).newer == 19


def test_a_redundant_delivery_is_not_marked_as_a_duplicate(told):
    assert [number for number in range(1, len(STORY) + 1) if told.reading(number).redundant] == [11]
    assert told.row(11).hint == "Redundant: delivery 9 had the same content under other ids."


def test_a_moved_location_is_the_proven_cause_of_an_unchanged_delivery(told):
    likely = causes("orders/updated", told.reading(7), companions(told, told.row(7)), fields=90)

    assert [[each.words() for each in cause.shown_by] for cause in likely] == [
        ["fulfillment_orders/moved 200 ms later says: moved from location 31 to location 32"]
    ]


def test_readings_made_all_at_once_are_the_same(told, tmp_path):
    with Inbox.open(tmp_path / "inbox") as inbox:
        inbox.add([arrival(number, *line[:6]) for number, line in enumerate(STORY, start=1)])
        Reader(inbox).read_new()

        assert inbox.rows() == told.rows()
        assert [inbox.reading(row.id) for row in inbox.rows()] == [
            told.reading(row.id) for row in told.rows()
        ]
