from textual.widgets import Button, Input

from devhook.tui.screens.devhook_screen import KeyLine
from devhook.tui.terminal_app import TerminalApp


class Asking(Input):
    BINDINGS = [("f2", "app.bell", "Ring")]  # noqa: RUF012 - Textual declares it so


class Keys(TerminalApp[None]):
    BINDINGS = [("f3", "bell", "Ring too")]  # noqa: RUF012 - Textual declares it so
    allowed = True

    def compose(self):
        yield Button("one", id="one")
        yield Button("two", id="two")
        yield Asking(id="asking")
        yield KeyLine()

    def check_action(self, action, _):
        return True if action != "bell" or self.allowed else None


def keys(app):
    return list(app.query("FooterKey"))


async def test_the_key_line_is_not_rebuilt_for_the_same_keys(terminal_of):
    async with terminal_of(Keys()) as terminal:
        before = keys(terminal.app)
        await terminal.press("tab")

        assert terminal.app.focused.id == "two"
        assert keys(terminal.app) == before


async def test_the_keys_of_what_has_the_focus_are_shown(terminal_of):
    async with terminal_of(Keys()) as terminal:
        before = terminal.text.splitlines()[-1]
        await terminal.press("tab", "tab")
        with_more = terminal.text.splitlines()[-1]
        await terminal.press("shift+tab")

        assert "Ring too" in before
        assert "f2" not in before
        assert "f2 Ring" in with_more
        assert terminal.text.splitlines()[-1] == before


async def test_a_key_without_effect_is_dimmed(terminal_of):
    async with terminal_of(Keys()) as terminal:
        assert not terminal.app.query("FooterKey.-disabled")

        terminal.app.allowed = False
        terminal.app.refresh_bindings()

        await terminal.until(lambda: terminal.app.query("FooterKey.-disabled"))


async def test_what_changed_while_the_terminal_had_no_focus_is_shown_when_it_has_it_again(terminal_of):
    async with terminal_of(Keys()) as terminal:
        terminal.app.app_focus = False
        terminal.app.screen.set_focus(terminal.app.query_one(Asking))
        await terminal.pilot.pause()
        terminal.app.app_focus = True
        terminal.app.refresh_bindings()

        await terminal.shows("f2 Ring")
