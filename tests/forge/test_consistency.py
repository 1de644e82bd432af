"""What follows from an alteration is what the simulated shop would have written: a second opinion."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from devhook.analysis.diff import compare
from devhook.forge.consistency import consistent
from devhook.forge.edits import Edits, apply_edits
from devhook.forge.source import sample
from devhook.scenario.model import Action
from devhook.simulator.orders.baskets import draw_basket
from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.orders.order import SimulatedOrder
from devhook.simulator.orders.values import ascending_ids
from devhook.webhook.payload import read_json, write_json
from devhook.webhook.topics import topic_names

SHOP = demo_shop()
BEGIN = datetime(2026, 5, 4, 9, 12, 33, tzinfo=UTC)
MOMENT = datetime(2026, 11, 23, 9, 15, 30, tzinfo=UTC)
CREATED = sample("orders/create")
UPDATED = sample("orders/updated")


def made(former, *sets, adds=(), unsets=(), shop=None):
    document = apply_edits(former, Edits(sets=sets, adds=adds, unsets=unsets))
    return consistent(former, document, moment=MOMENT, shop=shop)


def significant(before, after):
    return {change.path: change.after for change in compare(before, after) if not change.noise}


def checked_out(seed, basket):
    random = Random(seed)
    order, _ = SimulatedOrder.check_out(
        SHOP, number=1001, ids=ascending_ids(random), random=random, now=BEGIN, basket=basket
    )
    return order


def test_where_nothing_is_altered_nothing_follows_but_the_time():
    for topic in topic_names():
        former = sample(topic)

        after = made(former)

        assert significant(former, after) == {}, topic
        if isinstance(former.get("updated_at"), str):
            assert after["updated_at"] in {"2026-11-23T10:15:30+01:00", "2026-11-23T09:15:30.000Z"}
            assert after["updated_at"][19:] == former["updated_at"][19:]


@given(seed=st.integers(0, 10_000), data=st.data())
def test_an_altered_quantity_makes_the_order_that_would_have_been_checked_out(seed, data):
    basket = draw_basket(SHOP, Random(seed))
    at = data.draw(st.integers(0, len(basket.items) - 1))
    quantity = data.draw(st.integers(1, 9))
    items = list(basket.items)
    items[at] = items[at].model_copy(update={"quantity": quantity})
    former = plain(checked_out(seed, basket).body())
    wanted = plain(checked_out(seed, basket.model_copy(update={"items": tuple(items)})).body())

    after = made(former, f"line_items[{former['line_items'][at]['id']}].quantity={quantity}")

    assert significant(wanted, after) == {}


@given(seed=st.integers(0, 10_000), data=st.data())
def test_later_in_its_life_the_sums_follow_what_is_kept(seed, data):
    random = Random(seed)
    order = checked_out(seed, draw_basket(SHOP, random).model_copy(update={"discount": None}))
    for second in range(data.draw(st.integers(1, 8))):
        possible = [action for action in Action if order.refusal(action) is None]
        if order.deleted or not possible:
            break
        order.act(random.choice(possible), now=BEGIN + timedelta(seconds=second))
    former = plain(order.body())
    line = random.choice(order._state.lines)
    line.quantity += data.draw(st.integers(1, 5))
    wanted = plain(order.body())

    after = made(former, f"line_items[{line.id}].quantity={line.quantity}")

    # What follows for its parcels and refunds is told by their own tests.
    differing = {
        path for path in significant(wanted, after) if not path.startswith(("refunds", "fulfillments"))
    }
    # The shop would ask for the difference; here nobody is asked, and what was paid stays paid.
    assert differing <= {"financial_status"}


def plain(body):
    """The body as it is read from the wire."""
    return read_json(write_json(body))


def test_an_altered_price_reaches_sums_taxes_and_money_sets():
    after = made(CREATED, "line_items[0].price=20.00")

    line = after["line_items"][0]
    assert (
        line["price_set"]["shop_money"]["amount"]
        == line["price_set"]["presentment_money"]["amount"]
        == "20.00"
    )
    net = sum(
        Decimal(each["price"]) * each["quantity"]
        - sum(Decimal(part["amount"]) for part in each["discount_allocations"])
        for each in after["line_items"]
    )
    assert Decimal(after["subtotal_price"]) == net
    assert after["subtotal_price_set"]["shop_money"]["amount"] == after["subtotal_price"]
    assert Decimal(after["total_tax"]) == sum(Decimal(tax["price"]) for tax in after["tax_lines"])
    assert after["discount_codes"][0]["amount"] == after["total_discounts"]


def test_a_drafts_own_discount_follows_its_lines_and_reaches_its_taxes():
    draft = sample("draft_orders/create")

    fewer = made(draft, "line_items[0].quantity=6")
    deeper = made(draft, "applied_discount.value=20.0")
    free = made(draft, "shipping_line.price=0.00")

    # 6 × 14.50 and 4 × 58.95, a tenth off; 6 % and 1 % of what is left, rounded by line; 18.50 shipping.
    assert fewer["applied_discount"]["amount"] == "32.28"
    assert (fewer["subtotal_price"], fewer["total_tax"]) == ("290.52", "20.33")
    assert fewer["total_price"] == "329.35"
    assert deeper["applied_discount"]["amount"] == "81.96"
    assert (deeper["subtotal_price"], deeper["total_tax"]) == ("327.84", "22.95")
    assert Decimal(free["total_price"]) == Decimal(draft["total_price"]) - Decimal("18.50")


def test_what_was_typed_stays_though_something_else_would_follow():
    after = made(CREATED, "line_items[0].quantity=7", "total_price=1.00", "updated_at=2020-01-01T00:00:00Z")

    assert after["total_price"] == "1.00"
    assert after["total_price_set"]["shop_money"]["amount"] == "1.00"
    assert after["updated_at"] == "2020-01-01T00:00:00Z"
    assert after["total_line_items_price"] != CREATED["total_line_items_price"]


def test_what_shopify_counted_in_that_is_not_known_stays_in():
    tipped = apply_edits(CREATED, Edits(sets=("total_tip_received=5.00", "total_price=999.00")))

    after = made(tipped, "line_items[0].price=15.50")

    more = CREATED["line_items"][0]["quantity"]
    grown = Decimal(after["subtotal_price"]) - Decimal(tipped["subtotal_price"])
    assert Decimal("0.80") * more < grown <= more
    assert Decimal(after["total_price"]) == 999 + grown


def test_shipping_that_costs_more_raises_the_total():
    after = made(CREATED, "shipping_lines[0].price=9.90")

    shipping = after["shipping_lines"][0]
    assert shipping["discounted_price"] == "9.90"
    assert shipping["current_discounted_price_set"]["shop_money"]["amount"] == "9.90"
    assert after["total_shipping_price_set"]["shop_money"]["amount"] == "9.90"
    more = Decimal("9.90") - Decimal(CREATED["shipping_lines"][0]["price"])
    assert Decimal(after["total_price"]) == Decimal(CREATED["total_price"]) + more
    assert Decimal(after["current_total_price"]) == Decimal(CREATED["current_total_price"]) + more


def test_the_copies_of_a_line_follow_it_but_a_parcel_keeps_its_own_quantity():
    line = UPDATED["line_items"][0]

    after = made(UPDATED, "line_items[0].title=Cup", "line_items[0].quantity=4")

    (packed,) = [
        item for parcel in after["fulfillments"] for item in parcel["line_items"] if item["id"] == line["id"]
    ]
    (returned,) = [
        item["line_item"]
        for refund in after["refunds"]
        for item in refund["refund_line_items"]
        if item["line_item_id"] == line["id"]
    ][:1]
    assert (packed["title"], packed["quantity"]) == ("Cup", 2)
    assert (returned["title"], returned["quantity"]) == ("Cup", 4)


def test_a_line_that_is_taken_out_takes_its_worth_with_it():
    after = made(CREATED, unsets=("line_items[0]",))

    gone = CREATED["line_items"][0]
    assert Decimal(CREATED["total_line_items_price"]) - Decimal(after["total_line_items_price"]) == (
        Decimal(gone["price"]) * gone["quantity"]
    )


def test_a_refunds_worth_follows_its_quantity_and_what_was_given_back_stays():
    refund = sample("refunds/create")

    after = made(refund, "refund_line_items[0].quantity=2")

    line, former = after["refund_line_items"][0], refund["refund_line_items"][0]
    assert line["subtotal"] == former["subtotal"] * 2
    assert line["subtotal_set"]["shop_money"]["amount"] == str(former["subtotal"] * 2)
    assert after["transactions"] == refund["transactions"]


def test_an_id_is_replaced_wherever_it_stands():
    after = made(UPDATED, "id=111222333444555666")

    text = write_json(after).decode()
    assert str(UPDATED["id"]) not in text
    assert after["admin_graphql_api_id"] == "gid://shopify/Order/111222333444555666"
    assert {part["order_id"] for part in after["fulfillments"] + after["refunds"]} == {111222333444555666}


def test_a_tag_that_was_added_stays_beside_the_others():
    assert made(UPDATED, adds=("tags=vip",))["tags"] == f"{UPDATED['tags']}, vip"


def test_a_small_number_is_no_id_elsewhere():
    former = {"id": 7, "admin_graphql_api_id": "gid://shopify/Order/7", "quantity": 7}

    assert made(former, "id=8") == {"id": 8, "admin_graphql_api_id": "gid://shopify/Order/8", "quantity": 7}


def test_a_set_in_another_currency_moves_in_proportion():
    former = {
        "price": "10.00",
        "price_set": {
            "shop_money": {"amount": "10.00", "currency_code": "EUR"},
            "presentment_money": {"amount": "1500", "currency_code": "JPY"},
        },
    }

    after = made(former, "price=12.00")

    assert after["price_set"]["shop_money"]["amount"] == "12.00"
    assert after["price_set"]["presentment_money"]["amount"] == "1800"


def test_the_fields_that_name_the_shop_name_it():
    assert made(sample("shop/redact"), shop="acme.myshopify.com")["shop_domain"] == "acme.myshopify.com"


def test_what_it_is_made_from_stays_as_it_is():
    former = deepcopy(UPDATED)

    made(former, "line_items[0].quantity=9", "id=111222333444555666")

    assert former == UPDATED


KEYS = [
    "id", "line_items", "quantity", "price", "price_set", "shop_money",
    "presentment_money", "amount", "refunds", "tax_lines", "rate", "title",
    "refund_line_items", "line_item_id", "fulfillments", "discount_allocations",
    "discount_applications", "value",
    "updated_at", "total_price", "total_price_set", "discount_codes", "code", "shipping_lines",
    "allocation_method", "current_quantity", "subtotal",
]  # fmt: skip
NUMBERS = st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.sampled_from([0, 1, -1])
SCALARS = st.none() | st.booleans() | NUMBERS | NUMBERS.map(str) | st.text(max_size=5)
ITEMS = st.dictionaries(st.sampled_from(KEYS), SCALARS | st.lists(SCALARS, max_size=2), max_size=8)
LISTS = st.lists(ITEMS | SCALARS, max_size=3)
LINES = (
    st.fixed_dictionaries({"id": SCALARS, "quantity": SCALARS, "price": SCALARS, "tax_lines": LISTS}) | ITEMS
)
PAYLOADS = st.fixed_dictionaries(
    {"line_items": st.lists(LINES, max_size=3), "refunds": LISTS, "fulfillments": LISTS},
    optional={
        "shipping_lines": st.lists(LINES, max_size=2),
        "tax_lines": LISTS,
        "discount_codes": LISTS,
        "total_price": SCALARS,
        "total_tax": SCALARS,
        "total_price_set": ITEMS,
        "updated_at": SCALARS,
        "taxes_included": SCALARS,
    },
)


@given(PAYLOADS | ITEMS | SCALARS | LISTS, PAYLOADS | ITEMS | SCALARS)
def test_no_payload_is_too_strange(former, document):
    consistent(former, document, moment=MOMENT)
