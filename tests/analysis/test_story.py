from copy import deepcopy
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.analysis.diff import compare
from devhook.analysis.earlier import Earlier, Previous
from devhook.analysis.story import SHORT, summarize, whole_story, with_reason
from devhook.analysis.verdict import Reading, Verdict, conclude
from devhook.resources import fixtures
from devhook.webhook.delivery import Signature
from devhook.webhook.payload import read_json
from devhook.webhook.subject import subject_of

ROOT = fixtures() / "payloads"
PAYLOADS = {
    str(path.relative_to(ROOT).with_suffix("")): read_json(path.read_bytes())
    for path in sorted(ROOT.rglob("*.json"))
}
ORDER = PAYLOADS["orders/updated"]
NEW = PAYLOADS["orders/create"]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=30)
    | st.decimals(allow_nan=False).map(Decimal),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
# What each word of a sentence claims: one of these fields changed.
CLAIMS = {
    "paid": {"financial_status"},
    "authorized": {"financial_status"},
    "payment": {"financial_status", "payment_gateway_names", "payment_terms"},
    "cancelled": {"cancelled_at"},
    "archived": {"closed_at"},
    "reopened": {"closed_at"},
    "refunded": {"refunds"},
    "edited": {"line_items", "refunds"},
    "price of": {"line_items"},
    "sent": {"fulfillments"},
    "tracking": {"fulfillments"},
    "shipment": {"fulfillments"},
    "fulfilment": {"fulfillments"},
    "fulfilled": {"fulfillment_status"},
    "return ": {"returns"},
    "discount": {"discount_codes", "discount_applications", "current_total_discounts", "total_discounts"},
    "shipping": {
        "shipping_lines",
        "shipping_address",
        "total_shipping_price_set",
        "current_shipping_price_set",
    },
    "total ": {"current_total_price", "total_price", "total_outstanding", "total_tax", "total_weight"},
    "note ": {"note"},
    "tags": {"tags"},
    "customer": {"customer", "customer_locale"},
}


def read(topic, document, *, before=None, before_topic=None):
    base = before_topic or topic
    previous = before and Previous(
        id=1, topic=base, event_id=None, document=before, shape=subject_of(base, before).document
    )
    subject = subject_of(topic, document)
    return conclude(topic, Signature.VALID, None, subject, 0, document, Earlier(previous=previous))


def told(topic, document, *, before=None, before_topic=None):
    reading = read(topic, document, before=before, before_topic=before_topic)
    return summarize(topic, Signature.VALID, reading, document).text


def changed(**fields):
    return told("orders/updated", NEW | fields, before=NEW)


def line(**fields):
    return NEW["line_items"][0] | fields


def refund(amount, status="success", **fields):
    paid = {"kind": "refund", "status": status, "amount": amount, "currency": "EUR"}
    return PAYLOADS["refunds/create"] | {"transactions": [paid]} | fields


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        ("app/scopes_update", "scopes + read_fulfillments"),
        ("app/uninstalled", "the app was uninstalled"),
        ("carts/create", "cart, 3 items"),
        ("checkouts/create", "checkout of 108.30, 5 items"),
        ("customer.tags_added", "customer's tags + Stammkundin"),
        ("customers/create", "customer created"),
        ("customers/data_request", "a customer asks for their data, 1 order"),
        ("customers/redact", "erase a customer's data, 1 order"),
        ("discounts/update", "discount MOSS10 updated, active"),
        ("disputes/update", "chargeback 121.22: won"),
        ("draft_orders/create", "draft order of 413.14, 16 items, open"),
        ("fulfillment_orders/moved", "moved from location 68153027410 to location 68153092946"),
        ("fulfillment_orders/placed_on_hold", "fulfilment order placed on hold"),
        ("fulfillments/update", "sent 3 items, tracking KZ45113108045"),
        ("inventory_levels/update", "18 available at location 68153092946"),
        ("locales/update", "locale fr updated"),
        ("order_transactions/create", "transaction authorization 102.37"),
        ("orders/cancelled", "order of 178.15, 3 items, refunded, cancelled"),
        ("orders/create", "order of 102.37, 5 items, authorized"),
        ("orders/delete", "order deleted"),
        ("orders/edited", "edited: 1 item added, 1 item removed"),
        ("orders/risk_assessment_changed", "risk: low"),
        ("payment_schedules/due", "payment of 413.14 is due"),
        ("products/update", "product Enamel mug, 3 variants, active"),
        ("refunds/create", "refund 13.05, 1 × MUG-EMBER-350"),
        ("returns/request", "return of 1 line requested"),
        ("shop/redact", "erase the shop's data"),
        ("subscription_billing_attempts/failure", "subscription billing failed: card declined"),
        ("variants/out_of_stock", "MUG-EMBER-350 out of stock: 1 → 0"),
    ],
)
def test_a_first_delivery_says_what_it_is(topic, words):
    assert told(topic, PAYLOADS[topic]) == words


