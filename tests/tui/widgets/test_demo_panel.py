import pytest

from devhook.scenario.model import Action
from devhook.tui.widgets.demo_panel import ACTIONS, FAULTS, DemoPanel


async def test_the_keys_let_things_happen_and_their_deliveries_are_shown(opened, shop):
    async with opened() as terminal:
        await terminal.shows("Press 1 to check out an order", "no order yet")
        await terminal.press("1")
        await terminal.shows("orders/create", "#1001", "on #1001")

        await terminal.press("2")
        await terminal.shows("orders/paid")

        # A notice disappears after some seconds, so the one of the checkout may be gone.
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


async def test_what_is_impossible_is_dimmed_and_says_why_when_it_is_pressed(opened, shop):
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


@pytest.mark.parametrize(
    ("key", "words"),
    [("D", "duplicate of"), ("T", "bad signature"), ("W", "bad signature"), ("M", "no signature")],
)
async def test_a_fault_shows_in_the_list(opened, shop, key, words):
    async with opened() as terminal:
        await terminal.press("1")
        await terminal.shows("orders/create")

        await terminal.press(key)

        await terminal.shows(words)


async def test_a_late_delivery_shows_in_the_list(opened, shop):
    async with opened() as terminal:
        await terminal.press("1")
        await terminal.shows("orders/create")

        await terminal.press("L")

        await terminal.shows(" late ")


@pytest.mark.parametrize(
    ("size", "word", "offset"), [((140, 40), "1 check out", 3), ((80, 24), "1 order", 1)]
)
async def test_the_keys_can_be_clicked(opened, shop, size, word, offset):
    async with opened(size) as terminal:
        line = terminal.line(word)

        await terminal.pilot.click(DemoPanel, offset=(line.index(word) + offset, 0))

        await terminal.shows("orders/create")


async def test_a_click_between_the_keys_does_nothing(opened, shop):
    async with opened() as terminal:
        await terminal.pilot.click(DemoPanel, offset=(1, 0))
        await terminal.pilot.click(DemoPanel, offset=(120, 1))
        await terminal.pilot.pause()

        assert not shop.orders


async def test_at_eighty_columns_every_key_is_on_the_screen(opened, shop):
    async with opened((80, 24)) as terminal:
        line = terminal.line("1 order")

        assert line.endswith("0 delete")
        assert len(line) <= 80


async def test_without_a_simulated_shop_there_are_no_keys_for_one(opened, session):
    session.deliver()
    async with opened() as terminal:
        await terminal.press("1", "D")
        assert "check out" not in terminal.text
        assert not terminal.app.screen.query(DemoPanel)

        await terminal.press("question_mark")
        await terminal.shows("Everywhere")
        assert "simulated" not in terminal.text
