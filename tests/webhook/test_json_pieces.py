import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from devhook.analysis.diff import compare
from devhook.resources import fixtures
from devhook.webhook.payload import Unreadable, read_beside, read_with_repeated, write_json

JSON = "application/json"
ORDER = (fixtures() / "payloads" / "orders" / "updated.json").read_bytes()
KEYS = ["a", "b", "id", "line_items", "tags", "updated_at", "\\u0061", "a\\\\", 'x\\":', *"cdefgh"]
SCALARS = [
    *("0", "-0", "1", "12", "1.5", "1.50", "1e3", "1E3", "true", "false", "null", "9" * 30),
    *('""', '"a"', '"\\u0061"', '"\\/"', '"/"', '"1"', '"\\"a\\":1,"', '"}"', '"[{"', '"é"', '"\\ud800"'),
    *('"a, b"', '"b, a"'),
]
# What no JSON text contains, and what contains white space.
ODD = ["01", "-", "NaN", "1,", ",1", '"a', "[1", "[{}", '{"a"}', "", " 1", "1 ", "[ {}]", '{ "id":1}', "\xa0"]


def object_of(fields):
    return "{" + ",".join(f'"{key}":{value}' for key, value in fields) + "}"


def list_of(items):
    return "[" + ",".join(items) + "]"


def fields_of(values):
    return st.lists(st.tuples(st.sampled_from(KEYS), values), max_size=6)


SCALAR = st.sampled_from(SCALARS)
VALUE = st.one_of(
    SCALAR,
    st.sampled_from([*SCALARS, *ODD]),
    st.lists(SCALAR, max_size=3).map(list_of),
    fields_of(SCALAR).map(object_of),
    st.lists(fields_of(SCALAR).map(object_of) | SCALAR, min_size=1, max_size=5).map(list_of),
)
FIELDS = fields_of(VALUE)


@st.composite
def two_bodies(draw):
    """The text of a body, and that of a later one: fields came, went, moved and changed."""
    before = draw(FIELDS)
    after = [field for field in before if draw(st.integers(0, 9))]
    for key, value in draw(FIELDS):
        after.insert(draw(st.integers(0, len(after))), (key, value))
    if not draw(st.integers(0, 4)):
        after = draw(st.permutations(after))
    tail = draw(st.sampled_from([*[""] * 9, " ", "}", ",", "\n", "{}"]))
    return object_of(before), object_of(after) + tail


def told(read):
    """What a parser returns, in a form in which everything counts: digits, types, the order of keys."""
    try:
        document, repeated, *_ = read()
    except Unreadable as error:
        return error.reason
    return write_json(document), [(steps, write_json(list(values))) for steps, values in repeated]


def beside(text, known):
    try:
        return read_beside(text, JSON, known)
    except Unreadable:
        return None, (), ()


@given(two_bodies())
@example(('{"a":1}', '{"a":12}'))
@example(('{"a":[{"id":1},{"id":1},{"id":2}]}', '{"a":[{"id":1},{"id":2},{"id":1}]}'))
@example(('{"a":1}', '{"a":1,"a":1}'))
@example(('{"a":[{"b":1}]}', '{"a":[{"b":1,"b":1}]}'))
def test_a_body_is_read_beside_another_as_it_is_read_alone(texts):
    before, after = (text.encode() for text in texts)

    assert told(lambda: read_beside(before, JSON, ())) == told(lambda: read_with_repeated(before, JSON))
    known = beside(before, ())[2]
    assert told(lambda: read_beside(after, JSON, known)) == told(lambda: read_with_repeated(after, JSON))


@given(two_bodies())
def test_documents_that_share_values_have_the_changes_of_documents_that_do_not(texts):
    before, after = (text.encode() for text in texts)
    one, _, known = beside(before, ())
    other, _, _ = beside(after, known)
    alone = [beside(text, ())[0] for text in (before, after)]

    assert [each.model_dump() for each in compare(one, other)] == [
        each.model_dump() for each in compare(*alone)
    ]


def test_what_two_versions_write_alike_is_one_object():
    order = json.loads(ORDER)
    before = write_json(order)
    order["note"] = "ring twice"
    order["line_items"][-1]["quantity"] += 1
    after = write_json(order)
    one, _, known = read_beside(before, JSON, ())
    other, _, _ = read_beside(after, JSON, known)

    assert all(one[key] is other[key] for key in one if key not in {"note", "line_items"})
    assert all(map(lambda a, b: a is b, one["line_items"][:-1], other["line_items"][:-1]))
    assert other["line_items"][-1]["quantity"] == order["line_items"][-1]["quantity"]


def test_a_number_that_goes_on_is_another_one_and_each_piece_is_taken_once():
    def body(a, numbers):
        items = [{"n": number, "title": "Organic cotton T-shirt"} for number in numbers]
        return write_json({"a": a, "b": items, "c": [{"id": 3}]})

    known = read_beside(body(1, [1, 2, 3]), JSON, ())[2]
    after = body(12, [1, 3, 1, 12])

    document, _, pieces = read_beside(after, JSON, known)

    assert document == json.loads(after)
    assert pieces[2] is known[2]
    assert pieces[1].items[1] is known[1].items[2]
    assert len({id(item) for item in pieces[1].items}) == 4


@pytest.mark.parametrize("text", ["[]", "1", "null", "{}", '{"a": 1}', '{"a":1}\n', '{"a":1,"a":1}', "<a/>"])
def test_a_body_that_is_not_cut_is_read_whole(text):
    kind = "application/xml" if text.startswith("<") else JSON

    document, repeated, pieces = read_beside(text.encode(), kind, ())

    assert (document, repeated) == read_with_repeated(text.encode(), kind)
    assert not pieces


def test_a_body_of_very_many_fields_and_a_very_large_one_are_read_whole():
    many = write_json({f"f{number}": number for number in range(6_000)})
    large = write_json({"note": "x" * 2**20})

    for body in (many, large):
        assert read_beside(body, JSON, ())[2] == ()


def test_a_nesting_that_is_too_deep_is_refused_beside_another_body_too():
    for levels in (98, 99, 100, 101):
        for opening, closing in (("[", "]"), ('{"a":', "}"), ("[{},", "]")):
            inner = opening * levels + "1" + closing * levels
            body = f'{{"b":1,"a":{inner},"c":[{{"d":{inner}}}]}}'.encode()
            known = read_beside(b'{"b":1}', JSON, ())[2]

            assert told(lambda body=body: read_with_repeated(body, JSON)) == told(
                lambda body=body, known=known: read_beside(body, JSON, known)
            )
