"""The text of a trainer's note, as blocks."""

from hypothesis import given
from hypothesis import strategies as st

from devhook.scenario.note_text import StyledPiece, TextStyle, blocks
from devhook.text import visible

NOTE = """
**You see** a `✓`
in each row.

- one *id*
- one effect,
  once

    UPDATE orders
      SET x = '*'
https://shopify.dev/docs"""


def test_a_note_is_paragraphs_items_and_lines_of_code():
    found = [(block.text, block.is_item, block.is_code, block.follows) for block in blocks(NOTE)]

    assert found == [
        ("You see a ✓ in each row.", False, False, False),
        ("one id", True, False, False),
        ("one effect, once", True, False, True),
        ("UPDATE orders", False, True, False),
        ("  SET x = '*'", False, True, True),
        ("https://shopify.dev/docs", False, False, False),
    ]


def test_marked_words_have_another_look():
    (block,) = blocks("**You see** a `✓` and *nothing* else, 2 * 3 * 4, **open")

    assert block.pieces == (
        StyledPiece("You see", TextStyle.STRONG),
        StyledPiece(" a "),
        StyledPiece("✓", TextStyle.CODE),
        StyledPiece(" and "),
        StyledPiece("nothing", TextStyle.EMPHASIS),
        StyledPiece(" else, 2 * 3 * 4, **open"),
    )


@given(st.text())
def test_any_text_is_made_visible_and_none_of_its_words_is_lost(text):
    found = blocks(text)

    for block in found:
        assert visible(block.text) == block.text
        assert block.text.strip()
    shown = "".join(block.text for block in found)
    kept = [c for c in text if c.isalnum()]
    assert [c for c in shown if c.isalnum()][: len(kept)] == kept or any(visible(c) != c for c in text)
