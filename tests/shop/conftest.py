import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from pydantic import SecretStr

from devhook.inbox.database import Inbox
from devhook.shop.access import ClientCredentials, TokenAccess
from devhook.shop.client import AdminClient
from devhook.simulator.admin.installation import Installation
from devhook.simulator.admin.server import AdminServer
from devhook.simulator.admin.subscriptions import Subscriptions

SHOP = "harbour-lamps.myshopify.com"
TOKEN = "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"
CLIENT_SECRET = "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"
GRANTED = "shpat_granted00112233445566778899aabb"


class Clock:
    def __init__(self):
        self.now = datetime.now(UTC)

    def __call__(self):
        return self.now

    def advance(self, **span):
        self.now += timedelta(**span)


class Shop:
    """A simulated shop's Admin API on a real socket, and clients of it whose pauses turn its clock."""

    domain = SHOP
    token = TOKEN
    client_secret = CLIENT_SECRET
    granted = GRANTED

    def __init__(self):
        self.clock = Clock()
        self.pauses = []
        self.grants = 0
        self.installation = Installation(
            clock=self.clock,
            client_id="client-7",
            client_secret=SecretStr(CLIENT_SECRET),
            tokens=[SecretStr(TOKEN)],
            new_token=self._new_token,
        )
        self.subscriptions = Subscriptions(self.installation, domain=SHOP, clock=self.clock)
        self.server = AdminServer(self.subscriptions, self.installation, domain=SHOP, clock=self.clock)
        self._opened = contextlib.AsyncExitStack()

    async def __aenter__(self):
        await self._opened.enter_async_context(self.server)
        return self

    async def __aexit__(self, *about):
        await self._opened.aclose()

    def _new_token(self):
        self.grants += 1
        return GRANTED

    async def _pause(self, seconds):
        self.pauses.append(seconds)
        self.clock.advance(seconds=seconds)

    async def client(self, access=None, *, origin="", **more):
        access = access or TokenAccess(token=SecretStr(TOKEN))
        made = AdminClient(
            SHOP, access, origin=origin or self.server.url, clock=self.clock, sleep=self._pause, **more
        )
        return await self._opened.enter_async_context(made)

    async def client_with_credentials(self, *, secret=CLIENT_SECRET, client_id="client-7", origin=""):
        credentials = ClientCredentials(client_id=client_id, client_secret=SecretStr(secret))
        return await self.client(credentials, origin=origin)


@pytest.fixture
async def shop():
    async with Shop() as simulated:
        yield simulated


@pytest.fixture
async def client(shop):
    return await shop.client()


@pytest.fixture
def inbox(tmp_path):
    with Inbox.open(tmp_path / "inbox") as opened:
        yield opened


class Stranger:
    """A server that gives the test's answers, one after another."""

    def __init__(self):
        self.origin = ""
        self.asked = []
        self.answers = []

    async def take(self, request):
        self.asked.append((request, await request.read()))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await answer(request) if callable(answer) else web.Response(**answer)


@pytest.fixture
async def stranger():
    served = Stranger()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", served.take)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    served.origin = f"http://{host}:{port}"
    try:
        yield served
    finally:
        await runner.cleanup()


@pytest.fixture
async def closed_origin():
    """An origin on this machine that accepts no connection."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return f"http://127.0.0.1:{port}"
