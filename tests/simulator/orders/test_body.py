"""The keys of every body, in the order in which they are on the wire (2026-07 documentation)."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from devhook.scenario.model import Action
from devhook.simulator.orders.baskets import Basket, Item
from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.orders.order import SimulatedOrder
from devhook.simulator.orders.values import ascending_ids
from devhook.webhook.payload import write_json


def keys(text):
    return text.split()


ORDER = keys("""
id admin_graphql_api_id app_id browser_ip buyer_accepts_marketing cancel_reason cancelled_at
cart_token checkout_token client_details closed_at confirmation_number confirmed contact_email
created_at currency current_shipping_price_set current_subtotal_price current_subtotal_price_set
current_total_additional_fees_set current_total_discounts current_total_discounts_set
current_total_duties_set current_total_price current_total_price_set current_total_tax
current_total_tax_set customer_locale device_id discount_codes duties_included email estimated_taxes
financial_status fulfillment_status landing_site landing_site_ref location_id
merchant_business_entity_id merchant_of_record_app_id name note note_attributes number order_number
order_status_url original_total_additional_fees_set original_total_duties_set payment_gateway_names
phone po_number presentment_currency processed_at reference referring_site source_identifier
source_name source_url subtotal_price subtotal_price_set tags tax_exempt tax_lines taxes_included
test token total_cash_rounding_payment_adjustment_set total_cash_rounding_refund_adjustment_set
total_discounts total_discounts_set total_line_items_price total_line_items_price_set
total_outstanding total_price total_price_set total_shipping_price_set total_tax total_tax_set
total_tip_received total_weight updated_at user_id billing_address customer discount_applications
fulfillments line_items payment_terms refunds shipping_address shipping_lines returns
line_item_groups
""")
LINE_ITEM = keys("""
id admin_graphql_api_id attributed_staffs current_quantity fulfillable_quantity fulfillment_service
fulfillment_status gift_card grams name price price_set product_exists product_id properties
quantity requires_shipping sales_line_item_group_id sku taxable title total_discount
total_discount_set variant_id variant_inventory_management variant_title vendor tax_lines duties
discount_allocations
""")
OLDER_LINE_ITEM = keys("""
id variant_id title quantity sku variant_title vendor fulfillment_service product_id
requires_shipping taxable gift_card name variant_inventory_management properties product_exists
fulfillable_quantity grams price total_discount fulfillment_status price_set total_discount_set
discount_allocations duties admin_graphql_api_id tax_lines
""")
FULFILMENT = keys("""
id order_id status created_at service updated_at tracking_company shipment_status location_id
origin_address email destination line_items tracking_number tracking_numbers tracking_url
tracking_urls receipt name admin_graphql_api_id
""")
FULFILMENT_IN_ORDER = keys("""
id admin_graphql_api_id created_at location_id name order_id origin_address receipt service
shipment_status status tracking_company tracking_number tracking_numbers tracking_url tracking_urls
updated_at line_items
""")
REFUND = keys("""
id order_id created_at note user_id processed_at duties total_duties_set return
refund_shipping_lines restock admin_graphql_api_id order_adjustments refund_line_items transactions
""")
REFUND_IN_ORDER = keys("""
id admin_graphql_api_id created_at note order_id processed_at restock total_additional_fees_set
total_duties_set user_id order_adjustments transactions refund_line_items duties additional_fees
""")
REFUND_LINE = keys("""
id quantity line_item_id location_id restock_type subtotal total_tax subtotal_set total_tax_set
line_item
""")
REFUND_LINE_IN_ORDER = keys("""
id line_item_id location_id quantity restock_type subtotal subtotal_set total_tax total_tax_set
line_item
""")
ADJUSTMENT = keys("id order_id refund_id amount tax_amount kind reason amount_set tax_amount_set")
ADJUSTMENT_IN_ORDER = keys("id amount amount_set kind order_id reason refund_id tax_amount tax_amount_set")
TRANSACTION = keys("""
id order_id kind gateway status message created_at test authorization location_id user_id parent_id
processed_at device_id error_code source_name payment_details receipt amount currency payment_id
total_unsettled_set manual_payment_gateway amount_rounding admin_graphql_api_id
""")
TRANSACTION_IN_ORDER = keys("""
id admin_graphql_api_id amount authorization created_at currency device_id error_code gateway kind
location_id message order_id parent_id payment_id processed_at receipt source_name status test
user_id
""")
PAYMENT_DETAILS = keys("""
credit_card_bin avs_result_code cvv_result_code credit_card_number credit_card_company
buyer_action_info credit_card_name credit_card_wallet credit_card_expiration_month
credit_card_expiration_year payment_method_name
""")
ADDRESS = keys("""
first_name address1 phone city zip province country last_name address2 company latitude longitude
name country_code province_code
""")
CUSTOMER = keys("""
id created_at updated_at first_name last_name state note verified_email multipass_identifier
tax_exempt email phone currency tax_exemptions admin_graphql_api_id default_address
""")
DEFAULT_ADDRESS = keys("""
id customer_id first_name last_name company address1 address2 city province country zip phone name
province_code country_code country_name default
""")
SHIPPING_LINE = keys("""
id carrier_identifier code current_discounted_price_set discounted_price discounted_price_set
is_removed phone price price_set requested_fulfillment_service_id source title tax_lines
discount_allocations
""")
CLIENT = keys("accept_language browser_height browser_ip browser_width session_hash user_agent")
APPLICATION = keys("target_type type value value_type allocation_method target_selection code")
EDIT = keys("""
id app_id created_at committed_at notify_customer order_id staff_note user_id line_items discounts
shipping_lines
""")
ALLOCATION = keys("amount amount_set discount_application_index")
OLDER_ALLOCATION = keys("amount discount_application_index amount_set")
TAX_OF_ORDER = keys("price rate title price_set channel_liable")
TAX_OF_LINE = keys("channel_liable price price_set rate title")
OLDER_TAX = keys("title price rate price_set channel_liable")


@pytest.fixture(scope="module")
def told():
    """The last body of every topic, of an order that was sent and refunded and of one that was cancelled."""
    shop, random = demo_shop(), Random(3)
    articles = {article.variant.sku: article for article in shop.articles}
    ids = ascending_ids(random)
    now = datetime(2026, 5, 4, 9, tzinfo=UTC)
    bodies = {}
    for number, actions in enumerate(
        (
            (Action.PAY, Action.EDIT, Action.PAY, Action.FULFIL, Action.TRACK, Action.FULFIL, Action.REFUND),
            (Action.PAY, Action.CANCEL),
        ),
        start=1001,
    ):
        basket = Basket(
            customer=shop.customers[0],
            items=(
                Item(article=articles["TOWEL-2"], quantity=3),
                Item(article=articles["KNIFE-WAL"], quantity=1, engraving="Zoë"),
            ),
            discount=shop.discounts[0],
            rate=shop.shipping_rates[0],
            payment=shop.payments[0],
        )
        order, events = SimulatedOrder.check_out(
            shop, number=number, ids=ids, random=random, now=now, basket=basket
        )
        for action in actions:
            now += timedelta(minutes=1)
            events += order.act(action, now=now)
        bodies |= {(number, event.topic): event.payload for event in events}
    return bodies


@pytest.fixture(scope="module")
def body(told):
    return told[1001, "orders/updated"]


def test_an_order_has_the_documented_93_keys_in_wire_order(told):
    assert len(ORDER) == 93
    for (_, topic), payload in told.items():
        if topic.startswith("orders/") and topic not in {"orders/edited", "orders/delete"}:
            assert list(payload) == ORDER


def test_what_an_order_is_made_of_has_the_documented_keys(body):
    assert all(list(line) == LINE_ITEM for line in body["line_items"])
    assert list(body["line_items"][0]["discount_allocations"][0]) == ALLOCATION
    assert list(body["line_items"][0]["tax_lines"][0]) == TAX_OF_LINE
    assert list(body["shipping_lines"][0]) == SHIPPING_LINE
    assert list(body["shipping_lines"][0]["tax_lines"][0]) == TAX_OF_LINE
    assert list(body["tax_lines"][0]) == TAX_OF_ORDER
    assert list(body["discount_applications"][0]) == APPLICATION
    assert list(body["discount_codes"][0]) == ["code", "amount", "type"]
    assert list(body["client_details"]) == CLIENT
    assert body["line_items"][1]["properties"] == [{"name": "Engraving", "value": "Zoë"}]


def test_people_have_the_documented_keys(body):
    assert list(body["billing_address"]) == list(body["shipping_address"]) == ADDRESS
    assert list(body["customer"]) == CUSTOMER
    assert list(body["customer"]["default_address"]) == DEFAULT_ADDRESS


def test_parcels_and_refunds_inside_an_order_have_the_documented_keys(body, told):
    assert [list(parcel) for parcel in body["fulfillments"]] == [FULFILMENT_IN_ORDER] * 2
    assert list(body["fulfillments"][0]["line_items"][0]) == LINE_ITEM
    assert [list(refund) for refund in body["refunds"]] == [REFUND_IN_ORDER] * 2
    line = body["refunds"][0]["refund_line_items"][0]
    assert list(line) == REFUND_LINE_IN_ORDER
    assert list(line["line_item"]) == LINE_ITEM
    assert list(body["refunds"][1]["transactions"][0]) == TRANSACTION_IN_ORDER
    cancelled = told[1002, "orders/cancelled"]
    assert list(cancelled["refunds"][0]["order_adjustments"][0]) == ADJUSTMENT_IN_ORDER


def test_a_parcel_by_itself_has_the_documented_keys(told):
    for topic in ("fulfillments/create", "fulfillments/update"):
        parcel = told[1001, topic]
        assert list(parcel) == FULFILMENT
        assert list(parcel["destination"]) == ADDRESS
        line = parcel["line_items"][0]
        assert list(line) == OLDER_LINE_ITEM
        assert list(line["tax_lines"][0]) == OLDER_TAX


def test_a_refund_by_itself_has_the_documented_keys(told):
    refund = told[1001, "refunds/create"]
    assert list(refund) == REFUND
    line = refund["refund_line_items"][0]
    assert list(line) == REFUND_LINE
    assert list(line["line_item"]) == OLDER_LINE_ITEM
    assert list(line["line_item"]["discount_allocations"][0]) == OLDER_ALLOCATION
    assert list(refund["transactions"][0]) == [key for key in TRANSACTION if key != "payment_details"]
    assert list(told[1002, "refunds/create"]["order_adjustments"][0]) == ADJUSTMENT


def test_a_transaction_has_the_documented_keys(told):
    transaction = told[1001, "order_transactions/create"]
    assert list(transaction) == TRANSACTION
    assert list(transaction["payment_details"]) == PAYMENT_DETAILS
    assert list(transaction["total_unsettled_set"]) == ["presentment_money", "shop_money"]
    assert list(transaction["total_unsettled_set"]["shop_money"]) == ["amount", "currency"]


def test_an_edit_has_the_documented_keys(told):
    edit = told[1001, "orders/edited"]["order_edit"]
    assert list(told[1001, "orders/edited"]) == ["order_edit"]
    assert list(edit) == EDIT


def test_numbers_are_written_as_ruby_writes_them(told, body):
    wire = write_json(body)

    assert b'"rate":0.19' in wire
    assert b'"value":"10.0"' in wire
    assert b'"latitude":47.7697' in wire
    refund = write_json(told[1001, "refunds/create"])
    assert b'"subtotal":' in refund
    assert b'"subtotal":"' not in refund


def test_an_order_of_files_only_is_sent_nowhere():
    shop, random = demo_shop(), Random(1)
    pattern = next(each for each in shop.articles if each.variant.sku == "PDF-APRON")
    basket = Basket(
        customer=shop.customers[0],
        items=(Item(article=pattern, quantity=1),),
        discount=shop.discounts[2],
        rate=shop.shipping_rates[0],
        payment=shop.payments[0],
    )
    _, events = SimulatedOrder.check_out(
        shop,
        number=1001,
        ids=ascending_ids(random),
        random=random,
        now=datetime(2026, 5, 4, 9, tzinfo=UTC),
        basket=basket,
    )

    body = events[0].payload
    assert (body["shipping_address"], body["shipping_lines"]) == (None, [])
    assert (body["total_shipping_price_set"]["shop_money"]["amount"], body["total_discounts"]) == (
        "0.00",
        "0.00",
    )


def test_a_shipping_discount_lowers_the_shipping_line():
    shop, random = demo_shop(), Random(1)
    basket = Basket(
        customer=shop.customers[0],
        items=(Item(article=shop.articles[0], quantity=1),),
        discount=shop.discounts[2],
        rate=shop.shipping_rates[0],
        payment=shop.payments[0],
    )
    order, _ = SimulatedOrder.check_out(
        shop,
        number=1001,
        ids=ascending_ids(random),
        random=random,
        now=datetime(2026, 5, 4, 9, tzinfo=UTC),
        basket=basket,
    )

    body = order.body()
    line = body["shipping_lines"][0]
    assert (line["price"], line["discounted_price"]) == ("4.90", "0.00")
    assert line["discount_allocations"][0]["amount"] == body["total_discounts"] == "4.90"
    assert body["discount_codes"] == [{"code": "FREIHAUS", "amount": "4.90", "type": "shipping"}]
    assert body["discount_applications"][0]["target_type"] == "shipping_line"
    assert body["total_price"] == body["subtotal_price"] == "14.50"
