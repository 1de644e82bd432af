import json

import pytest

from devhook.inbox.deliveries import Answered
from devhook.inbox.journal import Send, add_sends
from devhook.receiver.targets import Target
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Origin

TOLD = {"error": "KeyError: tax_lines", "order": 1}


def forwarded(session, number, **facts):
    answer = Answer(**{"status": 500, "seconds": 0.4, "body": json.dumps(TOLD).encode()} | facts)
    moment = session.inbox.row(number).received_at
    by = f"{session.address}/webhooks"
    session.inbox.add([], [Answered(delivery_id=number, by=by, at=moment, answer=answer)])


@pytest.mark.thorough
async def test_five_marked_deliveries_are_replayed_to_the_fixed_app_beside_their_earlier_answers(
    opened, session, app, order
):
    session.targets = (Target(url=f"{session.address}/webhooks"),)
    for number in range(1, 9):
        forwarded(session, session.deliver(order(f"#100{number}"), "orders/create"))
    app.body = json.dumps(TOLD | {"error": None})
    async with opened() as terminal:
        await terminal.shows("delivery 8", "✗500")
        await terminal.press("down", "v", "down", "down", "down", "down", "v")
        await terminal.shows("5 marked")
        await terminal.press("r")
        await terminal.shows(
            "Replay of 5 deliveries",
            "Done.",
            "5 × 200",
            "5 of 5 answered with a different status than before",
            "#1003",
            "500 → 200 in ",
            '~ error  "KeyError: tax_lines" → null',
            "Esc closes",
        )
        assert [json.loads(body)["name"] for _, _, body in app.requests] == [f"#100{n}" for n in range(3, 8)]
        assert {path for path, _, _ in app.requests} == {"/webhooks"}

        await terminal.press("down", "enter")
        await terminal.shows("delivery 4", "Before and after", "✓200", "5 marked")
        assert terminal.text.count("✓200") == 13  # eight times devhook's own
        assert "500 → 200 in " in terminal.line("replay ")

        await terminal.press("slash")
        await terminal.type("answered:500 answered:200")
        await terminal.press("enter")
        await terminal.shows("Deliveries 5 of ")


async def test_answers_that_come_later_and_replays_of_another_process_are_shown(opened, session, order):
    session.address = "http://localhost:3000"
    session.deliver(order("#1001"), "orders/create")
    async with opened() as terminal:
        await terminal.press("left", "left")
        await terminal.shows("delivery 1", "The delivery was not forwarded.")
        forwarded(session, 1)
        await terminal.shows("✗500", "500 in 400 ms", "KeyError")

        sent = {"origin": Origin.REPLAY, "url": "http://localhost:3000/webhooks", "delivery_id": 1}
        answer = Answer(status=200, seconds=0, body=b"ok")
        add_sends(session.inbox, [Send(sent_at=session.inbox.row(1).received_at, answer=answer, **sent)])
        await terminal.shows("Before and after", "500 → 200 in ", "✓200 ✓200")


async def test_a_replay_of_many_is_asked_about_and_stops(opened, session, app, order):
    for number in range(25):
        session.deliver(order(f"#{2000 + number}"))
    async with opened() as terminal:
        await terminal.press("asterisk")
        await terminal.shows("25 marked")
        await terminal.press("r")
        await terminal.shows("Send 25 deliveries again?")
        await terminal.press("n")
        await terminal.hides("Send 25 deliveries again?")
        assert app.requests == []

        app.gate.clear()
        await terminal.press("r")
        await terminal.press("y")
        await terminal.shows("0 of 25 sent…", "Esc stops")
        await terminal.until(lambda: app.requests)
        await terminal.press("escape")
        await terminal.shows("Stopped. 0 of 25 were sent.")
        app.gate.set()
        await terminal.press("escape")
        await terminal.shows("25 marked")
        await terminal.press("escape")
        await terminal.until(lambda: "marked" not in terminal.line("Deliveries"))
    assert len(app.requests) == 1


async def test_the_result_of_a_replay_is_masked(opened, session, app, order):
    app.status, app.body = 422, '{"email":"mira.sol@example.com"}'
    for number in (1, 2):
        session.deliver(order(f"#{number}"))
        sent = {"origin": Origin.REPLAY, "url": session.address, "delivery_id": number}
        moment = session.inbox.row(number).received_at
        before = Answer(status=200, seconds=0, body=b'{"email":"old.mail@example.com"}')
        add_sends(session.inbox, [Send(sent_at=moment, answer=before, **sent)])
    session.toggle_mask()
    async with opened() as terminal:
        await terminal.press("asterisk", "r")
        await terminal.shows("200 → 422", "Done.")

        assert "mira.sol" not in terminal.text
        assert "old.mail" not in terminal.text
