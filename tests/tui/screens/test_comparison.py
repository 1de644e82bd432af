async def test_two_marked_deliveries_are_compared(opened, session, order):
    session.deliver(order("#1001"), triggered_at="2026-03-14T14:00:00Z")
    session.deliver(order("#1001", financial_status="paid"), triggered_at="2026-03-14T14:00:09Z")
    session.deliver(order("#1001", financial_status="paid", note="x"), triggered_at="2026-03-14T14:00:05Z")
    async with opened() as terminal:
        await terminal.shows("delivery 3")
        await terminal.press("d")
        assert terminal.notices == [
            ("No delivery is marked.", "Mark two deliveries with Space, then press d.")
        ]

        # The late delivery 3 is the older version.
        await terminal.press("space", "d")
        await terminal.shows("Deliveries 3 and 2", '~ note  "x" → null')
        await terminal.press("d", "down", "space", "d")
        await terminal.shows("Deliveries 1 and 3", '"pending" → "paid"', 'null → "x"')
        await terminal.press("escape", "home", "down", "space", "d")
        assert terminal.notices[-1][0] == "3 deliveries marked."
