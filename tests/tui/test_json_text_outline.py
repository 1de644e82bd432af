import json

from hypothesis import given
from hypothesis import strategies as st

from devhook.tui.json_text_outline import JsonTextOutline, line_parts

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(DOCUMENTS, st.sampled_from([None, 2]))
def test_each_value_of_a_document_is_found_where_it_is_written(document, indent):
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    outline = JsonTextOutline.of(text)

    for node in outline.nodes:
        value = document
        for step in node.path:
            value = value[int(step)] if isinstance(value, list) else value[json.loads(f'"{step}"')]
        assert json.loads(outline.value(node)) == value
        assert node.inside == (len(value) if isinstance(value, dict | list) else None)
        assert outline.offset(outline.location(node.start)) == node.start
        if indent:
            assert outline.nodes[outline.node_at(outline.location(node.start))] == node


@given(st.text(alphabet='{}[]",: \n\\a1', max_size=60))
def test_text_that_is_no_json_has_an_outline_too(text):
    outline = JsonTextOutline.of(text)

    for node in outline.nodes:
        assert 0 <= node.start <= node.end <= len(text)
    for line in range(text.count("\n") + 1):
        assert outline.node_at((line, 0)) is None or outline.nodes


def test_what_is_nested_without_end_is_listed_within_a_bound():
    assert len(JsonTextOutline.of("[" * 100_000).nodes) <= 101
    assert len(JsonTextOutline.of(f"[{'1,' * 100_000}").nodes) == 50_000


def test_the_place_between_values_is_that_of_the_value_around():
    outline = JsonTextOutline.of('{\n  "a": {\n    "b": 1\n  },\n  "c": 2\n}')
    names = [outline.nodes[outline.node_at((line, 0))].name for line in range(6)]

    assert names == ["", "a", "b", "a", "c", ""]


def test_the_parts_of_a_line_have_their_kinds():
    line = '  "price": "1.00", "n": [12, null],'

    assert [(line[start:end], kind) for start, end, kind in line_parts(line) if kind != "punctuation"] == [
        ('"price"', "key"), ('"1.00"', "string"), ('"n"', "key"), ("12", "number"), ("null", "word"),
    ]  # fmt: skip
