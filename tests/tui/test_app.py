import pytest

from devhook.tui.themes import DARK, LIGHT


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_these_keys_end_it(opened, key):
    async with opened() as terminal:
        await terminal.press(key)

        assert not terminal.app.is_running
    assert terminal.app.return_code == 0


@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+c"])
@pytest.mark.parametrize("before", ["slash", "question_mark", "ctrl+p"])
async def test_two_keys_end_it_wherever_it_is(opened, key, before):
    async with opened() as terminal:
        await terminal.press(before, key)

        assert not terminal.app.is_running


async def test_ctrl_c_copies_when_text_is_selected_and_then_ends_it(opened, session):
    session.deliver()
    async with opened() as terminal:
        await terminal.shows("The first delivery of order #1001.")
        view = "#changes-lines"
        await terminal.pilot.mouse_down(view, offset=(3, 0))
        await terminal.pilot.hover(view, offset=(11, 0))
        await terminal.pilot.mouse_up(view, offset=(11, 0))
        await terminal.press("ctrl+c")
        assert terminal.app.clipboard == "The first"
        assert terminal.app.is_running

        await terminal.press("ctrl+c")
        assert not terminal.app.is_running


@pytest.mark.parametrize("theme", [DARK.name, LIGHT.name, "nord", "ansi-dark"])
async def test_it_can_be_drawn_in_any_theme(opened, session, shop, theme):
    session.deliver()
    async with opened() as terminal:
        terminal.app.theme = theme
        await terminal.press("right", "slash", "x", "escape", "question_mark")

        await terminal.shows("Everywhere")


async def test_the_palette_has_what_the_keys_have(opened, session, order):
    session.deliver()
    session.deliver(order(note="x"))
    async with opened() as terminal:
        await terminal.press("j", "ctrl+p")
        await terminal.type("follow")
        await terminal.shows("Go to the newest delivery and stay with it")
        await terminal.press("enter")

        await terminal.shows("Deliveries 2 · following")


async def test_the_palette_reaches_the_simulated_shop(opened, shop):
    async with opened() as terminal:
        await terminal.press("ctrl+p")
        await terminal.type("places a new order")
        await terminal.shows("Check out")
        await terminal.press("enter")

        await terminal.shows("orders/create")


async def test_without_a_shop_the_palette_does_not_speak_of_one(opened):
    async with opened((140, 60)) as terminal:
        await terminal.press("ctrl+p")
        await terminal.type("places a new order")

        await terminal.shows("No matches found")


async def test_the_palette_changes_the_theme(opened):
    async with opened() as terminal:
        await terminal.press("ctrl+p")
        await terminal.type("theme")
        await terminal.shows("Change the current theme")
        await terminal.press("enter")
        await terminal.type("devhook-light")
        await terminal.press("enter")

        await terminal.until(lambda: terminal.app.theme == LIGHT.name)
