import re

import pytest

from devhook.tui.tabs.changes import ChangesTab
from devhook.tui.widgets.delivery_list import DeliveryList
from devhook.tui.widgets.filter_box import FilterBox
from devhook.tui.widgets.payload_area import PayloadArea


@pytest.mark.thorough
async def test_the_help_names_every_key_and_every_sign(opened, session, shop):
    session.deliver()
    async with opened((100, 300)) as terminal:
        await terminal.press("question_mark")

        await terminal.shows(
            "Filter: Show only matching deliveries",
            "1            Check out: A customer places a new order",
            "✗            The signature is invalid",
            "duplicate    Its Webhook-Id arrived before",
            "order:#1001  order:1001",
            "12  12-40  last  -2",
        )


@pytest.mark.thorough
async def test_it_begins_with_the_pane_that_has_the_focus(opened, session):
    session.deliver()

    def titles(terminal):
        return re.findall(r"│ +(In the \w+(?: tab)?|Everywhere) ", terminal.text)

    async with opened((100, 300)) as terminal:
        await terminal.shows("Deliveries 1")
        for keys, focused, first in (
            (("escape",), DeliveryList, ["In the list", "Everywhere"]),
            (("enter",), ChangesTab, ["In the changes tab", "In the detail", "Everywhere"]),
            (("escape", "slash"), FilterBox, ["In the filter", "Everywhere"]),
            (("escape", "e"), PayloadArea, ["In the forge", "Everywhere"]),
        ):
            await terminal.press(*keys)
            await terminal.until(lambda kind=focused: isinstance(terminal.app.focused, kind))
            await terminal.press("f1")
            await terminal.shows("Everywhere")
            assert titles(terminal)[: len(first)] == first
            await terminal.press("escape")
            await terminal.hides("Everywhere")


@pytest.mark.parametrize("key", ["escape", "q", "question_mark", "f1"])
async def test_each_of_its_keys_closes_the_help(opened, key):
    async with opened() as terminal:
        await terminal.press("f1")
        await terminal.shows("Everywhere")
        await terminal.press(key)

        await terminal.hides("Everywhere")
        assert terminal.app.is_running


@pytest.mark.smoke
async def test_it_scrolls_in_a_small_terminal(opened):
    async with opened((80, 24)) as terminal:
        await terminal.press("question_mark", "end")

        await terminal.shows("12  12-40  last  -2")


async def test_deliveries_are_added_while_the_help_is_open(opened, session):
    async with opened() as terminal:
        await terminal.press("question_mark")
        session.deliver()
        await terminal.pilot.pause(0.2)
        await terminal.press("escape")

        await terminal.shows("Deliveries 1", "delivery 1")
