"""Actions on an order, the payloads they send, and that the amounts always agree."""

from collections import Counter
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.scenario.model import Action
from devhook.simulator.orders.actions import TOPICS, NotPossible
from devhook.simulator.orders.baskets import Basket, Item
from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.orders.order import SimulatedOrder
from devhook.simulator.orders.values import ascending_ids
from devhook.webhook.payload import read_json, write_json

SHOP = demo_shop()
CARD = SHOP.payments[0]
DEPOSIT = next(payment for payment in SHOP.payments if payment.manual)
BEGIN = datetime(2026, 5, 4, 9, 12, 33, tzinfo=UTC)
ORDERS = {
    "orders/create",
    "orders/updated",
    "orders/paid",
    "orders/partially_fulfilled",
    "orders/fulfilled",
    "orders/cancelled",
}


class Life:
    """An order, its clock, and every payload that was sent."""

    def __init__(self, seed=1, basket=None):
        self.now = BEGIN
        random = Random(seed)
        self.order, self.events = SimulatedOrder.check_out(
            SHOP, number=1001, ids=ascending_ids(random), random=random, now=self.now, basket=basket
        )

    def act(self, *actions, **given):
        for action in actions:
            self.now += timedelta(seconds=7)
            events = self.order.act(action, now=self.now, **given)
            self.events += events
        return events

    def money(self, *kinds):
        return sum(
            Decimal(event.payload["amount"])
            for event in self.events
            if event.topic == "order_transactions/create"
            and event.payload["kind"] in kinds
            and event.payload["status"] == "success"
        )


def topics(events):
    return [event.topic for event in events]


def payload(events, topic):
    return next(event.payload for event in events if event.topic == topic)


def basket(*items, country="DE", discount=None, payment=CARD):
    customer = next(each for each in SHOP.customers if each.address.country_code == country)
    articles = {article.variant.sku: article for article in SHOP.articles}
    return Basket(
        customer=customer,
        items=tuple(Item(article=articles[sku], quantity=quantity) for sku, quantity in items),
        discount=next((each for each in SHOP.discounts if each.code == discount), None),
        rate=SHOP.rates(country)[0],
        payment=payment,
    )


def test_a_checkout_tells_of_the_order_the_authorisation_and_the_routing():
    life = Life()

    assert topics(life.events) == [
        "orders/create",
        "order_transactions/create",
        "orders/updated",
        "fulfillment_orders/order_routing_complete",
    ]
    body, authorization = life.events[0].payload, life.events[1].payload
    assert (body["name"], body["financial_status"], body["fulfillment_status"]) == (
        "#1001",
        "authorized",
        None,
    )
    assert body["total_outstanding"] == body["total_price"] == authorization["amount"]
    assert (authorization["kind"], authorization["order_id"]) == ("authorization", body["id"])
    assert (body["number"], body["order_number"]) == (1, 1001)
    assert all(event.order_id == body["id"] == life.order.id for event in life.events)


def test_a_deposit_is_promised_and_its_order_pending_until_it_comes():
    life = Life(basket=basket(("TOWEL-2", 1), payment=DEPOSIT))

    assert life.order.body()["financial_status"] == "pending"
    promise = payload(life.events, "order_transactions/create")
    assert (promise["kind"], promise["status"], promise["payment_details"]) == ("sale", "pending", None)

    paid = payload(life.act(Action.PAY), "order_transactions/create")
    assert (paid["kind"], paid["status"], paid["parent_id"]) == ("sale", "success", promise["id"])
    assert life.order.body()["financial_status"] == "paid"


def test_paying_captures_what_was_authorised():
    life = Life()

    paid = life.act(Action.PAY)

    assert topics(paid) == ["order_transactions/create", "orders/updated", "orders/paid"]
    capture = paid[0].payload
    assert (capture["kind"], capture["parent_id"]) == ("capture", life.events[1].payload["id"])
    assert capture["amount"] == paid[1].payload["total_price"]
    assert paid[2].payload == paid[1].payload
    assert (paid[1].payload["financial_status"], paid[1].payload["total_outstanding"]) == ("paid", "0.00")


def test_a_note_is_the_given_one_or_another_of_the_shops():
    life = Life()

    assert topics(life.act(Action.NOTE, note="Ring twice")) == ["orders/updated"]
    assert life.order.body()["note"] == "Ring twice"
    life.act(Action.NOTE)
    first = life.order.body()["note"]
    life.act(Action.NOTE)
    assert {first, life.order.body()["note"]} <= set(SHOP.notes)
    assert first != life.order.body()["note"]
    life.act(Action.NOTE, note="")
    assert life.order.body()["note"] is None