def test_every_documented_payload_has_a_sentence_that_fits_the_list():
    for topic, document in PAYLOADS.items():
        words = told(topic, document)

        assert 0 < len(words) <= SHORT, topic
        assert not {"None", "{", "[", "first delivery"} & set(words.split()), topic


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"financial_status": "paid", "total_outstanding": "0.00"}, "paid 102.37"),
        ({"financial_status": "paid"}, "paid 102.37"),
        ({"financial_status": "voided"}, "payment voided"),
        ({"financial_status": "partially_refunded"}, "payment authorized → partially_refunded"),
        (
            {"refunds": [refund("80.10")], "financial_status": "partially_refunded"},
            "refunded 80.10 → partially_refunded",
        ),
        ({"refunds": [refund("80.10", "pending")]}, "refunded 80.10 (pending)"),
        ({"cancelled_at": "2026-05-04T09:00:00Z", "cancel_reason": "customer"}, "cancelled: customer"),
        ({"closed_at": "2026-05-04T09:00:00Z"}, "archived"),
        ({"note": "Ring twice"}, "note added"),
        ({"tags": "Stammkundin, vip"}, "tags + vip"),
        ({"tags": ""}, "tags - Stammkundin"),
        ({"line_items": [*NEW["line_items"], line(id=9, sku="TEE-M", quantity=1, current_quantity=1)]},
         "edited: + 1 × TEE-M"),
        ({"line_items": [line(price="12.00"), *NEW["line_items"][1:]]}, "price of MUG-EMBER-350 14.50 → 12.00"),  # noqa: E501
        ({"current_total_price": "90.00"}, "total 102.37 → 90.00"),
        ({"test": False, "app_id": 1, "number": 2, "phone": "x"}, "4 fields: app id, number, test …"),
    ],
)  # fmt: skip
def test_a_change_of_an_order_is_told_in_its_own_terms(fields, words):
    assert changed(**fields) == words


def sent(*quantities, **fields):
    parts = [
        {"id": number, "status": "success", "line_items": [{"id": number, "quantity": quantity}]} | fields
        for number, quantity in enumerate(quantities, start=1)
    ]
    return NEW | {"fulfillments": parts}


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (NEW, sent(2, tracking_number="KZ141"), "sent 2 of 5 items, tracking KZ141"),
        (sent(2), sent(2, 1), "sent 1 item, 3 of 5 in all"),
        (sent(2), sent(2, 3), "sent the last 3 of 5 items"),
        (NEW, sent(5), "sent all 5 items"),
        (NEW, sent(9), "sent 9 items"),
        (NEW, sent(1, status="cancelled"), "fulfilment cancelled"),
        (sent(2), sent(2, tracking_number="KZ141", tracking_company="DHL"), "tracking KZ141"),
        (sent(2), sent(2, shipment_status="delivered"), "shipment delivered"),
        (NEW, NEW | {"fulfillment_status": "fulfilled"}, "fulfilled"),
    ],
)
def test_what_was_sent_is_counted_against_the_order(before, after, words):
    assert told("orders/updated", after, before=before) == words


def test_units_that_an_edit_removes_are_no_refund():
    """They are in the order's refunds, without transactions."""
    item = {"quantity": 1, "line_item": {"sku": "COF"}}
    lines = [line(current_quantity=2), *NEW["line_items"][1:]]

    assert changed(
        line_items=lines, refunds=[{"id": 3, "transactions": [], "refund_line_items": [item]}]
    ) == ("edited: - 1 × COF")


@pytest.mark.parametrize(
    ("topic", "before", "fields", "words"),
    [
        ("products/update", "products/create", {"title": "Mug"}, "title now Mug"),
        ("inventory_levels/update", "inventory_levels/update", {"available": 3},
         "available 18 → 3 at location 68153092946"),
        ("customers/enable", "customers/disable", {"state": "enabled"}, "state disabled → enabled"),
        ("draft_orders/update", "draft_orders/create", {"status": "completed"}, "status open → completed"),
        ("tax_services/update", "tax_services/create", {"active": True}, "active no → yes"),
        ("collection_listings/update", "collection_listings/add",
         {"collection_listing": PAYLOADS["collection_listings/add"]["collection_listing"] | {"title": "X"}},
         "title now X"),
    ],
)  # fmt: skip
def test_a_change_of_another_resource_is_told_too(topic, before, fields, words):
    assert told(topic, PAYLOADS[before] | fields, before=PAYLOADS[before], before_topic=before) == words


