import copy
from decimal import Decimal
from operator import itemgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.analysis.diff import Change, Kind, compare
from devhook.analysis.identity import join_tags, split_tags
from devhook.webhook.payload import read_json, write_json

GONE = object()


def apply(before, changes):
    """Return `before` with the `changes` that `compare` found from it.

    The result equals what it was compared with, up to the order of keys, of tags, and of items that have an
    identity. It shares the parts that did not change with `before`, which stays as it is.
    """
    return Copied(before).with_changes(changes)


class Copied:
    """A document under change: what is touched is copied first, once, and nothing else is."""

    def __init__(self, document):
        self._holder = {"": document}
        self._own = {}
        self._added = {}
        self._texts = []

    def with_changes(self, changes):
        for change in changes:
            container = self._holder
            *way, last = ("", *change.steps)
            for step in way:
                container = self._inside(container, step)
            if type(container) is dict and change.kind is Kind.REMOVED:
                del container[last]
            elif type(container) is list and change.kind is Kind.ADDED:
                index = int(change.pointer.rpartition("/")[2])
                self._added.setdefault(id(container), []).append((index, change.after))
            else:
                # Other changes count by the old list's indexes: an item that goes leaves a gap until the end.
                container[last] = GONE if change.kind is Kind.REMOVED else change.after
        return self._finished()

    def _inside(self, container, step):
        """Return what stands at `step`, made a copy of our own; a comma list becomes the list of its tags."""
        inner = container[step]
        if id(inner) not in self._own:
            if type(inner) is str:
                inner = split_tags(inner)
                self._texts.append((container, step))
            else:
                inner = inner.copy()
            container[step] = inner
            self._own[id(inner)] = inner
        return inner

    def _finished(self):
        for container in self._own.values():
            if type(container) is list:
                container[:] = [item for item in container if item is not GONE]
                # An item that came counts by the new list's indexes.
                for index, item in sorted(self._added.get(id(container), ()), key=itemgetter(0)):
                    container.insert(index, item)
        for container, key in self._texts:
            container[key] = join_tags(container[key])
        return self._holder[""]


def told(before, after):
    return [
        (change.kind.value, change.path, change.before, change.after) for change in compare(before, after)
    ]


def money(amount):
    price = {"amount": amount, "currency_code": "EUR"}
    return {"shop_money": dict(price), "presentment_money": dict(price)}


def line_item(number):
    return {
        "id": 2**53 + number,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{2**53 + number}",
        "fulfillable_quantity": 2,
        "gift_card": False,
        "name": f"Mug {number}",
        "price": "8.00",
        "price_set": money("8.00"),
        "properties": [{"name": "engraving", "value": "none"}],
        "quantity": 2,
        "sku": f"MUG-{number}",
        "variant_title": None,
        "tax_lines": [{"title": "VAT", "rate": Decimal("0.19"), "price": "1.28", "price_set": money("1.28")}],
        "duties": [],
        "discount_allocations": [{"amount": "1.00", "discount_application_index": 0}],
    }


def order(lines=3):
    return {
        "id": 4_500_000_000_000_001,
        "name": "#1001",
        "note": None,
        "tags": "new, vip",
        "total_price": "16.00",
        "updated_at": "2026-03-01T10:00:00+01:00",
        "customer": {"id": 7, "updated_at": "2026-03-01T10:00:00+01:00"},
        "fulfillments": [],
        "line_items": [line_item(number) for number in range(lines)],
        "payment_gateway_names": ["manual", "gift_card"],
    }


# --- what counts as a difference ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (1, Decimal("1.0")),
        (1, True),
        (0, False),
        (Decimal("1.0"), True),
        (Decimal("1.0"), Decimal("1.00")),
        (Decimal("0.0"), Decimal("-0.0")),
        ("1", 1),
        ("", None),
        (None, False),
        ([], {}),
        ([], None),
        ({}, None),
        (9007199254740992, 9007199254740993),
    ],
)
def test_values_that_are_written_differently_differ(before, after):
    for old, new in ((before, after), (after, before)):
        assert [change.kind for change in compare(old, new)] == [Kind.CHANGED]
        assert told({"a": old}, {"a": new}) == [("changed", "a", old, new)]
        assert told({"a": [{"b": old}]}, {"a": [{"b": new}]}) == [("changed", "a[0].b", old, new)]


def test_the_same_document_has_no_changes():
    assert compare(order(), copy.deepcopy(order())) == ()
    assert compare(None, None) == ()


def test_the_order_of_keys_is_no_change():
    before = order()
    after = {key: before[key] for key in reversed(before)}
    after["line_items"] = [{key: line[key] for key in reversed(line)} for line in before["line_items"]]

    assert compare(before, after) == ()


