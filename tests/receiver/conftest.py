import asyncio
import base64
import contextlib
import hashlib
import hmac

import aiohttp
import pytest

from devhook.inbox.database import Inbox
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.server import Receiver, serving
from devhook.webhook.delivery import Arrival
from devhook.webhook.signature import Secret

APP = Secret(name="app", value="hush-of-the-app")


class Serving:
    """A receiver in this process: its address, the troubles it told, and what it kept."""

    def __init__(self, port, path, receiver):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.receiver = receiver
        self.notices = []
        self._path = path

    @property
    def kept(self):
        with Inbox.open(self._path) as inbox:
            return [
                Arrival(
                    delivery=inbox.delivery(row.id),
                    signature=row.signature,
                    signed_with=row.signed_with,
                    origin=row.origin,
                    status=row.status,
                )
                for row in inbox.rows()
            ]

    async def say(self, *pieces):
        """Send raw bytes, one piece after another, and return the answer to the end of the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(writer.wait_closed)
            stack.callback(writer.close)
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            return await reader.read()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "inbox"


@pytest.fixture
def config(path):
    def make(**settings):
        return ReceiverConfig(**{"inbox": path, "secrets": (APP,), "grace": 0.2} | settings)

    return make


@pytest.fixture
async def serve(path, config):
    """Start a receiver in this process: `server = await serve(body_limit=10)`."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(**settings):
            told = []
            receiver = await stack.enter_async_context(Receiver.open(config(**settings), told.append))
            port = await stack.enter_async_context(serving(receiver, config(**settings)))
            server = Serving(port, path, receiver)
            server.notices = told
            return server

        yield start


@pytest.fixture
async def client():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def signed():
    """The headers of a delivery signed with the app's secret."""

    def make(body, secret=APP, **more):
        digest = hmac.new(secret.value.get_secret_value().encode(), body, hashlib.sha256).digest()
        return {
            "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
            "X-Shopify-Topic": "orders/paid",
        } | more

    return make
