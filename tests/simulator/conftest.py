import asyncio
import contextlib

import pytest
from aiohttp import web


class Endpoint:
    """A developer's app on a real socket: records its requests and gives the answers of the test."""

    def __init__(self):
        self.origin = ""
        self.requests = []
        self.bodies = []
        self._came = asyncio.Condition()
        self.answers(200)

    def answers(self, *statuses):
        """Answer with one status after another, the last one for ever."""
        left = list(statuses)

        async def answer(_):
            return web.Response(status=left.pop(0) if len(left) > 1 else left[0])

        self.answer = answer

    async def take(self, request):
        body = await request.read()
        async with self._came:
            self.requests.append(request)
            self.bodies.append(body)
            self._came.notify_all()
        return await self.answer(request)

    async def came(self, count):
        async with self._came:
            await self._came.wait_for(lambda: len(self.requests) >= count)

    @property
    def topics(self):
        return [request.headers["X-Shopify-Topic"] for request in self.requests]

    def headers(self, name):
        return [request.headers.get(name) for request in self.requests]


@contextlib.asynccontextmanager
async def serving(endpoint):
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", endpoint.take)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    endpoint.origin = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    try:
        yield endpoint
    finally:
        await runner.cleanup()


@pytest.fixture
async def endpoint():
    async with serving(Endpoint()) as served:
        yield served


@pytest.fixture
async def another_endpoint():
    async with serving(Endpoint()) as served:
        yield served


class Pauses:
    """Replaces `asyncio.sleep`: records each pause and ends it at once, unless it is held."""

    def __init__(self):
        self.asked = []
        self._held = 0
        self._released = asyncio.Event()

    def hold(self, first=1_000_000):
        """From now on, let the `first` pauses last until they are released."""
        self._held = len(self.asked) + first

    def release(self):
        self._held = 0
        self._released.set()

    async def __call__(self, seconds):
        self.asked.append(seconds)
        await asyncio.sleep(0)
        if len(self.asked) <= self._held:
            await self._released.wait()


@pytest.fixture
def pauses():
    return Pauses()