def test_a_key_can_take_the_place_of_another():
    assert told({"a": 1, "b": 2}, {"a": 1, "c": 2}) == [("added", "c", None, 2), ("removed", "b", 2, None)]
    assert told({"x": {"a": None}}, {"x": {"b": None}}) == [
        ("added", "x.b", None, None),
        ("removed", "x.a", None, None),
    ]


def test_what_becomes_an_object_or_a_list_is_one_change():
    assert told({"a": None}, {"a": {"b": [1, 2]}}) == [("changed", "a", None, {"b": [1, 2]})]
    assert told({"a": {"b": 1}}, {"a": [1]}) == [("changed", "a", {"b": 1}, [1])]
    assert told([1], {"a": 1}) == [("changed", "(document)", [1], {"a": 1})]


def test_an_added_or_removed_item_is_one_change_with_the_whole_value():
    before, after = order(), order()
    after["line_items"].insert(0, line_item(9))
    after["line_items"].pop(2)

    assert told(before, after) == [
        ("added", "line_items[MUG-9]", None, line_item(9)),
        ("removed", "line_items[MUG-1]", line_item(1), None),
    ]


def test_an_added_item_stands_behind_all_old_ones_until_it_has_a_place_of_its_own():
    (change,) = compare({"refunds": [{"id": 1}, {"id": 2}]}, {"refunds": [{"id": 3}, {"id": 2}, {"id": 1}]})

    assert (change.pointer, change.steps) == ("/refunds/0", ("refunds", 2))


def test_moved_items_are_no_change():
    before, after = order(), order()
    after["line_items"].reverse()
    after["payment_gateway_names"].reverse()
    after["tags"] = "vip, new"

    assert compare(before, after) == ()


def test_items_of_a_positional_list_that_trade_places_are_changed():
    before = {"discount_applications": [{"code": "TEN"}, {"code": "TWENTY"}]}
    after = {"discount_applications": [{"code": "TWENTY"}, {"code": "TEN"}]}

    assert told(before, after) == [
        ("changed", "discount_applications[TWENTY].code", "TEN", "TWENTY"),
        ("changed", "discount_applications[TEN].code", "TWENTY", "TEN"),
    ]


def test_the_same_line_item_in_the_order_and_in_its_fulfilments_is_not_mixed_up():
    before = order()
    before["fulfillments"] = [
        {"id": 5, "name": "#1001.1", "line_items": [line_item(0), line_item(1)]},
        {"id": 6, "name": "#1001.2", "line_items": [line_item(0)]},
    ]
    after = copy.deepcopy(before)
    after["fulfillments"].reverse()
    after["fulfillments"][1]["line_items"][0]["quantity"] = 1
    after["line_items"][0]["quantity"] = 3

    assert sorted(told(before, after)) == [
        ("changed", "fulfillments[#1001.1].line_items[MUG-0].quantity", 2, 1),
        ("changed", "line_items[MUG-0].quantity", 2, 3),
    ]


def test_a_removed_item_does_not_take_the_label_of_one_that_stays():
    before = {"line_items": [{"id": 1, "sku": "CAP"}, {"id": 2, "sku": "MUG"}]}
    after = {"line_items": [{"id": 2, "sku": "CAP"}]}

    assert [change.path for change in compare(before, after)] == ["line_items[2].sku", "line_items[1]"]


def test_tags_come_and_go_one_by_one():
    before, after = {"tags": "new, vip, new"}, {"tags": "vip, gift, new"}

    changes = compare(before, after)

    assert [(change.kind, change.path, change.before, change.after) for change in changes] == [
        (Kind.ADDED, "tags[gift]", None, "gift"),
        (Kind.REMOVED, "tags[new #2]", "new", None),
    ]
    assert {change.pointer for change in changes} == {"/tags"}
    assert told({"tags": ""}, {"tags": "vip"}) == [("added", "tags[vip]", None, "vip")]
    assert told({"tags": None}, {"tags": "vip"}) == [("changed", "tags", None, "vip")]
    assert told({"tags": ["a", "b"]}, {"tags": ["b", "a", "c"]}) == [("added", "tags[c]", None, "c")]


def test_a_comma_list_is_only_looked_for_in_tags():
    assert told({"note": "a, b"}, {"note": "b, a"}) == [("changed", "note", "a, b", "b, a")]


def test_equal_tax_lines_are_compared_in_their_order():
    def taxes(*prices):
        return {"tax_lines": [{"title": "VAT", "rate": Decimal("0.19"), "price": price} for price in prices]}

    assert told(taxes("1.00", "2.00", "3.00"), taxes("1.00", "2.50")) == [
        ("changed", "tax_lines[VAT 0.19 #2].price", "2.00", "2.50"),
        ("removed", "tax_lines[VAT 0.19 #3]", taxes("3.00")["tax_lines"][0], None),
    ]


