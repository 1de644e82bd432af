from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.webhook.payload import read_xml
from devhook.webhook.xml_writing import root_of, unwritable_key, write_xml

ORDER = {
    "id": 820982911946154508,
    "closed_at": None,
    "confirmed": True,
    "created_at": "2026-11-02T09:15:00+01:00",
    "currency": "EUR",
    "name": "#1001",
    "note": "",
    "number": 1,
    "tags": "gift, <urgent> & big",
    "test": False,
    "total_price": "129.00",
    "phone": "0049301234",
    "billing_address": {"first_name": "Zoë", "latitude": Decimal("52.5"), "zip": "10115"},
    "payment_gateway_names": ["bogus", "gift card"],
    "shipping_lines": [],
    "tax_lines": [{"price": "20.60", "rate": Decimal("0.19"), "title": "MwSt"}],
    "line_items": [
        {"id": 1, "properties": [{"name": "Engraving", "value": "M & K"}], "duties": []},
        {"id": 2, "properties": [], "duties": [{"id": 9}]},
    ],
}


def test_an_order_in_xml_reads_as_the_document_it_was_written_from():
    assert read_xml(write_xml(ORDER, "order")) == ORDER


def test_the_form_is_the_one_that_rails_writes():
    document = {
        "id": 7,
        "closed_at": None,
        "created_at": "2026-11-02T09:15:00+01:00",
        "total_price": "129.00",
        "taxes_included": True,
        "currency": "EUR",
        "billing_address": {"zip": "10115"},
        "shipping_lines": [],
        "tax_lines": [{"rate": Decimal("0.19")}],
    }

    assert write_xml(document, "order").decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<order>\n"
        '  <id type="integer">7</id>\n'
        '  <closed-at nil="true"/>\n'
        '  <created-at type="dateTime">2026-11-02T09:15:00+01:00</created-at>\n'
        '  <total-price type="decimal">129.00</total-price>\n'
        '  <taxes-included type="boolean">true</taxes-included>\n'
        "  <currency>EUR</currency>\n"
        '  <billing-address type="Address">\n'
        "    <zip>10115</zip>\n"
        "  </billing-address>\n"
        '  <shipping-lines type="array"/>\n'
        '  <tax-lines type="array">\n'
        "    <tax-line>\n"
        '      <rate type="float">0.19</rate>\n'
        "    </tax-line>\n"
        "  </tax-lines>\n"
        "</order>\n"
    )


@pytest.mark.parametrize(
    "text", ["a < b > c & d", " kept \t as it is\n", "cr\rlf\r\n", "Zoë 🧀", "]]>", "007", '"']
)
def test_text_comes_back_as_it_was(text):
    assert read_xml(write_xml({"note": text}, "order")) == {"note": text}


def test_what_xml_cannot_hold_is_replaced_so_that_the_body_can_still_be_read():
    assert read_xml(write_xml({"note": "bell \x07, half \ud83e, end"}, "order")) == {
        "note": "bell \ufffd, half \ufffd, end"
    }


def test_an_object_without_keys_cannot_be_told_from_an_empty_string():
    assert read_xml(write_xml({"receipt": {}}, "fulfillment")) == {"receipt": ""}


@pytest.mark.parametrize(
    ("topic", "document", "root"),
    [
        ("order_transactions/create", {"id": 1}, "order_transaction"),
        ("orders/edited", {"order_edit": {"id": 1}}, "hash"),
        ("shop/redact", {"shop_id": 1}, "hash"),
    ],
)
def test_the_root_is_called_after_the_resource_where_there_is_one(topic, document, root):
    assert root_of(topic, document) == root


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_key_is_refused_or_can_be_read_again(key):
    document = {"fields": [{key: "x"}]}

    if unwritable_key(document) is None:
        assert read_xml(write_xml(document, "metaobject"))["fields"] == [{key.replace("-", "_"): "x"}]


def test_a_key_that_is_no_name_of_an_element_is_found():
    assert unwritable_key({"id": 1, "line_items": [{"properties": {"Für Opa": "x"}}]}) == "Für Opa"
    assert unwritable_key({"b2b?": False}) == "b2b?"
    assert unwritable_key({"": 1}) == ""
    assert unwritable_key({"_gift": 1}) == "_gift"
    assert unwritable_key({"naïve_key": [1, {"2nd": 2}]}) == "2nd"
    assert unwritable_key({"id": 1, "note": "b2b?"}) is None
