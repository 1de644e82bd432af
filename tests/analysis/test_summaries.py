import json

import pytest

from devhook.analysis.summaries import says
from devhook.resources import fixtures

PAYLOADS = fixtures() / "payloads"


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        ("fulfillment_orders/moved", "moved from location 68153027410 to location 68153092946"),
        ("fulfillment_orders/placed_on_hold", "the fulfilment order is on hold"),
        ("fulfillment_orders/cancelled", "the fulfilment order is cancelled"),
        ("returns/close", "the return is closed"),
        ("returns/update", ""),
        ("orders/updated", ""),
        ("refunds/create", ""),
    ],
)
def test_a_body_says_what_no_orders_body_has(topic, words):
    document = json.loads((PAYLOADS / f"{topic}.json").read_text())

    assert says(topic, document) == words


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, "moved to another location"),
        ({"destination_location_id": "gid://shopify/Location/6"}, "moved to location 6"),
        ({"destination_location_id": 6, "source_location": {"id": 5}}, "moved from location 5 to location 6"),
        (
            {
                "original_fulfillment_order": {"assigned_location_id": "gid://shopify/Location/5"},
                "moved_fulfillment_order": {"assigned_location_id": "gid://shopify/Location/6?x=1"},
            },
            "moved from location 5 to location 6",
        ),
        ({"destination_location_id": "x" * 900}, f"moved to location {'x' * 60}"),
    ],
)
def test_a_move_is_told_as_far_as_the_body_does(document, words):
    assert says("fulfillment_orders/moved", document) == words


def test_a_change_of_the_risk_is_one():
    assert says("orders/risk_assessment_changed", {"order_id": 1}) == "the risk assessment changed"


@pytest.mark.parametrize("document", [None, [], "x", 7, {"fulfillment_order": 5}, {"status": {}}])
@pytest.mark.parametrize("topic", [None, "x", "returns/close", "fulfillment_orders/split"])
def test_what_is_no_such_body_says_nothing(topic, document):
    assert says(topic, document) == ""
