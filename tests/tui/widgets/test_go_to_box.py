import pytest

from devhook.errors import InputError
from devhook.tui.widgets.go_to_box import place_of


async def go_to(terminal, text):
    await terminal.press("colon")
    await terminal.type(text)
    await terminal.press("enter")


async def test_a_number_goes_to_the_newest_delivery_of_the_order_or_to_the_delivery(opened, session, order):
    for name in ("#1001", "#1002", "#1001", "#1003"):
        session.deliver(order(name, note=name))
    async with opened() as terminal:
        await terminal.shows("Deliveries 4")
        for text, shown in (("1001", "delivery 3"), ("#1002", "delivery 2"), (":1003", "delivery 4"),
                            ("1", "delivery 1")):  # fmt: skip
            await go_to(terminal, text)
            await terminal.shows(f"{shown} ")
        assert "F follows" in terminal.text


async def test_an_order_that_is_not_there_is_said_and_the_line_stays(opened, session, order):
    session.deliver(order())
    async with opened() as terminal:
        await terminal.shows("Deliveries 1")
        await go_to(terminal, "77")

        assert terminal.notices == [
            ("The inbox has no order #77 and no delivery 77.", "/ searches the deliveries for other text.")
        ]
        await terminal.press("backspace", "backspace", *"1001", "enter")
        await terminal.shows("delivery 1")
        await terminal.press("colon", "escape", "j")
        assert terminal.app.query_one("#list").has_focus


async def test_a_delivery_that_the_filter_hides_is_shown_by_another_filter(opened, session, order):
    session.deliver(order("#1001"))
    session.deliver(order("#1002"))
    async with opened() as terminal:
        await terminal.press("slash", *"#1002", "enter")
        await terminal.shows("Deliveries 1 of")
        await go_to(terminal, "1001")

        await terminal.shows("order:1001", "delivery 1 ")
        assert "so the filter is order:1001 now" in terminal.notices[-1][1]


@pytest.mark.parametrize("text", ["", "#", "nobody", "9" * 40, "\u0661\u0662", "1 2"])
def test_what_is_no_number_of_an_order_is_an_error(inbox, text):
    with pytest.raises(InputError, match="has no order"):
        place_of(inbox, text)
