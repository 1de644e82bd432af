from devhook.tui.tabs.changes import ChangesTab

LONG = " ".join(f"word{number}" for number in range(150))


async def test_the_picked_change_is_shown_whole_and_folded_again(opened, session, order):
    session.deliver(order())
    session.deliver(order(financial_status="paid", note=LONG))
    async with opened((100, 40)) as terminal:
        await terminal.shows("2 changes")
        assert "word149" not in terminal.text
        await terminal.press("enter", "down", "enter")

        await terminal.shows("word149", "- null")
        await terminal.press("enter")
        await terminal.hides("word149")


async def test_an_item_that_was_added_is_shown_whole_with_a_line_for_each_field(opened, session, order):
    session.deliver(order())
    session.deliver(
        order(fulfillments=[{"id": 41, "name": "#1001.1", "line_items": [{"id": 71, "quantity": 2}]}])
    )
    async with opened() as terminal:
        await terminal.shows("1 change")
        await terminal.press("enter", "enter")

        await terminal.shows('"line_items": [', '"quantity": 2')


async def test_without_changes_the_keys_do_nothing(opened, session):
    session.deliver()
    async with opened() as terminal:
        await terminal.shows("The first delivery")
        await terminal.press("enter", "down", "up", "enter", "h", "space", "G", "g")

        assert terminal.app.query_one(ChangesTab).picked is None


async def test_the_reason_for_no_change_is_shown_and_completed_by_the_companion(opened, session, order):
    session.deliver(order())
    session.deliver(order(updated_at="2026-03-14T14:00:09+00:00"), headers=[("X-Shopify-Event-Id", "E")])
    async with opened() as terminal:
        await terminal.shows("Nothing visible changed", "? The order was moved to another location")
        await terminal.press("down", "up")
        moved = {
            "original_fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/31"},
            "destination_location_id": "gid://shopify/Location/6",
            "source_location": {"id": "gid://shopify/Location/5"},
        }
        session.deliver(moved, "fulfillment_orders/moved", headers=[("X-Shopify-Event-Id", "E")])

        await terminal.shows("✓ The order was moved to another location")
        await terminal.shows("says: moved from", "the same action: fulfillment_orders/moved (3)")


async def test_the_ids_that_link_two_deliveries_are_shown(opened, session, order):
    event = [("X-Shopify-Event-Id", "E")]
    session.deliver(order(), webhook_id="a", headers=event)
    session.deliver(order(), webhook_id="a", headers=event)
    session.deliver(order(), webhook_id="b", headers=event)
    async with opened() as terminal:
        await terminal.shows(
            "Event-Id, topic and body the same: deliveries 1, 2, 3.", "Shopify's current documentation"
        )
        await terminal.press("up")
        await terminal.shows("A duplicate of delivery 1.", "Webhook-Id a: deliveries 1, 2.", "Attempt 2,")


async def test_a_reading_that_a_late_delivery_revises_is_shown_again(opened, session, order):
    session.deliver(order(), triggered_at="2026-03-14T14:01:00Z")
    session.deliver(order(note="x", tags="vip"), triggered_at="2026-03-14T14:03:00Z")
    async with opened() as terminal:
        await terminal.shows("2 changes, compared with delivery 1")
        await terminal.press("down", "up")
        session.deliver(order(note="x"), triggered_at="2026-03-14T14:02:00Z")

        await terminal.shows("1 change, compared with delivery 3")
