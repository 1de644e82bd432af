import json

import pytest

from devhook.analysis.diff import compare
from devhook.analysis.order_parts import in_the_shape_of, is_told_in_orders, part_in
from devhook.resources import fixtures
from devhook.webhook.payload import read_json

PAYLOADS = fixtures() / "payloads"
ORDER = {
    "id": 77,
    "fulfillments": [{"id": 5, "status": "success"}, {"id": 6, "status": "cancelled"}],
    "refunds": [{"id": 8, "transactions": [{"id": 91, "kind": "refund"}]}, {"id": 9, "transactions": []}],
    "returns": [{"id": 12, "status": "open"}],
}


def payload(topic):
    return read_json((PAYLOADS / f"{topic}.json").read_bytes())


def differences(like, told):
    return [
        (change.path, change.before, change.after) for change in compare(in_the_shape_of(like, told), like)
    ]


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("fulfillment 6", {"id": 6, "status": "cancelled"}),
        ("refund 9", {"id": 9, "transactions": []}),
        ("return 12", {"id": 12, "status": "open"}),
        ("transaction 91", {"id": 91, "kind": "refund"}),
        ("fulfillment 8", None),
        ("transaction 8", None),
        ("order", None),
        ("orders/delete", None),
    ],
)
def test_a_part_is_found_in_its_order_by_its_id(part, found):
    assert part_in(ORDER, part) == found


@pytest.mark.parametrize("order", [None, [], {"fulfillments": None}, {"fulfillments": [None, 5, []]}, "x"])
def test_an_order_of_any_make_may_be_looked_through(order):
    assert part_in(order, "fulfillment 5") is None
    assert part_in({"refunds": order}, "transaction 5") is None


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("refund 5", True),
        ("fulfillment 5", True),
        ("transaction 5", True),
        ("order", False),
        ("dispute 5", False),
    ],
)
def test_an_order_tells_of_some_of_its_parts(part, told):
    assert is_told_in_orders(part) is told


def test_what_only_one_shape_has_is_no_difference():
    alone = {"id": 5, "order_id": 77, "status": "success", "email": "a@example.com", "receipt": {}}
    inside = {"id": 5, "order_id": 77, "status": "pending", "admin_graphql_api_id": "gid://shopify/F/5"}

    assert differences(alone, inside) == [("status", "pending", "success")]


@pytest.mark.parametrize(("one", "other"), [(None, {}), ({}, None), ([], None), (None, []), ({}, [])])
def test_null_and_nothing_say_the_same_in_two_shapes(one, other):
    assert differences({"status": "x", "origin_address": one}, {"status": "x", "origin_address": other}) == []


def test_a_value_of_another_kind_is_another_shape_and_a_number_of_another_form_is_not():
    assert differences({"a": {"b": 1}, "status": "x"}, {"a": [1], "status": "x"}) == []
    assert differences({"a": 1}, {"a": None}) == [("a", None, 1)]


def test_items_with_an_id_find_their_counterparts_and_those_without_one_are_left_alone():
    alone = {
        "line_items": [{"id": 1, "quantity": 2, "vendor": "A"}, {"id": 3, "quantity": 1}],
        "tax_lines": [{"title": "VAT", "rate": 1}],
        "tracking_numbers": ["1Z", "2Z"],
    }
    inside = {
        "line_items": [{"id": 2, "quantity": 1}, {"id": 1, "quantity": 1, "duties": []}],
        "tax_lines": [{"title": "VAT", "rate": 1, "channel_liable": False}],
        "tracking_numbers": ["2Z"],
    }

    assert differences(alone, inside) == [
        ("line_items[1].quantity", 1, 2),
        ("line_items[3]", None, {"id": 3, "quantity": 1}),
        ("line_items[2]", {"id": 2, "quantity": 1}, None),
        ("tracking_numbers[1Z]", None, "1Z"),
    ]


@pytest.mark.parametrize(
    ("like", "told"),
    [
        ({"id": 5, "order_id": 7, "a": 1}, {"id": 5, "order_id": 7, "b": 1}),
        ({"id": 5, "a": {"x": 1}}, {"id": 5, "a": [1]}),
        ({"id": 5}, {"id": 5}),
        ([1], [1]),
        (None, {"id": 5}),
    ],
)
def test_two_shapes_without_a_field_in_common_are_not_compared(like, told):
    assert in_the_shape_of(like, told) is None


def test_a_fulfilment_says_the_same_alone_and_in_its_order_as_shopify_writes_them():
    alone = payload("fulfillments/create")
    inside = part_in(payload("orders/partially_fulfilled"), f"fulfillment {alone['id']}")

    assert inside is not None
    assert alone.keys() != inside.keys()
    assert differences(alone, inside) == []


def test_what_is_taken_over_leaves_both_as_they_were():
    alone = payload("fulfillments/update")
    inside = part_in(payload("orders/updated"), f"fulfillment {alone['id']}")
    before = json.dumps([alone, inside], default=str)

    in_the_shape_of(alone, inside)

    assert json.dumps([alone, inside], default=str) == before
