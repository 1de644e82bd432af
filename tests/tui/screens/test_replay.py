from types import SimpleNamespace

import pytest

from devhook.inbox.journal import sends
from devhook.receiver.targets import Target
from devhook.tui.screens.replay import replay_addresses


async def test_r_sends_the_selected_delivery_unchanged_and_shows_the_answer(opened, session, app, order):
    session.deliver(order("#1001"), path="/webhooks?a=1")
    session.deliver(order("#1002"))
    async with opened() as terminal:
        await terminal.shows("delivery 2")
        await terminal.press("j", "r")
        await terminal.until(lambda: terminal.notices)

        ((_, message),) = terminal.notices
    ((path, headers, body),) = app.requests
    assert message.startswith(f"Delivery 1 sent to {session.address}/webhooks?a=1: 200 in ")
    assert (path, body) == ("/webhooks?a=1", session.inbox.delivery(1).body)
    assert headers["X-Devhook-Origin"] == "replay"
    assert [send.answer.status for send in sends(session.inbox, 1)] == [200]


async def test_an_answer_that_is_not_2xx_is_shown_with_its_body(opened, session, app):
    app.status, app.body = 422, "[b]no such\n order[/b]\x1b[2J"
    session.deliver()
    async with opened() as terminal:
        await terminal.shows("delivery 1")
        await terminal.press("r")
        await terminal.until(lambda: terminal.notices)

        ((title, message),) = terminal.notices
    assert title.startswith("Delivery 1 sent to ")
    assert message.startswith("422 in ")
    assert message.endswith("[b]no such order[/b]␛[2J")


async def test_a_tunnel_that_answers_for_the_app_is_named(opened, session, app):
    app.status, app.body = 404, "<html><p>ERR_NGROK_3200</p></html>"
    session.deliver()
    async with opened() as terminal:
        await terminal.shows("delivery 1")
        await terminal.press("r")
        await terminal.until(lambda: terminal.notices)

        ((_, message),) = terminal.notices
    assert message.startswith("404 in ")
    assert "ngrok answered, not the app" in message


async def test_a_target_without_a_listener_is_reported(opened, session):
    session.address = "http://127.0.0.1:1"
    session.deliver()
    async with opened() as terminal:
        await terminal.shows("delivery 1")
        await terminal.press("r")
        await terminal.until(lambda: terminal.notices)

        ((_, message),) = terminal.notices
    assert message == "Connection refused: nothing listens on 127.0.0.1:1."


async def test_without_a_delivery_there_is_nothing_to_send(opened, session, app):
    async with opened() as terminal:
        await terminal.shows("Waiting for the first delivery.")
        await terminal.press("r")

        assert [title for title, _ in terminal.notices] == ["There is no delivery to send again."]
    assert app.requests == []


@pytest.mark.parametrize(
    ("topic", "urls"),
    [
        ("orders/paid", ("http://localhost:3001/paid",)),
        ("orders/updated", ("http://localhost:3000", "http://localhost:3002/all")),
        (None, ("http://localhost:3000", "http://localhost:3002/all")),
    ],
)
def test_a_replay_goes_to_the_targets_of_its_topic(topic, urls, row):
    paid = Target(url="http://localhost:3001/paid", topics=("orders/paid",))
    others = (Target(url="http://localhost:3000"), Target(url="http://localhost:3002/all"))

    assert replay_addresses(SimpleNamespace(targets=(paid, *others)), row(topic=topic)) == urls