def test_six_edits_of_a_long_order_are_six_changes():
    before = read_json(write_json(order(lines=250)))
    after = read_json(write_json(order(lines=250)))
    after["note"] = "Ring twice"
    after["tags"] = "vip, new, gift"
    after["line_items"][0]["fulfillable_quantity"] = 0
    after["line_items"][100]["price_set"]["shop_money"]["amount"] = "7.50"
    after["line_items"][249]["tax_lines"][0]["price"] = "1.27"
    after["line_items"].insert(0, line_item(999))

    assert told(before, after) == [
        ("changed", "note", None, "Ring twice"),
        ("added", "tags[gift]", None, "gift"),
        ("added", "line_items[MUG-999]", None, read_json(write_json(line_item(999)))),
        ("changed", "line_items[MUG-0].fulfillable_quantity", 2, 0),
        ("changed", "line_items[MUG-100].price_set.shop_money.amount", "8.00", "7.50"),
        ("changed", "line_items[MUG-249].tax_lines[VAT 0.19].price", "1.28", "1.27"),
    ]


def test_a_pointer_leads_into_the_new_document_and_for_what_was_removed_into_the_old():
    before, after = order(), order()
    after["line_items"].insert(0, line_item(9))
    after["line_items"][2]["price"] = "9.00"
    del after["line_items"][3]["duties"]
    del before["line_items"][0]["sku"]

    assert [(change.kind.value, change.pointer) for change in compare(before, after)] == [
        ("added", "/line_items/0"),
        ("added", "/line_items/1/sku"),
        ("changed", "/line_items/2/price"),
        ("removed", "/line_items/2/duties"),
    ]


def test_a_time_of_update_is_quiet_wherever_it_stands():
    before, after = order(), order()
    before["fulfillments"] = [{"id": 1, "updated_at": "a"}]
    after["fulfillments"] = [{"id": 1, "updated_at": "b"}]
    after["updated_at"] = after["customer"]["updated_at"] = "2026-03-01T10:00:05+01:00"
    after["total_price"] = "8.00"

    assert [(change.path, change.noise) for change in compare(before, after)] == [
        ("total_price", False),
        ("updated_at", True),
        ("customer.updated_at", True),
        ("fulfillments[1].updated_at", True),
    ]


def test_a_time_of_update_that_comes_or_goes_or_is_an_attribute_is_loud():
    assert [change.noise for change in compare({"updated_at": "a"}, {})] == [False]
    assert [change.noise for change in compare({}, {"updated_at": "a"})] == [False]
    before, after = ({"note_attributes": [{"name": "updated_at", "value": value}]} for value in "ab")
    assert [change.noise for change in compare(before, after)] == [False]


def test_documents_deeper_than_python_recurses_are_compared_and_changed():
    def nested(depth, innermost):
        document = innermost
        for level in range(depth):
            document = {"a": document} if level % 2 else [document]
        return document

    before, after = nested(1500, 1), nested(1500, True)

    (change,) = compare(before, after)

    assert (change.before, change.after) == (1, True)
    assert compare(after, apply(before, [change])) == ()


def test_a_change_is_the_same_after_it_was_written_down():
    before, after = (
        {"grams": 1, "rate": Decimal("2.0")},
        {"grams": True, "rate": Decimal("2.00"), "id": 2**60},
    )

    changes = compare(before, after)

    assert tuple(Change(**read_json(write_json(change.model_dump()))) for change in changes) == changes
    assert compare(apply(before, changes), after) == ()


# --- the properties ----------------------------------------------------------------------------------------

BY_ID = {"line_items", "fulfillments", "refunds", "transactions", "attributed_staffs"}
SETS = {"payment_gateway_names", "tracking_numbers", "tags"}
BY_FIELD = {
    "note_attributes": "name",
    "discount_codes": "code",
    "discount_allocations": "discount_application_index",
}
SCALARS = (str, int, Decimal, bool, type(None))


def exact(value):
    return f"{type(value).__name__} {value}"


def sorting_key(name, item):
    """What the item is sorted by where order does not matter, None where it does."""
    if name == "discount_applications":
        return None
    if name in SETS:
        return exact(item) if isinstance(item, SCALARS) else None
    if not isinstance(item, dict):
        return None
    fields = ["title", "rate", "channel_liable"] if name == "tax_lines" else [BY_FIELD.get(name, "id")]
    values = [item.get(field) for field in fields]
    if all(value is None for value in values) or not all(isinstance(value, SCALARS) for value in values):
        return None
    return "|".join(map(exact, values))