def test_the_same_note_again_changes_nothing_but_the_time():
    life = Life()
    before = life.act(Action.NOTE, note="x")[0].payload

    after = life.act(Action.NOTE, note="x")[0].payload

    assert after.pop("updated_at") > before.pop("updated_at")
    assert after == before


def test_a_moved_location_is_nowhere_in_the_order():
    life = Life()
    before = life.order.body()

    moved = life.act(Action.MOVE_LOCATION)

    assert topics(moved) == ["orders/updated", "fulfillment_orders/moved"]
    after = moved[0].payload
    assert after.pop("updated_at") != before.pop("updated_at")
    assert after == before
    body = moved[1].payload
    routed = payload(life.events, "fulfillment_orders/order_routing_complete")["fulfillment_order"]
    assert body["original_fulfillment_order"]["id"] == routed["id"]
    assert body["source_location"]["id"] != body["destination_location_id"]
    assert body["moved_fulfillment_order"]["assigned_location_id"] == body["destination_location_id"]


def test_what_was_moved_is_sent_from_there_and_can_be_moved_on():
    life = Life()
    life.act(Action.MOVE_LOCATION)

    again = life.act(Action.MOVE_LOCATION)[1].payload
    parcel = life.act(Action.FULFIL)[0].payload

    assert again["destination_location_id"].endswith(f"/{parcel['location_id']}")
    requested = again["fulfillment_order_line_items_requested"]
    assert sum(part["quantity"] for part in requested) == sum(
        line["quantity"] for line in life.order.body()["line_items"]
    )


def test_an_edit_takes_a_unit_out_adds_an_article_and_leaves_something_to_pay():
    life = Life(basket=basket(("TOWEL-2", 3), ("BLK-SAND", 1), discount="MOSS10"))
    life.act(Action.PAY)
    before = life.order.body()

    edited = life.act(Action.EDIT)

    assert topics(edited) == ["orders/edited", "orders/updated"]
    edit, after = edited[0].payload["order_edit"], edited[1].payload
    towel, added = after["line_items"][0], after["line_items"][2]
    assert edit["order_id"] == after["id"]
    assert edit["line_items"]["removals"] == [{"id": towel["id"], "delta": 1}]
    assert edit["line_items"]["additions"] == [{"id": added["id"], "delta": 1}]
    assert (towel["quantity"], towel["current_quantity"], towel["fulfillable_quantity"]) == (3, 2, 2)
    assert after["financial_status"] == "partially_paid"
    assert Decimal(after["total_outstanding"]) > 0
    assert Decimal(after["total_price"]) > Decimal(before["total_price"])
    assert (added["discount_allocations"], after["total_discounts"]) == ([], before["total_discounts"])


def test_what_an_edit_takes_out_is_among_the_refunds_though_no_money_went_back():
    life = Life(basket=basket(("TOWEL-2", 2)))

    removed = life.act(Action.EDIT)[1].payload["refunds"]

    assert len(removed) == 1
    assert removed[0]["transactions"] == []
    assert [line["restock_type"] for line in removed[0]["refund_line_items"]] == ["cancel"]


def test_what_an_edit_added_is_moved_and_sent_with_the_rest():
    life = Life(basket=basket(("TOWEL-2", 1)))
    life.act(Action.EDIT)

    moved = life.act(Action.MOVE_LOCATION)[1].payload

    assert [part["quantity"] for part in moved["fulfillment_order_line_items_requested"]] == [1, 1]


def test_what_an_edit_added_is_paid_by_a_sale_of_its_own():
    life = Life()
    life.act(Action.PAY, Action.EDIT)
    owed = life.order.body()["total_outstanding"]

    paid = life.act(Action.PAY)

    assert topics(paid) == ["order_transactions/create", "orders/updated", "orders/paid"]
    assert (paid[0].payload["kind"], paid[0].payload["amount"]) == ("sale", owed)
    assert paid[1].payload["financial_status"] == "paid"


def test_an_authorisation_is_captured_up_to_its_amount_and_the_rest_stays_due():
    life = Life()
    authorized = life.events[1].payload["amount"]
    life.act(Action.EDIT)

    paid = life.act(Action.PAY)

    assert topics(paid) == ["order_transactions/create", "orders/updated"]
    assert paid[0].payload["amount"] == authorized
    assert paid[1].payload["financial_status"] == "partially_paid"


