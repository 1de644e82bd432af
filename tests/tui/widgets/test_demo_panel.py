import pytest

from devhook.scenario.model import Action
from devhook.tui.widgets.demo_panel import ACTIONS, FAULTS, DemoPanel


async def test_each_key_runs_an_action_whose_deliveries_are_shown(opened, shop):
    async with opened() as terminal:
        await terminal.shows("Press 1 to check out an order", "no order yet")
        await terminal.press("1")
        await terminal.shows("orders/create", "#1001", "on #1001")

        await terminal.press("2")
        await terminal.shows("orders/paid")

        # The notice of the checkout may have expired.
        await terminal.until(
            lambda: any(text.startswith("Order #1001 paid: ") for _, text in terminal.notices)
        )


async def test_every_action_and_the_frequent_faults_have_a_key(opened, shop):
    async with opened() as terminal:
        for key in "1234567890DLTWM":
            assert f"{key} " in terminal.text

        assert {binding.action for binding in ACTIONS} == {f"act('{action}')" for action in Action}
        faults = ("duplicate", "late", "body", "secret", "missing-signature")
        assert {binding.action for binding in FAULTS} == {f"inject('{fault}')" for fault in faults}


async def test_the_keys_act_on_the_order_of_the_selected_delivery(opened, shop):
    async with opened() as terminal:
        await terminal.press("1")
        await terminal.shows("#1001")
        await terminal.press("1")
        await terminal.shows("#1002", "on #1002")

        await terminal.press("end")
        await terminal.shows("on #1001")
        await terminal.press("2")
        await terminal.until(lambda: any("#1001 paid" in message for _, message in terminal.notices))


async def test_an_impossible_action_is_dimmed_and_its_key_shows_the_reason(opened, shop):
    async with opened() as terminal:
        panel = terminal.app.screen.query_one(DemoPanel)
        assert Action.PAY in panel.impossible
        assert Action.CHECK_OUT not in panel.impossible
        await terminal.press("2")
        await terminal.until(lambda: terminal.notices)
        assert terminal.notices == [("The shop has no order.", "Check out first.")]

        await terminal.press("1")
        await terminal.until(lambda: Action.NOTE not in panel.impossible)
        assert Action.DELETE in panel.impossible


@pytest.mark.thorough
async def test_each_fault_shows_in_the_list(opened, shop):
    async with opened() as terminal:
        await terminal.press("1")
        await terminal.shows("orders/create")

        for key, words, count in (
            ("D", "duplicate of", 1),
            ("M", "no signature", 1),
            ("T", "bad signature", 1),
            ("W", "bad signature", 2),
            ("L", " late ", 1),
        ):
            await terminal.press(key)
            await terminal.until(
                lambda words=words, count=count: sum(words in line for line in lines_of(terminal)) >= count
            )


def lines_of(terminal):
    """The lines of the list without the detail beside it."""
    return [line[:80] for line in terminal.text.splitlines()]


async def test_the_keys_can_be_clicked_and_all_are_on_a_screen_of_eighty_columns(opened, shop):
    async with opened() as terminal:
        await terminal.pilot.click(DemoPanel, offset=(1, 0))
        await terminal.pilot.click(DemoPanel, offset=(120, 1))
        assert not shop.orders

        await terminal.pilot.click(DemoPanel, offset=(terminal.line("1 check out").index("1 check") + 3, 0))
        await terminal.until(lambda: len(shop.orders) == 1)

        await terminal.pilot.resize_terminal(80, 24)
        line = terminal.line("1 order")
        assert line.endswith("0 delete")
        assert len(line) <= 80
        await terminal.pilot.click(DemoPanel, offset=(line.index("1 order") + 1, 0))
        await terminal.until(lambda: len(shop.orders) == 2)


async def test_without_a_simulated_shop_there_are_no_keys_for_one(opened, session):
    session.deliver()
    async with opened() as terminal:
        await terminal.press("1", "D")
        assert "check out" not in terminal.text
        assert not terminal.app.screen.query(DemoPanel)
        assert {title for title, _ in terminal.notices} == {
            "This key is for the simulated shop, which this run does not have."
        }

        terminal.app.clear_notifications()
        await terminal.press("question_mark")
        await terminal.shows("Everywhere")
        assert "simulated" not in terminal.text


async def test_at_sixty_columns_every_key_is_in_sight_and_no_word_is_cut(opened, shop):
    async with opened((60, 20)) as terminal:
        await terminal.press("1")
        await terminal.until(lambda: terminal.app.screen.query_one(DemoPanel).target)
        for line, keys in ((terminal.line("1 order"), "1234567890"), (terminal.line("D duplicate"), "DLTWM")):
            words = set(line.split())
            assert set(keys) <= words
            known = {word for each in (*ACTIONS, *FAULTS) for word in each.description.split()} | {
                "order",
                "on",
            }
            assert {word for word in words - set(keys) if not word.startswith("#")} <= known
