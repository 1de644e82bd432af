"""An endpoint that can be restarted, and an inbox with deliveries in it."""

import asyncio
import contextlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from devhook.inbox.database import Inbox
from devhook.webhook.delivery import Arrival, Delivery, Signature

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


class Target:
    """A developer's app that keeps what it gets and answers one status after another, then 200."""

    def __init__(self):
        self.url = ""
        self.requests = []
        self.answers = []
        self.body = b"ok"
        self.at_once = 0
        self.most_at_once = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self._came = asyncio.Condition()

    async def came(self, count):
        async with self._came:
            await self._came.wait_for(lambda: len(self.requests) >= count)

    @property
    def bodies(self):
        return [body for _, _, body in self.requests]

    @property
    def paths(self):
        return [line.split(" ")[1] for line, _, _ in self.requests]

    def values(self, name):
        return [
            next((value for given, value in headers if given.lower() == name.lower()), None)
            for _, headers, _ in self.requests
        ]

    async def talk(self, reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                await self._one(reader, writer)
        writer.close()

    async def _one(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
        headers = [tuple(each.split(": ", 1)) for each in lines]
        length = int({name.lower(): value for name, value in headers}.get("content-length", 0))
        body = await reader.readexactly(length)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        async with self._came:
            self.requests.append((line, headers, body))
            self._came.notify_all()
        await self.gate.wait()
        self.at_once -= 1
        status = self.answers.pop(0) if self.answers else 200
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%b" % (status, len(self.body), self.body))


@contextlib.asynccontextmanager
async def listening(target, port=0):
    talks = []

    async def accept(reader, writer):
        talks.append(asyncio.current_task())
        await target.talk(reader, writer)

    server = await asyncio.start_server(accept, "127.0.0.1", port)
    target.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield target
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await server.wait_closed()


@pytest.fixture
async def target():
    async with listening(Target()) as served:
        yield served


@pytest.fixture
def restarting():
    """Serve an app again at the port it had: `async with restarting(target, port)`."""
    return listening


@pytest.fixture
def inbox(tmp_path):
    with Inbox.open(tmp_path / "inbox") as opened:
        yield opened


@pytest.fixture
def fill(inbox):
    """Put deliveries into the inbox, `seconds` apart, and return their ids: `fill(3)`, `fill({"id": 1})`."""

    def filling(*documents, topic="orders/updated", seconds=1.0, headers=(), **facts):
        if documents and isinstance(documents[0], int):
            documents = [{"id": 5_000 + number, "name": f"#{number}"} for number in range(documents[0])]
        arrivals = []
        for number, document in enumerate(documents):
            body = document if isinstance(document, bytes) else json.dumps(document).encode()
            named = (
                ("Host", "demo.devhook.example"),
                ("X-Shopify-Topic", topic),
                ("X-Shopify-Shop-Domain", "lavender.myshopify.com"),
                ("X-Shopify-Webhook-Id", f"w-{number}"),
                ("X-Shopify-Event-Id", f"e-{number // 2}"),
                ("Content-Type", "application/json"),
                *headers,
            )
            delivery = Delivery(
                received_at=NOON + timedelta(seconds=number * seconds),
                path="/webhooks?a=%2F",
                headers=named,
                body=body,
            )
            arrivals.append(Arrival(delivery=delivery, **{"signature": Signature.VALID} | facts))
        return inbox.add(arrivals)

    return filling
