from pathlib import Path

import pytest

import devhook.tui
from devhook.tui.screens.choice import ChoiceScreen
from devhook.tui.terminal_app import TerminalApp


class Host(TerminalApp):
    """Opens the choice at once and keeps its result."""

    CSS_PATH = Path(devhook.tui.__file__).with_name("devhook.tcss")
    chosen = "nothing yet"

    def on_mount(self):
        choices = {"orders/paid": "an order", "orders/updated": "[/] too", "app/uninstalled": "the app"}
        self.push_screen(ChoiceScreen("Which one?", choices), self._take)

    def _take(self, chosen):
        self.chosen = chosen


@pytest.fixture
def choosing(terminal_of):
    return lambda: terminal_of(Host(), (80, 24))


async def test_all_choices_are_shown_and_typing_narrows_them(choosing):
    async with choosing() as terminal:
        await terminal.shows(
            "Which one?", "orders/paid      an order", "orders/updated   [/] too", "app/uninstalled"
        )
        await terminal.type("upd")

        await terminal.hides("orders/paid")
        await terminal.press("enter")
        assert terminal.app.chosen == "orders/updated"


async def test_the_arrow_keys_select_a_choice(choosing):
    async with choosing() as terminal:
        await terminal.shows("Which one?")
        await terminal.press("down", "down", "enter")

        assert terminal.app.chosen == "app/uninstalled"


async def test_enter_accepts_nothing_without_a_match_and_escape_closes(choosing):
    async with choosing() as terminal:
        await terminal.type("xyz")
        await terminal.press("enter")
        assert terminal.app.chosen == "nothing yet"

        await terminal.press("escape")
        assert terminal.app.chosen is None


async def test_text_typed_just_before_enter_counts(choosing):
    async with choosing() as terminal:
        await terminal.shows("Which one?")
        terminal.app.screen.query_one("#search").value = "upd"
        terminal.app.screen.action_take()
        await terminal.until(lambda: terminal.app.chosen != "nothing yet")

        assert terminal.app.chosen == "orders/updated"


async def test_a_double_click_accepts_the_choice(choosing):
    async with choosing() as terminal:
        await terminal.shows("orders/updated")
        await terminal.pilot.click("#choices", offset=(5, 1), times=2)
        await terminal.until(lambda: terminal.app.chosen != "nothing yet")

        assert terminal.app.chosen == "orders/updated"
