from datetime import UTC, datetime

import pytest

from devhook.inbox.deliveries import Answered
from devhook.sender.latency import LatencyHistogram
from devhook.webhook.answer import Answer
from devhook.webhook.signature import Secret

AT = datetime(2026, 3, 14, 14, 2, 1, tzinfo=UTC)


async def test_the_page_counts_deliveries_and_answer_times(opened, session, order):
    for number in (1001, 1002, 1003):
        delivery = session.deliver(order(f"#{number}"))
    session.deliver(order(), "orders/paid", secret=Secret(name="x", value="another"))
    answer = Answer(status=500, seconds=6.2)
    session.inbox.add([], [Answered(delivery_id=delivery, by="http://localhost:3000", at=AT, answer=answer)])
    session.latency = LatencyHistogram.of([0.003, 0.004, 0.015])
    async with opened((100, 50)) as terminal:
        await terminal.shows("bad signature")
        await terminal.press("t")

        await terminal.shows("4 deliveries", "Answer times of devhook", "Answer times of the targets")
        assert "75%" in terminal.line("orders/updated")
        assert " 1  25% " in terminal.line("invalid")
        assert "50% within 4 ms   95% within 15 ms   99% within 15 ms" in terminal.text
        assert "█" in terminal.line("over 5 s: too late")
        assert "100% " in terminal.line(" 500 ")


@pytest.mark.thorough
async def test_the_page_updates_and_keeps_its_scroll_position(opened, session, order):
    session.deliver(order())
    async with opened((80, 14)) as terminal:
        await terminal.press("t")
        await terminal.shows("1 delivery")
        await terminal.press("end")
        await terminal.shows("No delivery was answered yet.")

        session.latency = LatencyHistogram.of([0.3])
        await terminal.shows("95% within 300 ms")
        assert "1 delivery" not in terminal.text


async def test_the_key_that_opens_the_page_closes_it(opened):
    async with opened() as terminal:
        await terminal.press("t")
        await terminal.shows("Statistics")
        await terminal.press("t")

        await terminal.shows("Waiting for the first delivery.")