def normal(value, name=""):
    """The value as text that is equal for two documents exactly when they say the same."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{normal(value[key], key)}" for key in sorted(value)) + "}"
    if isinstance(value, str) and name == "tags":
        return f"tags {sorted(value.split(', ') if value else [])}"
    if not isinstance(value, list):
        return exact(value) + f" {value!r}"
    keys = [sorting_key(name, item) for item in value]
    known = name in BY_ID | SETS | set(BY_FIELD) | {"tax_lines"}
    if None in keys or (not known and len(set(keys)) < len(keys)):
        return "[" + ",".join(normal(item) for item in value) + "]"
    order = sorted(range(len(value)), key=keys.__getitem__)
    return "(" + ",".join(normal(value[index]) for index in order) + ")"


def resolved(document, pointer):
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        document = document[int(key)] if isinstance(document, list) else document[key]
    return document


NAMES = [*BY_ID, *SETS, *BY_FIELD, "tax_lines", "discount_applications", "others", "a/b~c", ""]
FIELDS = ["id", "name", "code", "title", "rate", "channel_liable", "discount_application_index", "updated_at"]
NUMBERS = [0, 1, 2, 2**53 + 1, True, False, Decimal("1.0"), Decimal("1.00"), Decimal("0.19")]
VALUES = st.sampled_from([None, *NUMBERS, "1", "", "a", "b", "a, b", "b, a", "a, a, c", ", "])
IDS = st.sampled_from([1, 2, 3, 4, 5])


def items(inner):
    fields = st.dictionaries(st.sampled_from(FIELDS), VALUES)
    return st.builds(
        lambda fields, own_id, rest: {**fields, **own_id, **rest},
        fields,
        st.one_of(st.builds(dict, id=IDS), st.just({})),
        st.dictionaries(st.sampled_from([*NAMES, "price"]), inner, max_size=3),
    )


def shopify_like(inner):
    identified = st.lists(
        st.builds(lambda own_id, item: {**item, "id": own_id}, IDS, items(inner)),
        max_size=4,
        unique_by=lambda item: item["id"],
    )
    lists = st.one_of(identified, st.lists(items(inner), max_size=4), st.lists(VALUES, max_size=4))
    return st.dictionaries(st.sampled_from([*NAMES, *FIELDS]), st.one_of(lists, inner, VALUES), max_size=5)


FREE = st.recursive(
    st.one_of(VALUES, st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)
DOCUMENTS = st.one_of(st.recursive(FREE, shopify_like, max_leaves=12), FREE)


def edited(document, random, name=""):
    """A later version: things move, come, go and change, all over the document."""
    if isinstance(document, dict):
        document = {
            key: edited(value, random, key) for key, value in document.items() if random.random() > 0.05
        }
        keys = list(document)
        random.shuffle(keys)
        return {key: document[key] for key in keys}
    if isinstance(document, list):
        document = [edited(item, random) for item in document if random.random() > 0.1]
        if random.random() < 0.5:
            random.shuffle(document)
        if document and random.random() < 0.1:
            document.append(random.choice(document))
        return document
    if isinstance(document, str) and name == "tags" and random.random() < 0.5:
        return ", ".join(reversed(document.split(", ")))
    return random.choice([*NUMBERS, "a", None]) if random.random() < 0.1 else document


VERSIONS = st.one_of(
    st.tuples(DOCUMENTS, DOCUMENTS),
    st.builds(
        lambda document, random: (document, edited(document, random)),
        DOCUMENTS,
        st.randoms(use_true_random=False),
    ),
)


@given(VERSIONS)
def test_applying_the_changes_to_the_old_document_gives_the_new_one(versions):
    before, after = versions
    kept = repr(before)

    result = apply(before, compare(before, after))

    assert normal(result) == normal(after)
    assert repr(before) == kept


@given(VERSIONS)
def test_there_are_no_changes_exactly_when_the_documents_say_the_same(versions):
    before, after = versions

    assert (compare(before, after) == ()) == (normal(before) == normal(after))
    assert compare(before, copy.deepcopy(before)) == ()


@given(VERSIONS)
def test_every_pointer_leads_to_the_value_of_its_change(versions):
    before, after = versions

    for change in compare(before, after):
        gone = change.kind is Kind.REMOVED
        found = resolved(before if gone else after, change.pointer)
        value = change.before if gone else change.after
        is_tag = (
            change.pointer.endswith("/tags") and isinstance(found, str) and change.kind is not Kind.CHANGED
        )
        assert found is value or (is_tag and value in found.split(", "))


@given(VERSIONS)
def test_the_changes_back_are_as_many_and_the_other_way_round(versions):
    before, after = versions
    reverse = {Kind.ADDED: Kind.REMOVED, Kind.REMOVED: Kind.ADDED, Kind.CHANGED: Kind.CHANGED}

    there, back = compare(before, after), compare(after, before)

    assert sorted(change.kind for change in there) == sorted(reverse[change.kind] for change in back)
