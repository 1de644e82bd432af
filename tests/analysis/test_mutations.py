"""One field of a documented payload is altered, and exactly that field is told to have changed."""

from copy import deepcopy
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from devhook.analysis.diff import Kind, compare
from devhook.analysis.identity import identities, is_set
from devhook.analysis.pairing import pairs
from devhook.json_pointer import spell
from devhook.resources import fixtures
from devhook.webhook.payload import read_json

PAYLOADS = [read_json(path.read_bytes()) for path in sorted((fixtures() / "payloads").rglob("*.json"))]


def documented():
    """Yield each payload with the values whose place no payload before it has.

    Most payloads of a resource have the same fields, and the comparison knows a value by its place alone.
    """
    known = set()
    for document in PAYLOADS:
        new = [(steps, value) for steps, value in places(document) if steps not in known]
        known.update(steps for steps, _ in new)
        yield document, new


def places(value, steps=()):
    """Yield the steps to every value in a document, with the value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in inner:
        yield (*steps, step), each
        yield from places(each, (*steps, step))


def at(document, steps):
    for step in steps:
        document = document[step]
    return document


def altered(value):
    match value:
        case bool():
            return not value
        case int() | Decimal():
            return value + 1
        case str():
            return f"{value}x"
    return "x"


def is_identity(document, steps):
    """Whether the value tells an item of a list from the others for good, or is an item of a set itself."""
    name = next((step for step in reversed(steps) if isinstance(step, str)), "")
    if name == "tags" or is_set(name):
        return True
    return name == "id" and any(isinstance(step, int) for step in steps[-2:-1])


def changes(before, after):
    return [(each.kind, each.pointer, each.before, each.after) for each in compare(before, after)]


def test_an_altered_value_is_one_change_of_that_value():
    count = 0
    for document, values in documented():
        mutable = deepcopy(document)
        for steps, value in values:
            if isinstance(value, dict | list) or is_identity(document, steps):
                continue
            holder, last = at(mutable, steps[:-1]), steps[-1]
            holder[last] = altered(value)
            assert changes(document, mutable) == [(Kind.CHANGED, spell(steps), value, holder[last])]
            holder[last] = value
            count += 1
    assert count > 2_000


def test_a_missing_field_is_one_change_of_that_field():
    count = 0
    for document, values in documented():
        mutable = deepcopy(document)
        for steps, value in values:
            if not isinstance(steps[-1], str) or is_identity(document, steps):
                continue
            holder = at(mutable, steps[:-1])
            whole = dict(holder)
            del holder[steps[-1]]
            assert changes(document, mutable) == [(Kind.REMOVED, spell(steps), value, None)]
            holder.clear()
            holder.update(whole)
            count += 1
    assert count > 2_000


def test_an_item_that_comes_or_goes_is_one_change_and_one_that_moves_is_none():
    count = 0
    for document in PAYLOADS:
        for steps, items in places(document):
            if not isinstance(items, list):
                continue
            name = str(steps[-1])
            ordered = identities(name, items, items) is None
            for index in range(len(items)):
                mutable = deepcopy(document)
                gone = at(mutable, steps).pop(index)
                ((kind, pointer, *_),) = changes(document, mutable)
                assert kind is Kind.REMOVED
                assert at(document, steps)[int(pointer.rpartition("/")[2])] == gone
                assert [each[0] for each in changes(mutable, document)] == [Kind.ADDED]
                count += 2
            mutable = deepcopy(document)
            at(mutable, steps).reverse()
            assert ordered or changes(document, mutable) == []
    assert count > 500


LINE = {
    "channel_liable": False,
    "price": "5.10",
    "price_set": {"shop_money": {"amount": "5.10", "currency_code": "EUR"}},
    "rate": Decimal("0.19"),
    "title": "VAT",
}
CITY = LINE | {"title": "City", "rate": Decimal("0.02"), "price": "0.50"}


def test_an_item_whose_identity_changed_is_paired_with_the_one_that_is_most_like_it():
    raised = LINE | {"rate": Decimal("0.25"), "price": "6.70"}
    code = {"code": "SPRING", "amount": "10.00", "type": "percentage"}
    for name, before, after, expected in (
        ("tax_lines", [LINE, CITY], [CITY, LINE | {"title": "MwSt"}], [1, 0]),
        ("tax_lines", [LINE, CITY], [raised, CITY], [0, 1]),
        ("tax_lines", [LINE], [{"title": "GST", "rate": 1, "price": "7.00"}], [None]),
        ("tax_lines", [LINE, LINE | {"price": "1.00"}], [LINE | {"price": "1.00"}], [1]),
        ("discount_codes", [code], [code | {"code": "SUMMER"}], [0]),
        ("discount_codes", [code], [code | {"code": "SUMMER", "amount": "5.00"}], [None]),
        ("note_attributes", [{"name": "a", "value": "1"}], [{"name": "b", "value": "2"}], [None]),
        ("note_attributes", [{"name": "a", "value": "1"}], [{"name": "b", "value": "1"}], [0]),
        (
            "line_items",
            [{"id": 1, "title": "Tee", "price": "1"}],
            [{"id": 2, "title": "Tee", "price": "1"}],
            [None],
        ),
    ):
        assert pairs(name, before, after) == (expected, True)


def test_a_hostile_list_of_like_items_is_paired_in_bounded_time():
    old = [{"title": f"{number}", "price": "1"} for number in range(3_000)]
    new = [{"title": f"x{number}", "price": "1"} for number in range(3_000)]

    assert set(pairs("tax_lines", old, new).matches) == {None}
    assert pairs("tax_lines", [LINE] * 3_000, [CITY, *[LINE] * 3_000]).matches[:2] == [None, 0]


lines = st.lists(
    st.fixed_dictionaries(
        {"title": st.sampled_from("AB"), "rate": st.sampled_from([1, 2]), "price": st.sampled_from("123")}
    ),
    max_size=5,
)


@given(lines, lines)
def test_every_item_is_paired_at_most_once_and_no_difference_is_lost(before, after):
    matches = pairs("tax_lines", before, after).matches

    paired = [match for match in matches if match is not None]
    assert len(set(paired)) == len(paired)
    assert (changes({"tax_lines": before}, {"tax_lines": after}) == []) == (
        sorted(map(spelled, before)) == sorted(map(spelled, after))
    )


def spelled(line):
    return sorted(line.items())


def test_items_without_an_identity_stay_paired_when_another_one_comes_or_goes():
    first, second, third = ({"type": "manual", "title": title, "value": "1"} for title in "ABC")
    for name, before, after, expected in (
        ("discount_applications", [first, second, third], [second, third], [1, 2]),
        ("discount_applications", [first, third], [first, second, third], [0, None, 1]),
        ("discount_applications", [first, second], [second | {"value": "2"}], [1]),
        ("tax_exemptions", ["A", "B", "C"], ["B", "C"], [1, 2]),
        ("tax_exemptions", ["A"], ["B", "C"], [None, None]),
        ("tax_exemptions", [], ["A"], [None]),
    ):
        assert pairs(name, before, after) == (expected, False)
    assert pairs("tax_exemptions", ["A", "B"], ["B", "A"]) is None
    (gone,) = compare({"tax_exemptions": ["A", "B", "C"]}, {"tax_exemptions": ["A", "C"]})
    assert (gone.path, gone.pointer, gone.before) == ("tax_exemptions[1]", "/tax_exemptions/1", "B")
