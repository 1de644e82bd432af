import pytest

from devhook.tui.themes import DARK, LIGHT


@pytest.mark.parametrize(
    "keys",
    [("q",), ("slash", "ctrl+q"), ("question_mark", "ctrl+q"), ("ctrl+p", "ctrl+q")],
)
async def test_q_ends_it_and_ctrl_q_does_wherever_the_focus_is(opened, keys):
    async with opened() as terminal:
        await terminal.press(*keys)

        assert not terminal.app.is_running
    assert terminal.app.return_code == 0


async def test_ctrl_c_copies_selected_text_and_ends_it_only_when_it_is_pressed_twice_at_once(
    opened, session, monkeypatch
):
    now = 100.0
    monkeypatch.setattr("devhook.tui.app.monotonic", lambda: now)
    session.deliver()
    async with opened() as terminal:
        await terminal.shows("The first delivery of order #1001.")
        view = "#changes-lines"
        await terminal.pilot.mouse_down(view, offset=(3, 0))
        await terminal.pilot.hover(view, offset=(11, 0))
        await terminal.pilot.mouse_up(view, offset=(11, 0))
        await terminal.press("ctrl+c")
        assert len(terminal.app.clipboard) == 9
        assert terminal.app.clipboard in terminal.text
        assert terminal.app.is_running

        for _ in range(2):
            await terminal.press("slash", "ctrl+c")
            await terminal.shows("Press q to quit, or Ctrl+C again.")
            assert terminal.app.is_running
            now += 3
        await terminal.press("ctrl+c", "ctrl+c")
        assert not terminal.app.is_running


@pytest.mark.thorough
async def test_it_can_be_drawn_in_any_theme(opened, session, shop):
    session.deliver()
    async with opened() as terminal:
        for theme in (DARK, LIGHT, "nord", "catppuccin-latte"):
            terminal.app.theme = theme
            await terminal.press("right", "slash", "x", "escape", "question_mark")
            await terminal.shows("Everywhere")
            await terminal.press("escape")
            await terminal.hides("Everywhere")


@pytest.mark.thorough
async def test_the_palette_has_what_the_keys_have_changes_the_theme_and_offers_no_shop_that_is_not_there(
    opened, session, order
):
    session.deliver()
    session.deliver(order(note="x"))
    async with opened((140, 60)) as terminal:
        await terminal.press("j", "ctrl+p")
        await terminal.type("follow")
        await terminal.shows("Go to the newest delivery and follow new ones")
        await terminal.press("enter")
        await terminal.shows("Deliveries 2 · following")

        await terminal.press("ctrl+p")
        await terminal.type("places a new order")
        await terminal.shows("No matches found")
        await terminal.press("escape", "ctrl+p")

        await terminal.type("theme")
        await terminal.shows("Change the current theme")
        await terminal.press("enter")
        await terminal.type("devhook-light")
        await terminal.press("enter")
        await terminal.until(lambda: terminal.app.theme == LIGHT)


async def test_the_palette_reaches_the_simulated_shop(opened, shop):
    async with opened() as terminal:
        await terminal.press("ctrl+p")
        await terminal.type("places a new order")
        await terminal.shows("Check out")
        await terminal.press("enter")

        await terminal.shows("orders/create")
