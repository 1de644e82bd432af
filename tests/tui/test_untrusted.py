import json

import pytest
from rich.cells import cell_len

from devhook.text import visible
from devhook.tui.untrusted import cut, fitted, untrusted, wrapped, writable_json

ATTACKS = [
    "[/foo]",
    "[@click=app.quit]hi[/]",
    "a [b] c",
    "\x1b]52;c;aGk=\x07",
    "\x1b[2J",
    "\u202eabc",
    "a\nb\rc\td",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_foreign_text_is_never_markup_and_contains_no_control_character(attack):
    shown = untrusted(attack, "$text-muted")

    assert shown.plain.isprintable()
    assert len(shown.spans) == 1
    assert shown.spans[0].style == "$text-muted"


@pytest.mark.parametrize("text", ["", "plain", "日本語テスト", "é́́", *ATTACKS])
@pytest.mark.parametrize("cells", [0, 1, 2, 5, 20])
def test_a_column_has_its_given_width_whatever_text_it_shows(text, cells):
    assert cell_len(fitted(text, cells)) == cells
    assert cell_len(cut(text, cells)) <= cells


def test_text_that_is_cut_ends_with_an_ellipsis():
    assert cut("fulfillment_orders/moved", 10) == "fulfillme…"
    assert cut("orders/paid", 11) == "orders/paid"
    assert cut("日本語", 5) == "日本…"


def test_folding_keeps_every_character():
    assert wrapped("abcdef", 4) == ["abcd", "ef"]
    assert wrapped("", 4) == [""]
    assert "".join(wrapped("日本語\x1b", 3)) == "日本語␛"


def test_a_line_of_hundreds_of_kilobytes_is_drawn_in_part():
    shown = untrusted("x" * 300_000).plain

    assert len(shown) < 5_000
    assert shown.endswith("(300,000 characters)")


@pytest.mark.parametrize(
    "text",
    ["plain", "é 👶", "a\x9bb", "a\u202eb\u200bc", "\x1b]52;c", "e" + "\u0301" * 9, "\U000e0041", "\u2800"],
)
def test_json_in_the_editor_keeps_its_meaning_and_contains_no_control_character(text):
    written = json.dumps({"note": text}, ensure_ascii=False, indent=2)

    shown = writable_json(written)

    assert json.loads(shown) == {"note": text}
    assert all(visible(line) == line for line in shown.split("\n"))