def test_a_price_of_a_variant_is_told_with_its_sku():
    product = PAYLOADS["products/update"]
    variants = [product["variants"][0] | {"price": "12.00"}, *product["variants"][1:]]

    assert told("products/update", product | {"variants": variants}, before=product) == (
        f"price of {product['variants'][0]['sku']} {product['variants'][0]['price']} → 12.00"
    )


def test_an_order_in_two_currencies_has_the_currency_beside_each_amount():
    order = NEW | {"presentment_currency": "USD"}

    assert told("orders/create", order) == "order of 102.37 EUR, 5 items, authorized"


@pytest.mark.parametrize(
    ("reading", "signature", "words"),
    [
        ({"verdict": "first"}, Signature.INVALID, "bad signature"),
        ({"verdict": "first"}, Signature.MISSING, "no signature"),
        ({"verdict": "duplicate", "original": 41, "first_answer": 200}, Signature.VALID, "duplicate of 41"),
        ({"verdict": "duplicate", "original": 41, "first_answer": 500}, Signature.VALID,
         "retry of 41, answered 500"),
        ({"verdict": "duplicate", "original": 41, "first_answer": 0}, Signature.VALID,
         "retry of 41, which got no answer"),
        ({"verdict": "late", "changes": compare({"note": None}, {"note": "x"})}, Signature.VALID,
         "late: note added"),
        ({"verdict": "unchanged"}, Signature.VALID, "nothing visible"),
        ({"verdict": "first", "unreadable": "It is no JSON."}, Signature.VALID, "unreadable"),
    ],
)  # fmt: skip
def test_a_verdict_comes_before_the_changes(reading, signature, words):
    assert summarize(None, signature, Reading(subject=None, version=0, **reading), None).text == words


def test_what_another_delivery_of_the_action_tells_is_the_reason():
    assert with_reason("nothing visible", "moved from location 68153027410 to location 68153092946") == (
        "nothing visible: moved to location …092946"
    )
    assert with_reason("nothing new: repeats an earlier delivery", "moved to location 6") == (
        "nothing visible: moved to location 6"
    )
    moved = "moved from location Road to location x to location Oslo"
    assert with_reason("nothing visible", moved) == "nothing visible: location moved to Oslo"
    assert with_reason("nothing visible", "moved from location 1 to location 2") == (
        "nothing visible: moved to location 2"
    )
    assert with_reason("bad signature", "body parsed and written again") == (
        "bad signature: body parsed and written again"
    )
    assert with_reason("paid 2.00", "moved") == "paid 2.00"


def places_of(value):
    """The keys or indexes of a value, each with what is there; none of a value that is no container."""
    return value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()


def places(value, steps=()):
    for step, each in places_of(value):
        yield (*steps, step), each
        yield from places(each, (*steps, step))


PLACES = list(places(ORDER))


@given(st.lists(st.sampled_from(PLACES), min_size=1, max_size=6), st.data())
def test_a_sentence_names_only_what_changed(chosen, data):
    order = deepcopy(ORDER)
    for steps, _ in chosen:
        holder = order
        for step in steps[:-1]:
            holder = dict(places_of(holder)).get(step, {})
        if isinstance(holder, dict | list) and holder:
            holder[steps[-1] if isinstance(holder, dict) else 0] = data.draw(JSON)
    reading = read("orders/updated", order, before=ORDER)
    if reading.verdict is not Verdict.CHANGED:
        return
    fields = {change.pointer.split("/")[1] for change in reading.changes}
    sentence = whole_story("orders/updated", Signature.VALID, reading, order)

    bare = sentence
    for change in reading.changes:  # a value may hold any word
        for value in (change.before, change.after):
            if isinstance(value, str) and len(value) > 1:
                bare = bare.replace(" ".join(value.split())[:80], "")
    for word, claimed in CLAIMS.items():
        named = any(word.strip() in field.replace("_", " ") for field in fields)
        assert word not in bare or named or claimed & fields, (sentence, fields)
    assert len(summarize("orders/updated", Signature.VALID, reading, order).text) <= SHORT


@given(st.sampled_from(sorted(PAYLOADS)), JSON, st.dictionaries(st.text(max_size=12), JSON, max_size=3))
def test_nothing_that_a_stranger_sends_is_an_error(topic, document, fields):
    known = PAYLOADS[topic]
    sent = {**known, **{key: value for key, value in zip(known, fields.values(), strict=False)}}  # noqa: C416
    for body in (document, fields, sent):
        reading = Reading(
            subject=subject_of(topic, body), version=0, verdict=Verdict.CHANGED, changes=compare(known, body)
        )
        for verdict in (Verdict.CHANGED, Verdict.FIRST):
            told = summarize(topic, Signature.VALID, reading.model_copy(update={"verdict": verdict}), body)

            assert len(told.text) <= SHORT
            assert len(told.discreet) <= SHORT
