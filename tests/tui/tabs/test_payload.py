import json

import pytest

from devhook.analysis.diff import Kind
from devhook.tui.tabs.body_outline import body_outline
from devhook.tui.tabs.outline import Folds

ATTACKS = ["[/foo]", "[@click=app.quit]x", "\x1b]52;c;aGk=\x07", "\u202eabc", "\u200b"]
XML = "application/xml"


def with_type(content_type):
    return (("Content-Type", content_type),)


def lines(body):
    return Folds.of(body.outline, frozenset(), body.head).lines().text().split("\n")


def test_json_is_indented_under_a_line_that_says_how_large_it_is(view):
    body = body_outline(view(body=b'{"id":1,"items":[]}'))

    assert lines(body) == [" 19 bytes, application/json", "  {", '    "id": 1,', '    "items": []', "  }"]


def test_changed_fields_are_marked_and_their_lines_are_known(view, reading, change):
    body = b'{"id":1,"note":"x","items":[{"id":2}]}'
    changes = (
        change("note", None, "x"),
        change("items[2]", None, {"id": 2}, Kind.ADDED, pointer="/items/0"),
        change("gone", "y", None, Kind.REMOVED),
    )

    body = body_outline(view(reading(changes=changes), body=body))

    assert [lines(body)[1 + number] for number in body.marked] == ['~   "note": "x",', "+     {"]
    assert lines(body)[0] == " 38 bytes, application/json, 2 changed  { } jump"


def test_xml_is_shown_as_it_came(view):
    body = b'<?xml version="1.0"?>\n<order>\n  <id type="integer">1</id>\n</order>\n'

    body = body_outline(view(body=body, headers=with_type(XML)))

    assert lines(body)[2:4] == ["  <order>", '    <id type="integer">1</id>']


def test_xml_on_one_line_gets_a_line_for_every_element(view):
    body = body_outline(view(body=b"<order><id>1</id><note>x</note></order>", headers=with_type(XML)))

    assert lines(body)[1:] == ["  <order>", "  <id>1</id>", "  <note>x</note>", "  </order>"]


def test_a_body_that_is_not_json_is_shown_as_text_with_the_reason(view):
    body = body_outline(view(body=b"id=1&note=\nnext"))

    assert lines(body)[0].startswith(" ! The payload cannot be read.")
    assert lines(body)[2:] == ["  id=1&note=", "  next"]


def test_a_body_that_is_not_text_is_shown_as_bytes(view):
    body = bytes(range(256)) * 4

    shown = lines(body_outline(view(body=body)))

    assert len(shown) == 2 + 64
    assert shown[2] == "  00000000  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f  ················"
    assert shown[6].endswith("@ABCDEFGHIJKLMNO")


def test_an_empty_body_is_shown_as_empty(view):
    assert lines(body_outline(view(body=b""))) == [" The body is empty."]


@pytest.mark.parametrize("attack", ATTACKS)
def test_foreign_text_cannot_break_a_line(view, attack):
    raw = attack.encode()
    bodies = [
        (json.dumps({attack: [attack]}, ensure_ascii=False).encode(), "application/json"),
        (b"<order>" + raw + b"</order>", XML),
        (b"<order><id>1</id>\n\n\n" + raw, XML),
        (raw, "text/plain"),
    ]
    for body, kind in bodies:
        for line in lines(body_outline(view(body=body, headers=with_type(kind)))):
            assert line.isprintable()


def test_a_large_document_makes_only_the_lines_that_are_asked_for(view):
    items = [{"id": number, "title": "Blue mug", "price": "20.00"} for number in range(4_000)]

    body = body_outline(view(body=json.dumps({"line_items": items}).encode()))

    assert body.outline.count == 4 + 5 * 4_000
    assert body.outline.line(body.outline.count - 1).plain == "  }"
    assert body.outline.width < 100
