import pytest

from devhook.shop.filters import fields_near, fields_of, unknown_fields

ORDER = {
    "total_price": "12.00",
    "note": None,
    "line_items": [{"sku": "TEE-M", "price": "6.00"}],
    "refunds": [],
    "customer": {"id": 7},
}


@pytest.mark.parametrize(
    ("condition", "fields"),
    [
        ("total_price:>100", ("total_price",)),
        ("total_price:>=100 AND line_items.sku:TEE-M", ("total_price", "line_items.sku")),
        ("(a:1 OR -b:2) a:3", ("a", "b")),
        ('note:"see: https://x.example"', ("note",)),
        ("note:'a:b' AND tags:vip", ("note", "tags")),
        ("", ()),
    ],
)
def test_the_fields_that_a_filter_names(condition, fields):
    assert fields_of(condition) == fields


@pytest.mark.parametrize(
    ("condition", "unknown"),
    [
        ("total_price:>100 line_items.sku:TEE customer.id:7", ()),
        ("total:>100", ("total",)),
        ("line_items.name:x", ("line_items.name",)),
        ("customer.email:x", ("customer.email",)),
        ("total_price.amount:1", ("total_price.amount",)),
    ],
)
def test_a_field_that_the_payload_does_not_have_is_found(condition, unknown):
    assert unknown_fields(condition, ORDER) == unknown


def test_fields_below_an_empty_list_or_a_null_are_not_reported_as_unknown():
    assert unknown_fields("refunds.id:1 note.text:x", ORDER) == ()


def test_the_sibling_fields_are_suggestions():
    assert list(fields_near(ORDER, "line_items.skus")) == ["line_items.sku", "line_items.price"]
    assert "total_price" in fields_near(ORDER, "total")
    assert list(fields_near(ORDER, "nowhere.at.all")) == []
