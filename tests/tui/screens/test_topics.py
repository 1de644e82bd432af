from pathlib import Path

import pytest

import devhook.tui
from devhook.tui.screens.topics import TopicsScreen
from devhook.tui.terminal_app import TerminalApp


class Host(TerminalApp):
    """Opens the picker at once and keeps its result."""

    CSS_PATH = Path(devhook.tui.__file__).with_name("devhook.tcss")

    def __init__(self, **how):
        super().__init__()
        self.how = how
        self.taken = "nothing yet"

    def on_mount(self):
        self.push_screen(TopicsScreen(**self.how), self._take)

    def _take(self, topics):
        self.taken = topics


@pytest.fixture
def picker(terminal_of):
    return lambda size=(120, 30), **how: terminal_of(Host(**how), size)


async def test_it_shows_every_topic_with_its_scopes_and_whether_they_are_granted(picker):
    async with picker(granted={"write_products"}) as terminal:
        await terminal.type("o")
        await terminal.press("backspace")
        await terminal.shows("Topics 218")
        await terminal.type("orders/paid")
        await terminal.shows("Topics 1 of 218")
        assert "✗ not granted: read_orders or" in terminal.line("○ orders/paid")
        assert "A declared scope must also be approved in the shop." in terminal.text
        await terminal.press("escape")
        await terminal.type("products/update")

        await terminal.shows("products/update needs read_products: ✓ granted.")


async def test_names_enums_globs_and_scopes_are_searched_and_what_is_not_found_is_explained(picker):
    async with picker() as terminal:
        for typed, *found in (
            ("refund", "○ refunds/create"),
            ("REFUNDS_CREATE", "○ refunds/create"),
            ("read_themes", "○ themes/publish"),
            ("*/redacted", "There is no topic '*/redacted'."),
            ("orders/updatd", "There is no topic 'orders/updatd'.", "Did you mean", "orders/updated"),
            (
                "customers/redact",
                "customers/redact cannot be subscribed to through the Admin API.",
                'compliance_topics = ["customers/redact"]',
            ),
        ):
            await terminal.type(typed)
            await terminal.shows(*found)
            await terminal.press("escape")


async def test_space_selects_topics_and_enter_accepts_them(picker):
    async with picker() as terminal:
        await terminal.type("orders/up")
        await terminal.press("space", "escape")
        await terminal.type("refunds")
        await terminal.press("space")
        await terminal.shows("· 2 selected", "● refunds/create")
        await terminal.press("space")
        await terminal.shows("· 1 selected", "○ refunds/create")
        await terminal.press("enter")

        assert terminal.app.taken == ("orders/updated",)


async def test_enter_without_a_selection_accepts_the_topic_under_the_cursor(picker):
    async with picker() as terminal:
        await terminal.type("orders/")
        await terminal.press("down", "enter")

        assert terminal.app.taken == ("orders/create",)


async def test_escape_clears_the_search_and_then_closes_the_picker(picker):
    async with picker(chosen=("orders/paid",)) as terminal:
        await terminal.type("orders/")
        await terminal.press("escape")
        await terminal.shows("Topics 218 · 1 selected")
        await terminal.press("escape")

        assert terminal.app.taken is None


async def test_companions_of_the_selected_topics_are_offered_and_added(picker):
    async with picker(chosen=("orders/updated",), there=("fulfillments/create",)) as terminal:
        await terminal.shows("+ adds what the selected topics omit: fulfillments/update, fulfillment_orders/")
        await terminal.press("plus")
        await terminal.hides("adds what the selected topics omit")
        await terminal.press("enter")

        assert "fulfillments/update" in terminal.app.taken
        assert "returns/request" in terminal.app.taken
        assert "fulfillments/create" not in terminal.app.taken


async def test_a_subscribed_topic_cannot_be_selected_again(picker):
    async with picker(there=("refunds/create",)) as terminal:
        await terminal.type("refunds")
        await terminal.shows("✓ refunds/create")
        assert "subscribed already" in terminal.line("refunds/create")
        await terminal.press("enter")

        await terminal.until(lambda: len(terminal.notices) == 1)
        assert terminal.app.taken == "nothing yet"


async def test_a_topic_that_https_cannot_deliver_shows_the_reason(picker):
    async with picker() as terminal:
        await terminal.type("events/read")
        await terminal.shows("There is no topic")
        await terminal.press("escape")
        await terminal.type("audit_events/admin")
        await terminal.shows("✗ is delivered to cloud queues only")
        await terminal.press("space")

        await terminal.until(lambda: len(terminal.notices) == 1)
        assert "selected" not in terminal.text.splitlines()[1]


async def test_a_click_moves_the_cursor_and_a_second_click_selects(picker):
    async with picker() as terminal:
        await terminal.type("refunds")
        await terminal.shows("Topics 1 of 218")
        await terminal.pilot.click("#topic-list", offset=(5, 0), times=2)

        await terminal.shows("● refunds/create")
