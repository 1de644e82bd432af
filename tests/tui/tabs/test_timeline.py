import pytest

from devhook.privacy.mask import Mask
from devhook.tui.tabs.timeline import TimelineTab

MINUTE = "2026-03-14T14:{:02}:00Z"


@pytest.fixture
def life(session, order):
    """An order that was created, paid twice and refunded, with a late note."""
    session.deliver(order(), "orders/create", triggered_at=MINUTE.format(1))
    paid = order(note="ring", financial_status="paid")
    session.deliver(paid, "orders/paid", triggered_at=MINUTE.format(3), webhook_id="twice")
    session.deliver(paid, "orders/paid", triggered_at=MINUTE.format(3), webhook_id="twice")
    session.deliver(order(note="ring"), triggered_at=MINUTE.format(2))
    refund = {"id": 9, "order_id": order()["id"], "note": "broken"}
    session.deliver(refund, "refunds/create", triggered_at=MINUTE.format(4))


def versions(terminal):
    """The line of each version."""
    shown = terminal.app.query_one(TimelineTab).lines
    return [shown.line(number).plain[3:].rstrip() for number in shown.stops]


@pytest.mark.usefixtures("life")
async def test_the_versions_of_an_order_are_shown_in_sequence_with_a_lane_for_each_topic(opened):
    async with opened((178, 40)) as terminal:
        await terminal.shows("The first delivery")
        await terminal.press("left")
        await terminal.shows("5 deliveries of 4 topics, 1 late, 1 duplicate; this is")

        await terminal.shows("payment    pending ▁▁█ paid")
        assert versions(terminal) == [
            "1 ◆        14:01:00.000 orders/create             order of 64.00, 3 items, pend…",
            "2   !      14:02:00.000 orders/updated            late: note added, came 14:02:…",
            "3     ●    14:03:00.000 orders/paid               paid 64.00",
            "4     =    14:03:00.000 orders/paid               duplicate of 2",
            "5       ◆  14:04:00.000 refunds/create            refund without payment",
        ]


@pytest.mark.usefixtures("life")
@pytest.mark.thorough
async def test_two_versions_are_compared_whichever_was_marked_first_and_one_is_opened(opened):
    async with opened() as terminal:
        await terminal.press("enter", "left")
        await terminal.shows("5 deliveries")
        await terminal.press("d")
        assert terminal.notices == [
            (
                "Two versions",
                "Type two version numbers, or mark a version with m, select another, and press d.",
            )
        ]

        await terminal.press("G", "up", "m", "home", "d")
        await terminal.shows("From version 1 (orders/create, delivery 1, 14:01:00.000) to")
        await terminal.shows('~ financial_status  "pending" → "paid"', '~ note              null → "ring"')
        await terminal.press("t")
        await terminal.shows("5 deliveries")

        await terminal.press("G", "m", "home", "d")
        await terminal.shows("The bodies have no field in common")
        await terminal.press("t")
        await terminal.shows("5 deliveries")

        await terminal.press("home", "enter")
        await terminal.shows("delivery 1", "The first delivery of order #1001.")


@pytest.mark.usefixtures("life")
@pytest.mark.thorough
async def test_two_versions_are_compared_by_typing_their_numbers_in_either_order(opened):
    async with opened((140, 40)) as terminal:
        await terminal.press("enter", "left")
        await terminal.shows("payment    pending ▁▁█ paid")
        await terminal.press("3")
        await terminal.shows("compare 3 and …")
        await terminal.press("1")
        await terminal.shows("From version 1 (orders/create, delivery 1", "version 3 (orders/paid")
        await terminal.shows('~ financial_status  "pending" → "paid"')

        await terminal.press("t", "2", "2")
        await terminal.shows("5 deliveries")
        assert terminal.notices == [
            ("Two versions", "Type the numbers of two different versions, such as 3 7.")
        ]


@pytest.mark.usefixtures("life")
async def test_the_history_of_a_field_is_its_value_in_every_version(opened):
    async with opened() as terminal:
        await terminal.shows("The first delivery")
        await terminal.press("down", "down", "down")
        await terminal.shows("delivery 2", "1 change")
        await terminal.press("enter", "h")

        await terminal.shows("financial_status")
        assert [version.split() for version in versions(terminal)] == [
            ["14:01:00.000", "orders/create", '"pending"'],
            ["14:02:00.000", "orders/updated", "·", '"pending"'],
            ["14:03:00.000", "orders/paid", "→", '"paid"'],
        ]
        await terminal.press("t")
        await terminal.shows("5 deliveries")


@pytest.mark.usefixtures("life")
async def test_an_open_timeline_shows_new_versions(opened, session, order):
    async with opened() as terminal:
        await terminal.press("down", "enter", "left")
        await terminal.shows("5 deliveries")
        session.deliver(order(note="x"), triggered_at=MINUTE.format(9))

        await terminal.shows("6 deliveries of 4 topics")


@pytest.mark.thorough
async def test_where_personal_data_is_masked_the_timeline_masks_it_too(opened, session, order):
    session.deliver(order(email="mira.sol@example.com"), triggered_at=MINUTE.format(1))
    session.deliver(order(email="nils.holm@example.com"), triggered_at=MINUTE.format(2))
    session.mask = Mask(b"of the tests")
    async with opened() as terminal:
        await terminal.shows("1 change")
        await terminal.press("enter", "h")
        await terminal.shows("14:01:00.000 orders/updated")
        assert "@" in terminal.text
        await terminal.press("t", "up", "m", "down", "d")
        await terminal.shows("From version 1", "~ email")

        for name in ("mira", "nils"):
            assert name not in terminal.text


async def test_a_delivery_without_a_subject_has_no_timeline(opened, session):
    session.deliver(body=b"{")
    async with opened() as terminal:
        await terminal.shows("cannot be read")
        await terminal.press("left", "enter", "down", "m", "d", "enter", "t")

        await terminal.shows("This delivery has no subject, so it has no timeline.")


async def test_a_hostile_topic_and_value_are_shown_as_text(opened, session, order):
    evil = "[/foo][@click=app.quit]x\x1b]52;c;aGk=\x07"
    session.deliver(order(note="a"), triggered_at=MINUTE.format(1))
    session.deliver(order(note=evil), triggered_at=MINUTE.format(2))
    async with opened() as terminal:
        await terminal.shows("1 change")
        await terminal.press("enter", "h")
        await terminal.shows("[/foo][@click=app.q")
        await terminal.press("t")
        await terminal.shows("2 deliveries")

        assert "\x1b" not in terminal.raw
