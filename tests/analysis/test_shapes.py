import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.analysis.shapes import ShapeDifference, compare_shapes, path_words, shape_of
from devhook.webhook.payload import read_json

documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def compared(before, after):
    return compare_shapes(shape_of([read_json(before)]), shape_of([read_json(after)]))


def told(before, after):
    return [
        (change.kind, change.path, change.before, change.after) for change in compared(before, after).changes
    ]


def test_a_shape_says_which_types_stand_where():
    shape = shape_of([read_json(b'{"id":1,"items":[{"price":"1.00"},{"price":null,"grams":2.5}],"ok":true}')])

    assert {path_words(path): sorted(types) for path, types in shape.items()} == {
        "(document)": ["object"],
        "id": ["number"],
        "items": ["list"],
        "items[]": ["object"],
        "items[].price": ["null", "string"],
        "items[].grams": ["number"],
        "ok": ["boolean"],
    }


def test_a_shape_is_that_of_all_documents_together():
    assert shape_of([{"a": 1}, {"a": None, "b": "x"}]) == {
        (): {"object"},
        ("a",): {"number", "null"},
        ("b",): {"string"},
    }


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        (b'{"a":1}', b'{"a":2}', []),
        (b'{"a":1}', b'{"a":2.5}', []),
        (b'{"a":1}', b'{"a":"1"}', [(ShapeDifference.TYPE_CHANGED, "a", ("number",), ("string",))]),
        (b'{"a":1}', b'{"a":null}', []),
        (b'{"a":1}', b'{"a":1,"b":{"c":1}}', [(ShapeDifference.ADDED, "b", (), ("object",))]),
        (b'{"a":1,"b":[{"c":1}]}', b'{"a":1}', [(ShapeDifference.GONE, "b", ("list",), ())]),
        (b'{"l":[{"a":1}]}', b'{"l":[{"a":1,"b":1}]}', [(ShapeDifference.ADDED, "l[].b", (), ("number",))]),
        (b'{"l":[{"a":1},{"b":1}]}', b'{"l":[{"b":2},{"a":3}]}', []),
        (b'{"a":[1]}', b'{"a":{"b":1}}', [(ShapeDifference.TYPE_CHANGED, "a", ("list",), ("object",))]),
        (b"[1]", b'["x"]', [(ShapeDifference.TYPE_CHANGED, "[]", ("number",), ("string",))]),
    ],
)
def test_a_field_was_added_is_gone_or_has_another_type(before, after, changes):
    assert told(before, after) == changes


@pytest.mark.parametrize(
    ("before", "after", "unknown"),
    [
        (b'{"l":[]}', b'{"l":[{"a":1}]}', "l"),
        (b'{"l":[{"a":1}]}', b'{"l":[]}', "l"),
        (b'{"o":null}', b'{"o":{"a":1}}', "o"),
        (b'{"o":{"a":{"b":1}}}', b'{"o":{"a":null}}', "o.a"),
    ],
)
def test_what_stands_in_nothing_is_not_known(before, after, unknown):
    comparison = compared(before, after)

    assert comparison.changes == ()
    assert comparison.unknown == (unknown,)


@given(documents)
def test_a_shape_does_not_differ_from_itself(document):
    shape = shape_of([document])

    assert compare_shapes(shape, shape).changes == ()


@given(documents, documents)
def test_what_was_added_one_way_is_gone_the_other(one, other):
    turned = {ShapeDifference.ADDED: ShapeDifference.GONE, ShapeDifference.GONE: ShapeDifference.ADDED}
    there, back = (compare_shapes(shape_of([a]), shape_of([b])) for a, b in ((one, other), (other, one)))

    assert {(turned.get(change.kind, change.kind), change.path) for change in there.changes} == {
        (change.kind, change.path) for change in back.changes
    }
    assert set(there.unknown) == set(back.unknown)
