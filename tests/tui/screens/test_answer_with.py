async def test_the_next_deliveries_are_answered_with_the_selected_fault(opened, session):
    async with opened() as terminal:
        await terminal.press("a")
        await terminal.shows("Deliveries get the normal answer", "500 once")
        await terminal.press("down", "enter")

        await terminal.until(lambda: session.faults == ("500x3",))
        await terminal.shows("answers 500x3")
        assert ("", "Deliveries are answered with 500x3 from now on.") in terminal.notices


async def test_any_other_fault_can_be_typed(opened, session):
    async with opened((80, 24)) as terminal:
        await terminal.press("a")
        await terminal.type("404x2@orders/*, slow:2s")
        await terminal.press("enter")

        await terminal.until(lambda: session.faults == ("404x2@orders/*", "slow:2s"))


async def test_invalid_text_is_rejected_and_stays_editable(opened, session):
    async with opened() as terminal:
        await terminal.press("a")
        await terminal.type("teapot")
        await terminal.press("enter")

        await terminal.shows("'teapot' is not a fault.", "500x3")
        await terminal.press(*["backspace"] * 6)
        await terminal.type("418")
        await terminal.press("enter")
        await terminal.until(lambda: session.faults == ("418",))


async def test_normal_answers_are_offered_while_a_fault_is_active(opened, session):
    session.faults = ("500",)
    async with opened() as terminal:
        await terminal.press("a")
        await terminal.shows("Current: 500", "The normal answer: 200")
        await terminal.press("enter")

        await terminal.until(lambda: session.faults == ())
        assert ("", "Deliveries are answered normally from now on.") in terminal.notices


async def test_escape_changes_nothing(opened, session):
    session.faults = ("drop",)
    async with opened() as terminal:
        await terminal.press("a")
        await terminal.shows("Current: drop")
        await terminal.press("down", "escape")

        await terminal.hides("Current: ")
        assert session.faults == ("drop",)
