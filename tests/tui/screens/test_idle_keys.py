"""A key that can do nothing says why."""

import pytest

from devhook.tui.app import DevhookApp
from devhook.tui.keys import places
from devhook.tui.tabs.changes import ChangesTab
from devhook.tui.tabs.timeline import TimelineTab

# They move in what is empty, go where one is already, or end the app.
OBVIOUS = {
    *(
        "list.down",
        "list.up",
        "list.page-down",
        "list.page-up",
        "list.newest",
        "list.oldest",
        "list.mark-down",
    ),
    *(
        "list.mark-up",
        "back",
        "follow",
        "quit",
        "quit.always",
        "tab.next",
        "tab.previous",
        "pane.next",
        "mask",
    ),
    *("lines.down", "lines.up", "lines.page-down", "lines.page-up", "lines.top", "lines.bottom"),
    *("lines.left", "lines.right", "detail.back", "timeline.back", "timeline.end-number", "pane.smaller"),
    *("pane.larger", "list.extend-down", "list.extend-up"),
}


async def pressed_alone(terminal, place, before):
    """Press each key of a place; return those after which the screen says nothing."""
    silent = []
    for binding in place.bindings:
        if binding.id in OBVIOUS or binding.action == "command_palette":
            continue
        await before()
        terminal.app.clear_notifications()
        await terminal.pilot.pause()
        shown = terminal.text
        await terminal.press(binding.key)
        if not terminal.notices and terminal.text == shown:
            silent.append(binding.id)
        while len(terminal.app.screen_stack) > 1:
            await terminal.press("escape")
    return silent


@pytest.mark.thorough
async def test_every_key_of_an_empty_session_without_a_shop_does_something_or_says_why_not(opened):
    found = {place.title: place for place in places(DevhookApp)}
    async with opened() as terminal:
        await terminal.shows("Waiting for the first delivery")

        async def in_the_list():
            await terminal.press("escape")
            terminal.app.screen._list.focus()
            await terminal.pilot.pause()

        for title in ("Everywhere", "The simulated shop", "In the list"):
            assert await pressed_alone(terminal, found[title], in_the_list) == [], title


@pytest.mark.thorough
async def test_every_key_of_a_tab_says_why_it_can_do_nothing(opened, session):
    found = {place.title: place for place in places(DevhookApp)}
    session.deliver()
    async with opened() as terminal:
        await terminal.shows("The first delivery of order #1001.")
        tabs = {"In the changes tab": ChangesTab, "In the timeline tab": TimelineTab}
        for title, kind in tabs.items():
            await terminal.press("left" if kind is TimelineTab else "enter")
            await terminal.until(lambda tab=kind: isinstance(terminal.app.focused, tab))

            async def in_the_tab(tab=kind):
                terminal.app.query_one(tab).focus()
                await terminal.pilot.pause()

            assert await pressed_alone(terminal, found[title], in_the_tab) == [], title


async def test_what_a_key_needs_is_named(opened, session):
    async with opened() as terminal:
        for key, title, message in (
            ("s", "There are no subscriptions to show: this run has no shop.", "--shop SHOP"),
            ("1", "This key is for the simulated shop", "devhook demo"),
            ("R", "This key is for the simulated shop", "devhook demo"),
            ("r", "There is no delivery to send again.", "c creates one"),
            ("e", "There is no delivery to edit.", "c creates one"),
            ("p", "There is no target to probe.", "--forward-to 3000"),
        ):
            await terminal.press(key)
            assert [each for each in terminal.notices if title in each[0] and message in each[1]], key
            terminal.app.clear_notifications()

        session.reads_only = True
        await terminal.press("s")
        assert "read only" in terminal.notices[-1][0]