def test_an_order_is_sent_in_two_parcels():
    life = Life(basket=basket(("TOWEL-2", 1), ("BLK-SAND", 2), ("COF-NZ-250", 1)))

    first, second = life.act(Action.FULFIL), life.act(Action.FULFIL)

    assert topics(first) == ["fulfillments/create", "orders/updated", "orders/partially_fulfilled"]
    assert topics(second) == ["fulfillments/create", "orders/updated", "orders/fulfilled"]
    assert [line["quantity"] for line in first[0].payload["line_items"]] == [1]
    assert [line["quantity"] for line in second[0].payload["line_items"]] == [2, 1]
    assert [first[0].payload["name"], second[0].payload["name"]] == ["#1001.1", "#1001.2"]
    lines = [line["fulfillment_status"] for line in first[1].payload["line_items"]]
    assert (lines, first[1].payload["fulfillment_status"]) == (["fulfilled", None, None], "partial")
    assert second[2].payload["fulfillment_status"] == "fulfilled"


def test_a_line_of_several_units_is_parted_when_it_is_the_only_one():
    life = Life(basket=basket(("TOWEL-2", 3)))

    sent = life.act(Action.FULFIL)

    line = sent[1].payload["line_items"][0]
    assert sent[0].payload["line_items"][0]["quantity"] == 1
    assert (line["fulfillable_quantity"], line["fulfillment_status"]) == (2, "partial")


def test_a_single_unit_is_sent_at_once():
    assert topics(Life(basket=basket(("TOWEL-2", 1))).act(Action.FULFIL))[-1] == "orders/fulfilled"


def test_a_parcel_says_the_same_in_the_order_and_by_itself():
    life = Life()
    sent = life.act(Action.FULFIL)
    alone, inside = sent[0].payload, sent[1].payload["fulfillments"][0]

    for key in ("id", "order_id", "location_id", "name", "created_at", "status"):
        assert alone[key] == inside[key]
    assert [(line["id"], line["quantity"]) for line in alone["line_items"]] == [
        (line["id"], line["quantity"]) for line in inside["line_items"]
    ]
    assert alone["destination"] == sent[1].payload["shipping_address"]


def test_tracking_puts_numbers_on_the_parcels_and_then_follows_them_until_they_are_delivered():
    life = Life()
    life.act(Action.FULFIL, Action.FULFIL)

    newest, oldest = life.act(Action.TRACK)[0].payload, life.act(Action.TRACK)[0].payload

    assert (newest["name"], oldest["name"]) == ("#1001.2", "#1001.1")
    assert newest["tracking_number"] in newest["tracking_url"]
    assert newest["tracking_numbers"] == [newest["tracking_number"]]
    stages = [life.act(Action.TRACK)[0].payload for _ in range(6)]
    assert [(parcel["name"], parcel["shipment_status"]) for parcel in stages] == [
        (name, stage)
        for name in ("#1001.1", "#1001.2")
        for stage in ("in_transit", "out_for_delivery", "delivered")
    ]
    assert life.order.refusal(Action.TRACK)


def test_tracking_tells_of_the_parcel_and_of_the_order():
    life = Life()
    sent = life.act(Action.FULFIL)

    tracked = life.act(Action.TRACK)

    assert topics(tracked) == ["fulfillments/update", "orders/updated"]
    assert tracked[0].payload["id"] == sent[0].payload["id"]
    inside = tracked[1].payload["fulfillments"][0]
    assert inside["tracking_number"] == tracked[0].payload["tracking_number"]
    assert inside["updated_at"] == tracked[0].payload["updated_at"] > inside["created_at"]


def test_a_refund_says_the_same_in_all_three_bodies():
    life = Life(basket=basket(("TOWEL-2", 2), ("BLK-SAND", 1), country="US"))
    life.act(Action.PAY)

    refund, transaction, order = (event.payload for event in life.act(Action.REFUND))

    line = refund["refund_line_items"][0]
    assert (line["quantity"], line["restock_type"], refund["restock"]) == (1, "cancel", True)
    assert line["subtotal"] + line["total_tax"] == Decimal(transaction["amount"])
    assert refund["transactions"][0]["id"] == transaction["id"]
    assert transaction["kind"] == "refund"
    inside = order["refunds"][0]
    assert (inside["id"], inside["transactions"][0]["id"]) == (refund["id"], transaction["id"])
    assert order["line_items"][0]["current_quantity"] == 1
    assert order["financial_status"] == "partially_refunded"


