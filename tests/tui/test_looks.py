"""The pages as text. `UPDATE_SNAPSHOTS=1 pytest …` updates them."""

import os
from pathlib import Path

import pytest

from devhook.shop.registrations import Holder
from devhook.tui.tabs.timeline import TimelineTab
from devhook.webhook.signature import Secret

SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.fixture
def looks_like():
    def compare(terminal, name):
        snapshot = SNAPSHOTS / f"{name}.txt"
        shown = terminal.text.rstrip("\n") + "\n"
        if os.environ.get("UPDATE_SNAPSHOTS"):
            snapshot.parent.mkdir(exist_ok=True)
            snapshot.write_text(shown, encoding="utf-8")

        assert shown == snapshot.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def story(session, order):
    """The deliveries of one order, with a duplicate, a late one and two wrong signatures."""
    placed = order()
    session.deliver(placed, "orders/create")
    paid = placed | {"financial_status": "paid", "updated_at": "2026-03-14T14:01:00+00:00"}
    session.deliver(paid, "orders/paid", webhook_id="twice")
    session.deliver(paid, "orders/paid", webhook_id="twice")
    session.deliver(paid | {"updated_at": "2026-03-14T14:01:30+00:00"})
    session.deliver(paid | {"note": "Free of charge"}, secret=Secret(name="another", value="another"))
    session.deliver(paid | {"note": "Free"}, secret=None)
    session.deliver(placed, triggered_at="2026-03-14T13:00:00Z")
    session.deliver({"id": 8_812_345, "title": "Blue mug", "variants": []}, "products/update")
    items = [paid["line_items"][0] | {"fulfillable_quantity": 0}, paid["line_items"][1]]
    sent = {"id": 4_423, "name": "#1001.1", "status": "success", "tracking_number": "JD014600003"}
    session.deliver(
        paid
        | {
            "updated_at": "2026-03-14T14:02:00+00:00",
            "fulfillment_status": "partial",
            "line_items": items,
            "fulfillments": [sent],
            "note": "Please ring twice: the bell is broken, and the dog is less friendly than it looks.",
        }
    )


@pytest.mark.usefixtures("story")
@pytest.mark.parametrize(("name", "size"), [("wide", (140, 40)), ("narrow", (80, 24))])
async def test_the_main_page_a_payload_and_the_timeline(opened, looks_like, name, size):
    async with opened(size) as terminal:
        await terminal.shows("tracking JD014600003")
        looks_like(terminal, f"main-{name}")

        await terminal.press("right", "enter")
        await terminal.shows("~   ")
        looks_like(terminal, f"payload-{name}")

        await terminal.press("left", "left")
        timeline = terminal.app.query_one(TimelineTab)
        await terminal.until(lambda: "pending ▁▁███ paid" in timeline.lines.text())
        # Where it stands at first depends on whether the tracks were there when it was drawn.
        await terminal.press("home", "down", "m", "down")
        looks_like(terminal, f"timeline-{name}")


@pytest.mark.usefixtures("story")
@pytest.mark.thorough
async def test_headers_and_a_missing_signature_at_eighty_columns(opened, looks_like):
    async with opened((80, 24)) as terminal:
        await terminal.shows("tracking JD014600003")
        await terminal.press("right", "right", "enter")
        await terminal.shows("POST /")
        looks_like(terminal, "headers-narrow")

        await terminal.press("right", "escape", "j", "j", "j", "enter")
        await terminal.shows("The signature is missing.")
        looks_like(terminal, "signature-narrow")


@pytest.mark.usefixtures("story")
async def test_a_filter(opened, looks_like):
    async with opened((80, 24)) as terminal:
        await terminal.shows("tracking JD014600003")
        await terminal.press("slash")
        await terminal.type("#1001 -late")
        await terminal.press("enter", "j", "j")
        await terminal.shows("of 9", "F follows")

        looks_like(terminal, "filter-narrow")


async def test_an_empty_demonstration(opened, looks_like, shop):
    async with opened((80, 24)) as terminal:
        await terminal.shows("Press 1")

        looks_like(terminal, "empty-demo-narrow")


async def test_the_help(opened, looks_like, shop):
    async with opened((100, 300)) as terminal:
        await terminal.press("question_mark")
        await terminal.shows("Verdicts")

        looks_like(terminal, "help")


async def test_the_subscriptions_at_eighty_columns(
    opened, looks_like, session, canned_registrations, entry, lost_lease
):
    session.registrations = canned_registrations(
        entry(1, "orders/updated", Holder.LEASE),
        entry(2, "orders/paid", Holder.DEVHOOK, dead="ngrok has no agent for it (ERR_NGROK_3200)"),
        entry(3, "products/update", uri="https://app.example.com/hooks", name=None),
        lost=(lost_lease(),),
    )
    async with opened((80, 24)) as terminal:
        await terminal.press("s")
        await terminal.shows("1 vanished", "v renew")

        looks_like(terminal, "subscriptions-narrow")


async def test_the_topics_at_eighty_columns(opened, looks_like, session, canned_registrations, entry):
    session.registrations = canned_registrations(entry(1, "orders/updated", Holder.LEASE))
    async with opened((80, 24)) as terminal:
        await terminal.press("s")
        await terminal.shows("1 temporary")
        await terminal.press("n")
        await terminal.shows("Topics 218")
        await terminal.type("orders/")
        await terminal.press("space")
        await terminal.shows("· 1 selected")

        looks_like(terminal, "topics-narrow")


@pytest.mark.parametrize(("name", "size"), [("wide", (140, 40)), ("narrow", (80, 24))])
async def test_the_forge(opened, looks_like, session, order, name, size):
    session.deliver(order())
    async with opened(size) as terminal:
        await terminal.shows("delivery 1")
        await terminal.press("e")
        await terminal.shows("No changes")
        area = terminal.app.screen.query_one("#payload-area")
        area.text = area.text.replace('"pending"', '"paid"').replace('"64.00"', '"1.00"')
        await terminal.shows("2 changes")

        looks_like(terminal, f"forge-{name}")
