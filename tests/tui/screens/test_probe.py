from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from devhook.inbox.deliveries import Answered
from devhook.receiver.targets import Target
from devhook.webhook.answer import Answer
from devhook.webhook.signature import check

AT = datetime(2026, 3, 14, 14, 2, 1, tzinfo=UTC)


@pytest.fixture
async def app(session):
    """An app that verifies the raw body correctly; it is the session's only target."""

    async def receive(request):
        body = await request.read()
        claimed = request.headers.get("X-Shopify-Hmac-Sha256")
        return web.Response(status=200 if check(session.secrets, body, claimed).signed_with else 401)

    application = web.Application()
    application.router.add_post("/", receive)
    async with TestServer(application) as server:
        url = str(server.make_url("/"))
        session.targets = (Target(url=url),)
        yield url


@pytest.mark.thorough
async def test_a_refusal_of_a_valid_delivery_is_reported_with_the_probe_one_key_away(
    opened, session, order, app
):
    delivery = session.deliver(order())
    refused = Answer(status=401, seconds=0.04)
    session.inbox.add([], [Answered(delivery_id=delivery, by=app, at=AT, answer=refused)])
    async with opened((100, 60)) as terminal:
        await terminal.press("right", "right", "right")
        await terminal.shows(
            "The signature is valid, and your app refused the delivery (401).", "probe the app: p"
        )
        await terminal.press("right")
        await terminal.shows("your app refused the delivery (401).", "Your app probably")

        await terminal.press("p")

        await terminal.shows("valid-json", "Done.", "pass")
        assert "✓ changed-byte" in terminal.text
        await terminal.press("escape")
        await terminal.shows("your app refused the delivery (401).")


async def test_without_a_target_it_says_how_to_probe(opened, session, order):
    session.deliver(order())
    async with opened((100, 30)) as terminal:
        await terminal.press("p")

        await terminal.shows("There is no target to probe.", "Start with --forward-to 3000")


async def test_without_a_secret_it_says_that_nothing_can_be_signed(opened, session, order, app):
    session.deliver(order())
    session.secrets = ()
    async with opened((100, 30)) as terminal:
        await terminal.press("p")

        await terminal.shows("No client secret is set to sign with.")
