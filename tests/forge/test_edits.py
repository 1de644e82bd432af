from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.analysis.diff import compare
from devhook.errors import InputError
from devhook.forge.edits import Edits, apply_edits, typed_value
from devhook.forge.source import sample
from devhook.webhook.payload import write_json

ORDER = {
    "id": 7,
    "note": "Ring twice",
    "cancelled_at": None,
    "tags": "gift, vip",
    "weight": Decimal("2.0"),
    "receipt": {},
    "line_items": [
        {"id": 1010, "sku": "TEE-M", "title": "Tee", "quantity": 1, "price": "21.00"},
        {"id": 1011, "sku": "TEE-L", "title": "Tee", "quantity": 2, "price": "21.00"},
    ],
    "note_attributes": [{"name": "delivery day", "value": "Monday"}],
}


def with_sets(*typed):
    return apply_edits(ORDER, Edits(sets=typed))


def test_a_field_is_found_by_its_path_and_nothing_else_changes():
    found = compare(ORDER, with_sets("line_items[1].quantity=3"))

    assert [(change.path, change.before, change.after) for change in found] == [
        ("line_items[TEE-L].quantity", 2, 3)
    ]
    assert ORDER["line_items"][1]["quantity"] == 2


@pytest.mark.parametrize("item", ["0", "TEE-M", "1010"])
def test_an_item_goes_by_its_label_its_id_or_its_position(item):
    assert with_sets(f"line_items[{item}].price=19.00")["line_items"][0]["price"] == "19.00"


def test_a_label_with_blanks_and_one_in_quotes_are_found():
    assert with_sets("note_attributes[delivery day].value=Friday")["note_attributes"][0]["value"] == "Friday"
    assert with_sets('["note_attributes"]["delivery day"].value=x')["note_attributes"][0]["value"] == "x"


@pytest.mark.parametrize(
    ("text", "former", "value"),
    [
        ("19.00", "21.00", "19.00"),
        ('"19.00"', "21.00", "19.00"),
        ("null", "Ring twice", None),
        ('"null"', "Ring twice", "null"),
        ("true", "Ring twice", "true"),
        ('{"a":1}', "Ring twice", '{"a":1}'),
        ("true", False, True),
        ("3", 1, 3),
        ("820982911946154508", 1, 820982911946154508),
        ("3", Decimal("2.0"), Decimal(3)),
        ("three", 1, "three"),
        ("5", None, 5),
        ("paid", None, "paid"),
        ("", "x", ""),
        ("NaN", 1, "NaN"),
        ("[1, 2]", [], [1, 2]),
        ("a=b", "x", "a=b"),
    ],
)
def test_what_is_typed_keeps_the_kind_of_what_it_replaces(text, former, value):
    typed = typed_value(text, former)

    assert (typed, type(typed)) == (value, type(value))


def test_a_number_with_a_point_is_written_with_one():
    assert b'"weight":3.0' in write_json(with_sets("weight=3"))


def test_a_field_is_taken_out_and_an_item_too():
    left = apply_edits(ORDER, Edits(unsets=("note", "line_items[TEE-M]", "tags[gift]")))

    assert "note" not in left
    assert [line["sku"] for line in left["line_items"]] == ["TEE-L"]
    assert left["tags"] == "vip"


def test_a_field_an_item_and_a_tag_are_added():
    more = apply_edits(
        ORDER,
        Edits(
            adds=("channel=pos", 'note_attributes={"name":"gift","value":"yes"}', "tags=new", "receipt.id=5")
        ),
    )

    assert more["channel"] == "pos"
    assert more["note_attributes"][1] == {"name": "gift", "value": "yes"}
    assert more["tags"] == "gift, vip, new"
    assert more["receipt"] == {"id": 5}


def test_what_was_added_can_be_set_and_what_was_set_taken_out():
    made = apply_edits(ORDER, Edits(adds=("a=1",), sets=("a=2", "note=x"), unsets=("note",)))

    assert made["a"] == 2
    assert "note" not in made


@pytest.mark.parametrize(
    ("typed", "message", "hint"),
    [
        ("line_item[0].price=1", "The payload does not contain a field line_item.", "line_items"),
        ("line_items[TEE-S].price=1", "line_items does not contain an item TEE-S.", "TEE-M"),
        ("line_items[2].price=1", "line_items does not contain an item 2.", "TEE-M"),
        ("line_items[TEE-M].prise=1", "line_items[TEE-M] does not contain a field prise.", "price"),
        ("receipt.id=1", "receipt does not contain a field id.", "--add"),
        ("note.text=1", "note is neither object nor list and contains no text.", "--set"),
        ("note", "contains no value", "--set"),
        ("=5", "not a path", "--set"),
        ("a..b=5", "not a path", "--set"),
        ("line_items[=5", "contains no value", "--set"),
    ],
)
def test_a_path_that_leads_nowhere_is_answered_with_what_is_missing_and_the_nearest(typed, message, hint):
    with pytest.raises(InputError) as refused:
        with_sets(typed)

    assert message in refused.value.message
    assert hint in refused.value.hint


@pytest.mark.parametrize("typed", ["note=x", "line_items[0].sku.x=1"])
def test_what_cannot_be_added_is_said(typed):
    with pytest.raises(InputError):
        apply_edits(ORDER, Edits(adds=(typed,)))


ORDERS = sample("orders/updated")


@given(st.data())
def test_every_path_that_changes_show_leads_to_its_field(data):
    index = data.draw(st.integers(0, len(ORDERS["line_items"]) - 1))
    key = data.draw(st.sampled_from(["price", "quantity", "title", "taxable", "grams", "variant_title"]))
    other = apply_edits(ORDERS, Edits(unsets=(f"line_items[{index}].{key}",)))
    other["line_items"][index] = {**other["line_items"][index], key: "9"}
    (change,) = compare(ORDERS, other)

    again = apply_edits(ORDERS, Edits(sets=(f'{change.path}="9"',)))

    assert compare(other, again) == ()
