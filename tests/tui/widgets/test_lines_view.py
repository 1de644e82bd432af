import pytest
from textual.content import Content

from devhook.tui.terminal_app import TerminalApp
from devhook.tui.widgets.lines_view import Lines, LinesView


class Host(TerminalApp):
    def compose(self):
        yield LinesView()


def text(app):
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def numbered(count, width=20):
    return lambda _width: Lines(count, width, lambda number: Content(f"line {number}"))


@pytest.mark.parametrize(
    ("keys", "first"),
    [
        ([], "line 0"),
        (["j", "j", "down", "k"], "line 2"),
        (["pagedown"], "line 9"),
        (["space", "pageup"], "line 0"),
        (["G"], "line 90"),
        (["end", "g"], "line 0"),
        (["end", "home"], "line 0"),
    ],
)
async def test_the_keys_scroll(keys, first):
    async with Host().run_test(size=(30, 10)) as pilot:
        pilot.app.query_one(LinesView).show(numbered(100))
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()

        assert text(pilot.app)[0].startswith(first)


async def test_only_visible_lines_are_made():
    made = set()

    def line(number):
        made.add(number)
        return Content(f"line {number}")

    async with Host().run_test(size=(30, 10)) as pilot:
        pilot.app.query_one(LinesView).show(lambda _width: Lines(1_000_000, 20, line))
        await pilot.pause()
        assert text(pilot.app)[0] == "line 0"
        await pilot.press("end")
        await pilot.pause()
        assert text(pilot.app)[-1] == "line 999999"

    assert made == {*range(10), *range(999_990, 1_000_000)}


async def test_a_requested_line_is_scrolled_into_view_unless_it_is_visible():
    async with Host().run_test(size=(30, 10)) as pilot:
        view = pilot.app.query_one(LinesView)
        view.show(numbered(100), top=5)
        await pilot.pause()
        assert text(pilot.app)[0].startswith("line 0")

        view.show(numbered(100), top=50)
        await pilot.pause()
        assert text(pilot.app)[2].startswith("line 50")


async def test_wide_lines_scroll_sideways():
    async with Host().run_test(size=(30, 10)) as pilot:
        pilot.app.query_one(LinesView).show(lambda _width: Lines.of([Content("0123456789" * 5)]))
        await pilot.pause()
        await pilot.press("shift+right")
        await pilot.pause()
        assert text(pilot.app)[0].startswith("8901")

        await pilot.press("shift+left")
        await pilot.pause()
        assert text(pilot.app)[0].startswith("0123")


async def test_the_lines_are_laid_out_for_the_width_of_the_view():
    async with Host().run_test(size=(30, 10)) as pilot:
        pilot.app.query_one(LinesView).show(lambda width: Lines.of([Content(f"{width} cells")]))
        await pilot.pause()
        assert text(pilot.app)[0] == "30 cells"

        await pilot.resize_terminal(50, 10)
        await pilot.pause()
        assert text(pilot.app)[0] == "50 cells"


async def test_another_theme_changes_lines_that_are_drawn_already():
    async with Host().run_test(size=(30, 10)) as pilot:
        pilot.app.query_one(LinesView).show(
            lambda _width: Lines.of([Content.styled("text", "$text-success")])
        )
        await pilot.pause()
        before = pilot.app.screen._compositor.render_strips()[0]._segments[0].style
        pilot.app.theme = "textual-light"
        await pilot.pause()
        after = pilot.app.screen._compositor.render_strips()[0]._segments[0].style

    assert before.color != after.color


async def test_text_that_was_selected_can_be_copied():
    async with Host().run_test(size=(30, 10)) as pilot:
        pilot.app.query_one(LinesView).show(
            lambda _width: Lines.of([Content("first line"), Content("second line")])
        )
        await pilot.pause()
        await pilot.mouse_down(LinesView, offset=(6, 0))
        await pilot.hover(LinesView, offset=(6, 1))
        await pilot.mouse_up(LinesView, offset=(6, 1))
        await pilot.pause()

        assert pilot.app.screen.get_selected_text() == "line\nsecond "