def test_what_was_sent_is_returned_and_what_was_not_is_cancelled():
    life = Life(basket=basket(("TOWEL-2", 2)))
    life.act(Action.PAY, Action.FULFIL)

    first, second = life.act(Action.REFUND)[0].payload, life.act(Action.REFUND)[0].payload

    kinds = [body["refund_line_items"][0]["restock_type"] for body in (first, second)]
    assert kinds == ["return", "cancel"]
    line = life.order.body()["line_items"][0]
    assert (line["current_quantity"], line["fulfillable_quantity"]) == (0, 0)


def test_a_refund_beyond_one_payment_is_taken_from_two():
    life = Life(basket=basket(("TOWEL-2", 1)))
    life.act(Action.PAY)
    while len(life.order.body()["line_items"]) < 3:
        life.act(Action.EDIT, Action.PAY)
    life.act(Action.REFUND)

    refund, *transactions, order = life.act(Action.REFUND)

    assert topics(transactions) == ["order_transactions/create"] * 2
    parents = {event.payload["parent_id"] for event in transactions}
    assert len(parents) == 2
    total = sum(Decimal(event.payload["amount"]) for event in transactions)
    assert total == refund.payload["refund_line_items"][0]["subtotal"]
    assert order.topic == "orders/updated"


def test_cancelling_an_authorised_order_voids_the_authorisation():
    life = Life()

    cancelled = life.act(Action.CANCEL)

    assert topics(cancelled) == [
        "orders/cancelled",
        "orders/updated",
        "order_transactions/create",
        "fulfillment_orders/cancelled",
    ]
    body, void = cancelled[0].payload, cancelled[2].payload
    assert (void["kind"], void["parent_id"]) == ("void", life.events[1].payload["id"])
    assert (body["financial_status"], body["cancel_reason"]) == ("voided", "customer")
    assert body["cancelled_at"] == body["updated_at"]
    assert (body["current_total_price"], body["total_outstanding"]) == ("0.00", "0.00")
    assert all(line["current_quantity"] == 0 for line in body["line_items"])


def test_cancelling_a_paid_order_gives_everything_back_shipping_included():
    life = Life(basket=basket(("TOWEL-2", 1)))
    life.act(Action.PAY)

    cancelled = life.act(Action.CANCEL)

    assert topics(cancelled) == [
        "orders/cancelled",
        "orders/updated",
        "refunds/create",
        "order_transactions/create",
        "fulfillment_orders/cancelled",
    ]
    body, refund, transaction = (cancelled[index].payload for index in (0, 2, 3))
    assert transaction["amount"] == body["total_price"]
    assert body["financial_status"] == "refunded"
    adjustment = refund["order_adjustments"][0]
    assert (adjustment["kind"], adjustment["amount"]) == ("shipping_refund", "-4.90")
    assert refund["refund_shipping_lines"][0]["shipping_line_id"] == body["shipping_lines"][0]["id"]


def test_cancelling_a_partly_paid_order_gives_back_what_was_paid():
    life = Life(basket=basket(("TOWEL-2", 2)))
    life.act(Action.PAY, Action.EDIT)
    owed = life.order.body()["total_outstanding"]

    refund = payload(life.act(Action.CANCEL), "refunds/create")

    adjustments = [(each["kind"], each["amount"]) for each in refund["order_adjustments"]]
    assert adjustments == [("shipping_refund", "-4.90"), ("refund_discrepancy", owed)]
    assert life.money("refund") == life.money("capture", "sale")
    assert life.order.body()["financial_status"] == "refunded"


def test_a_deleted_order_tells_its_id_and_nothing_else():
    life = Life()
    life.act(Action.CANCEL)

    deleted = life.act(Action.DELETE)

    assert [(event.topic, event.payload) for event in deleted] == [("orders/delete", {"id": life.order.id})]
    assert life.order.deleted
    assert all(life.order.refusal(action) for action in Action)


