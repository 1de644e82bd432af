"""Endpoints as developers write them, and probes of them."""

import base64
import contextlib
import hmac
import itertools
import json
import ssl
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import trustme
from aiohttp import web
from pydantic import SecretStr

from devhook.probe.endpoint import ProbeEndpoint
from devhook.probe.run import run_checks, select_checks
from devhook.probe.samples import Samples

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
    return ProbeEndpoint(url, samples, **how)


@pytest.fixture
def probe():
    """Probe an app, or an address; gives the results by the check's name."""

    async def run(app, *only, context=None, **how):
        async with contextlib.AsyncExitStack() as opened:
            if isinstance(app, App):
                await opened.enter_async_context(serving(app, context))
            url = app.url if isinstance(app, App) else app
            bench = await opened.enter_async_context(bench_for(url, **how))
            return {result.check: result async for result in run_checks(bench, select_checks(only))}

    return run


@pytest.fixture
def app():
    return App()


@pytest.fixture
def self_signed():
    """The server's side of TLS at 127.0.0.1, vouched for by nobody but us, and a client that trusts it."""
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    return server, trust
