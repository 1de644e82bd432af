import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from devhook.analysis.diff import Kind
from devhook.text import visible
from devhook.tui.tabs.json_lines import json_lines
from devhook.webhook.payload import read_json

documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def text_of(document, marks=None):
    return "\n".join(line.content().plain[2:] for line in json_lines(document, marks or {}))


def test_a_document_is_indented_like_json():
    document = {"id": 1, "items": [{"sku": "A/B"}, []], "none": None, "yes": True, "empty": {}}

    assert text_of(document) == json.dumps(document, indent=2)


@given(documents)
def test_the_lines_are_the_documents_json_made_visible(document):
    expected = json.dumps(document, indent=2, ensure_ascii=False)

    assert text_of(document).split("\n") == [visible(line) for line in expected.split("\n")]


def test_numbers_keep_their_digits():
    shown = text_of(read_json(b'{"id":820982911946154508123,"rate":0.190,"big":1E+400,"two":2.0}'))

    assert "820982911946154508123" in shown
    assert "0.190" in shown
    assert "2.0" in shown
    assert "1E+400" in shown
    assert text_of(Decimal("1.50")) == "1.50"


def test_changed_fields_are_marked_in_the_margin_and_nothing_else():
    document = {"a": 1, "b": {"c": [10, 20]}, "x/y~z": None}

    lines = json_lines(document, {"/b/c/1": Kind.CHANGED, "/x~1y~0z": Kind.ADDED})

    assert [line.content().plain for line in lines if line.mark] == ["~       20", '+   "x/y~z": null']


def test_an_added_object_is_marked_on_all_of_its_lines_and_begins_on_the_first():
    lines = json_lines({"list": [{"id": 1}], "other": 2}, {"/list/0": Kind.ADDED})

    assert [line.content().plain for line in lines if line.mark] == ["+     {", '+       "id": 1', "+     }"]
    assert [number for number, line in enumerate(lines) if line.begins] == [2]


def test_a_document_a_thousand_deep_is_drawn_like_any_other():
    document = None
    for _ in range(1000):
        document = [document]

    assert len(json_lines(document, {})) == 2 * 1000 + 1


def test_foreign_keys_and_values_are_shown_as_text():
    shown = text_of({"[/foo]": "[@click=app.quit]", "k\x1b": "\u202e\udfff"})

    assert '"[/foo]": "[@click=app.quit]"' in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\udfff" not in shown
