import pyte
from hypothesis import given
from hypothesis import strategies as st

from devhook.tui.shown_cells import ShownCells

COLUMNS, LINES = 24, 4
styles = st.sampled_from(
    ["", "1", "4;31", "38;2;1;2;3;48;2;9;9;9", "48;2;9;9;9", "1;38;2;1;2;3;48;2;9;9;9", "7;48;5;3", "92;104"]
)
texts = st.text("ab →✓字\N{COMBINING ACUTE ACCENT}", min_size=1, max_size=5)


def piece(line, column, runs):
    texts = "".join(f"\x1b[{style}m{text}\x1b[0m" if style else text for style, text in runs)
    return f"\x1b[{line};{column}H{texts}"


pieces = st.builds(
    piece, st.integers(1, LINES), st.integers(1, 8), st.lists(st.tuples(styles, texts), max_size=3)
)
frames = st.lists(pieces, min_size=1, max_size=5).map("\n".join).map(lambda text: f"{text}\x1b[2;3H")


def seen(texts):
    """Return what a terminal shows after texts: no one sees the colour of a blank's text."""
    # A line end on its last line would scroll it; Textual writes none there.
    screen = pyte.Screen(COLUMNS, LINES + 1)
    stream = pyte.Stream(screen)
    for text in texts:
        stream.feed(text)

    def cell(char):
        plain = not (char.bold or char.reverse or char.underscore)
        return char._replace(fg="") if char.data == " " and plain else char

    drawn = [[cell(screen.buffer[line][column]) for column in range(COLUMNS)] for line in range(LINES)]
    return drawn, (screen.cursor.y, screen.cursor.x)


@given(st.lists(frames, max_size=6))
def test_a_terminal_shows_the_same_as_with_everything_written(written):
    shown = ShownCells()

    assert seen(map(shown.changed, written)) == seen(written)


@given(frames, st.integers(1, LINES))
def test_what_a_terminal_lost_is_written_again_once_it_is_forgotten(frame, line):
    shown = ShownCells()
    first = shown.changed(frame)
    lost = f"\x1b[{line};1H\x1b[2K"
    shown.forget()

    assert seen([first, lost, shown.changed(frame)]) == seen([frame, lost, frame])


def test_only_cells_that_differ_are_written():
    shown = ShownCells()
    shown.changed(piece(1, 1, [("1", "orders/paid"), ("", " 12 ")]) + piece(2, 1, [("", "same")]))

    assert shown.changed(piece(1, 1, [("1", "orders/paid"), ("", " 13 ")])) == "\x1b[1;14H3"
    assert shown.changed(piece(1, 1, [("1", "orders/paid"), ("", " 13 ")])) == ""
    assert shown.changed(piece(2, 1, [("31", "same")])) == "\x1b[2;1H\x1b[31msame\x1b[39m"
    assert shown.changed("\x1b[2;1H") == "\x1b[2;1H"
    assert shown.changed("\x1b[2;1H") == ""


def test_a_line_with_characters_of_uncertain_width_is_written_whole():
    shown = ShownCells()
    wide = piece(1, 1, [("", "字 note"), ("1", "paid")])

    assert shown.changed(wide) == wide + "\x1b[0m"
    assert shown.changed(wide) == wide + "\x1b[0m"


def test_text_that_is_no_frame_is_written_whole_and_everything_after_it():
    shown = ShownCells()
    frame = piece(1, 1, [("", "orders/paid")])
    for other in ("\x1b[?1049h", "\x1b]52;c;eA==\x07", "plain", "\x1b[1;1Habc\x1b[2J", "\x1b[1;1Hab\tc"):
        shown.changed(frame)
        assert shown.changed(other) == other
        assert shown.changed(frame) == frame
    for neutral in ("\x1b[?2026h", "\x1b[?2026l", "\x1b[?25l", "\x07"):
        assert shown.changed(neutral) == neutral
        assert shown.changed(frame) == ""
