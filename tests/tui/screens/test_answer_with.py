async def test_the_next_deliveries_are_answered_with_what_is_chosen(opened, session):
    async with opened() as terminal:
        await terminal.press("a")
        await terminal.shows("Deliveries get the normal answer", "500 once")
        await terminal.press("down", "enter")

        await terminal.until(lambda: session.faults == ("500x3",))
        await terminal.shows("answers 500x3")
        assert ("", "Deliveries are answered with 500x3 from now on.") in terminal.notices


async def test_a_fault_of_ones_own_can_be_typed(opened, session):
    async with opened((80, 24)) as terminal:
        await terminal.press("a")
        await terminal.type("404x2@orders/*, slow:2s")
        await terminal.press("enter")

        await terminal.until(lambda: session.faults == ("404x2@orders/*", "slow:2s"))


async def test_what_is_no_fault_is_refused_and_stays_to_be_mended(opened, session):
    async with opened() as terminal:
        await terminal.press("a")
        await terminal.type("teapot")
        await terminal.press("enter")

        await terminal.shows("'teapot' is not a fault.", "500x3")
        await terminal.press(*["backspace"] * 6)
        await terminal.type("418")
        await terminal.press("enter")
        await terminal.until(lambda: session.faults == ("418",))


async def test_the_truth_is_offered_where_it_is_not_told(opened, session):
    session.faults = ("500",)
    async with opened() as terminal:
        await terminal.press("a")
        await terminal.shows("Current: 500", "The normal answer: 200")
        await terminal.press("enter")

        await terminal.until(lambda: session.faults == ())
        assert ("", "Deliveries are answered normally from now on.") in terminal.notices


async def test_to_leave_changes_nothing(opened, session):
    session.faults = ("drop",)
    async with opened() as terminal:
        await terminal.press("a")
        await terminal.shows("Current: drop")
        await terminal.press("down", "escape")

        await terminal.hides("Current: ")
        assert session.faults == ("drop",)
