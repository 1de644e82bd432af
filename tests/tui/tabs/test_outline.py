import json

from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from devhook import json_pointer
from devhook.analysis.diff import Kind
from devhook.tui.tabs.json_outline import JsonOutline
from devhook.tui.tabs.outline import Folds, Outline
from devhook.tui.tabs.xml_outline import XmlOutline

DOCUMENT = {"id": 1, "items": [{"sku": "A/B", "price": "1.50"}, {"sku": "C"}], "a b": [], "tags": ["x"]}
documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
XML = """<?xml version="1.0"?>
<order>
  <id type="integer">1</id>
  <line-items type="array">
    <line-item><price>12.00</price></line-item>
    <line-item>
      <price>7 &amp; 8</price>
    </line-item>
  </line-items>
</order>
"""


def plain(folds):
    return folds.lines().text().split("\n")


def of(outline, *closed):
    return Folds.of(outline, frozenset(closed), ())


def line_with(outline, words, nth=0):
    return [number for number, line in enumerate(outline.texts()) if words in line][nth]


@given(documents)
def test_the_searched_text_is_what_is_drawn(document):
    outline = JsonOutline(document, {})

    assert list(outline.texts()) == [outline.line(number).plain for number in range(outline.count)]


@given(documents)
def test_every_line_leads_to_its_value(document):
    outline = JsonOutline(document, {})

    for number in range(outline.count):
        steps = outline.steps(number)
        found = json_pointer.walk(document, json_pointer.spell(steps))
        value = found[0][found[1]] if found else document
        expected = value if isinstance(value, str) else json.dumps(value)
        shown = outline.value(number)
        assert shown == expected if isinstance(value, str) else json.loads(shown) == json.loads(expected)


@given(documents, st.data())
def test_folding_hides_whole_nodes_and_a_line_can_always_be_uncovered(document, data):
    outline = JsonOutline(document, {})
    closed = data.draw(st.sets(st.sampled_from(sorted(outline.ends)))) if outline.ends else set()
    folds = of(outline, *closed)

    hidden = {line for first in closed for line in range(first + 1, outline.ends[first] + 1)}
    assert list(folds.shown) == [line for line in range(outline.count) if line not in hidden]
    for line in range(outline.count):
        opened = folds.with_line(line)
        assert opened.shown[opened.line_of(line)] == line
        assert opened.closed <= folds.closed


def test_a_folded_node_says_how_much_is_in_it():
    outline = JsonOutline(DOCUMENT, {})
    items, first = line_with(outline, "items"), line_with(outline, "{", 1)

    assert plain(of(outline, items))[2] == '    "items": [▸ 2 items ],'
    assert plain(of(outline, first))[3] == "      {▸ 2 fields },"
    assert plain(of(outline, 0)) == ["  {▸ 4 fields }"]


def test_a_change_in_a_folded_node_shows():
    outline = JsonOutline(DOCUMENT, {"/items/1/sku": Kind.CHANGED, "/items/0": Kind.ADDED})
    items = line_with(outline, "items")

    assert plain(of(outline, items))[2].startswith("~ ")
    assert outline.marked == (items + 1, items + 6)


def test_all_are_folded_but_the_outermost_and_all_open_again():
    outline = JsonOutline(DOCUMENT, {})
    folded = of(outline).all_toggled()

    assert plain(folded) == [
        "  {",
        '    "id": 1,',
        '    "items": [▸ 2 items ],',
        '    "a b": [],',
        '    "tags": [▸ 1 item ]',
        "  }",
    ]
    assert folded.all_toggled().closed == frozenset()
    assert of(outline, 2).all_toggled().closed == frozenset()


def test_a_path_is_one_that_can_be_typed():
    outline = JsonOutline(DOCUMENT, {})

    assert outline.path(line_with(outline, "price")) == "items[0].price"
    assert outline.path(line_with(outline, "a b")) == '["a b"]'
    assert outline.path(outline.ends[line_with(outline, "items")]) == "items"
    assert outline.path(0) == ""


def test_xml_folds_and_its_paths_are_those_of_the_changes():
    outline = XmlOutline(XML)
    price, item = line_with(outline, "7 &amp; 8"), line_with(outline, "<line-item>", 1)

    assert outline.path(price) == "line_items[1].price"
    assert outline.value(price) == "7 & 8"
    assert outline.path(line_with(outline, "12.00")) == "line_items[0]"
    assert outline.path(line_with(outline, "<order>")) == ""
    assert outline.steps(0) is None
    assert outline.value(item).splitlines()[1].strip() == "<price>7 &amp; 8</price>"
    assert outline.value(item + 2) == outline.value(item)
    assert plain(of(outline, item))[item] == "      <line-item> ▸ 1 line </line-item>"
    assert list(outline.texts()) == [outline.line(number).plain for number in range(outline.count)]


def test_text_has_no_nodes_no_paths_and_no_values():
    outline = Outline(2, 5, lambda number: Content("ab"[number]))

    assert (outline.path(0), outline.value(0), outline.node(1), list(outline.nodes_around(1))) == (
        None,
        None,
        None,
        [],
    )
    assert of(outline).all_toggled().closed == frozenset()