def test_an_order_that_costs_nothing_is_paid_without_a_transaction():
    free = basket(("TOWEL-2", 1)).model_copy(
        update={"rate": None, "discount": SHOP.discounts[1].model_copy(update={"value": Decimal(100)})}
    )
    life = Life(basket=free)

    assert "order_transactions/create" not in topics(life.events)
    assert life.order.body()["financial_status"] == "paid"
    life.act(Action.EDIT)
    assert life.order.body()["financial_status"] == "pending"
    assert topics(life.act(Action.PAY))[-1] == "orders/paid"


def test_equal_seeds_and_times_give_equal_events():
    actions = (Action.PAY, Action.NOTE, Action.EDIT, Action.PAY, Action.FULFIL, Action.TRACK, Action.REFUND)
    one, two, other = Life(seed=5), Life(seed=5), Life(seed=6)

    for life in (one, two, other):
        life.act(*actions)

    assert one.events == two.events
    assert one.events != other.events


def test_ids_are_beyond_what_a_float_can_hold():
    body = Life().order.body()

    assert body["id"] > 2**53
    assert all(line["id"] > 2**53 for line in body["line_items"])


def test_times_are_in_the_shops_zone_to_the_second():
    assert Life().order.body()["created_at"] == "2026-05-04T10:12:33+01:00"


def test_a_sent_payload_is_never_changed():
    life = Life()
    told = [(event.payload, deepcopy(event.payload)) for event in life.events]
    for action in (Action.PAY, Action.EDIT, Action.PAY, Action.FULFIL, Action.TRACK, Action.REFUND):
        told += [(event.payload, deepcopy(event.payload)) for event in life.act(action)]

    assert all(now == then for now, then in told)


def test_the_bodies_of_one_action_share_nothing():
    life = Life()
    updated, paid = (event.payload for event in life.act(Action.PAY)[1:])
    untouched = deepcopy(paid)

    updated["line_items"].clear()
    updated["customer"]["default_address"]["city"] = "X"

    assert paid == untouched == life.order.body()


# The properties below hold after any sequence of actions.

baskets = st.builds(
    Basket,
    customer=st.sampled_from(SHOP.customers),
    items=st.lists(
        st.builds(Item, article=st.sampled_from(SHOP.articles), quantity=st.integers(1, 7)),
        min_size=1,
        max_size=5,
    ).map(tuple),
    discount=st.sampled_from([None, *SHOP.discounts]),
    rate=st.sampled_from([None, *SHOP.shipping_rates]),
    payment=st.sampled_from(SHOP.payments),
    note=st.none() | st.text(max_size=5),
)
lives = st.tuples(
    st.integers(0, 2**32),
    st.none() | baskets,
    st.lists(st.sampled_from([action for action in Action if action is not Action.CHECK_OUT]), max_size=14),
)


def everything(life):
    """Random actions; an impossible one changes nothing."""
    seed, bought, actions = life
    lived = Life(seed, bought)
    yield lived
    for action in actions:
        before = lived.order.body()
        if lived.order.refusal(action) is None:
            assert lived.act(action)
            yield lived
        else:
            with pytest.raises(NotPossible):
                lived.act(action)
            assert lived.order.body() == before


def total(values):
    return sum(map(Decimal, values), Decimal(0))


@given(lives)
def test_the_sums_of_the_ordered_agree(life):
    for lived in everything(life):
        body = lived.order.body()
        lines, sending = body["line_items"], body["shipping_lines"]
        allocations = [each["amount"] for line in lines for each in line["discount_allocations"]]
        off_shipping = [each["amount"] for line in sending for each in line["discount_allocations"]]
        taxes = [tax["price"] for line in [*lines, *sending] for tax in line["tax_lines"]]

        assert total([body["total_line_items_price"]]) == sum(
            Decimal(line["price"]) * line["quantity"] for line in lines
        )
        assert total([body["subtotal_price"]]) == total([body["total_line_items_price"]]) - total(allocations)
        assert total([body["total_discounts"]]) == total(allocations + off_shipping)
        assert total([body["total_discounts"]]) == total(each["amount"] for each in body["discount_codes"])
        assert total([body["total_tax"]]) == total(taxes)
        assert total([body["total_tax"]]) == total(each["price"] for each in body["tax_lines"])
        assert total([body["total_price"]]) == total(
            [
                body["subtotal_price"],
                *(line["discounted_price"] for line in sending),
                "0" if body["taxes_included"] else body["total_tax"],
            ]
        )
        assert body["total_weight"] == sum(line["grams"] * line["quantity"] for line in lines)


@given(lives)
def test_the_sums_of_what_is_kept_agree_with_what_was_taken_back(life):
    for lived in everything(life):
        body = lived.order.body()
        taken = [line for refund in body["refunds"] for line in refund["refund_line_items"]]
        sending = Decimal(body["current_shipping_price_set"]["shop_money"]["amount"])
        gone = body["shipping_lines"] if body["cancelled_at"] else []
        shipping_tax = total(tax["price"] for line in gone for tax in line["tax_lines"])

        assert Decimal(body["subtotal_price"]) - Decimal(body["current_subtotal_price"]) == total(
            line["subtotal"] for line in taken
        )
        assert Decimal(body["total_tax"]) - Decimal(body["current_total_tax"]) == shipping_tax + total(
            line["total_tax"] for line in taken
        )
        assert Decimal(body["current_total_price"]) == Decimal(body["current_subtotal_price"]) + sending + (
            0 if body["taxes_included"] else Decimal(body["current_total_tax"])
        )
        received = lived.money("capture", "sale") - lived.money("refund")
        assert Decimal(body["total_outstanding"]) == Decimal(body["current_total_price"]) - received


@given(lives)
def test_every_unit_is_counted_once(life):
    for lived in everything(life):
        body = lived.order.body()
        sent, removed, returned = Counter(), Counter(), Counter()
        for parcel in body["fulfillments"]:
            for line in parcel["line_items"]:
                sent[line["id"]] += line["quantity"]
        for refund in body["refunds"]:
            for line in refund["refund_line_items"]:
                came_back = returned if line["restock_type"] == "return" else removed
                came_back[line["line_item_id"]] += line["quantity"]
        for line in body["line_items"]:
            key = line["id"]
            assert line["quantity"] == line["fulfillable_quantity"] + sent[key] + removed[key]
            assert line["current_quantity"] == line["quantity"] - removed[key] - returned[key]
            assert returned[key] <= sent[key]
            assert min(line["current_quantity"], line["fulfillable_quantity"]) >= 0
            expected = None if not sent[key] else "partial" if line["fulfillable_quantity"] else "fulfilled"
            assert line["fulfillment_status"] == expected
        left = any(line["fulfillable_quantity"] for line in body["line_items"])
        assert body["fulfillment_status"] == (("partial" if left else "fulfilled") if sent else None)


@given(lives)
def test_no_more_is_given_back_than_was_taken_and_the_status_says_which(life):
    for lived in everything(life):
        body = lived.order.body()
        taken, back = lived.money("capture", "sale"), lived.money("refund")
        assert back <= taken
        for refund in body["refunds"]:
            if not refund["transactions"]:
                continue
            worth = total(
                line["subtotal"] + (0 if body["taxes_included"] else line["total_tax"])
                for line in refund["refund_line_items"]
            )
            apart = total(
                Decimal(each["amount"]) + (0 if body["taxes_included"] else Decimal(each["tax_amount"]))
                for each in refund["order_adjustments"]
            )
            assert total(each["amount"] for each in refund["transactions"]) == worth - apart
        owed = Decimal(body["total_outstanding"])
        status = body["financial_status"]
        if back:
            assert status == ("refunded" if back == taken else "partially_refunded")
        elif taken:
            assert status == ("partially_paid" if owed > 0 else "paid")
        elif lived.money("void"):
            assert status == "voided"
        else:
            assert status in {"authorized", "pending", "paid"}


@given(lives)
def test_every_payload_survives_json_and_names_its_order(life):
    *_, lived = everything(life)

    for event in lived.events:
        assert event.topic in TOPICS
        assert read_json(write_json(event.payload)) == event.payload
        if event.topic in ORDERS:
            assert event.payload["id"] == event.order_id == lived.order.id
    used = Counter(
        event.payload["id"]
        for event in lived.events
        if event.topic in {"order_transactions/create", "fulfillments/create", "refunds/create"}
    )
    assert set(used.values()) <= {1}


@given(lives)
def test_every_money_set_agrees_with_its_text(life):
    *_, lived = everything(life)

    body = lived.order.body()
    for thing in [body, *body["line_items"], *body["shipping_lines"], *body["tax_lines"]]:
        for key, text in thing.items():
            if f"{key}_set" in thing:
                amounts = thing[f"{key}_set"]
                assert amounts["shop_money"] == {"amount": text, "currency_code": "EUR"}
                assert amounts["presentment_money"] == amounts["shop_money"]
