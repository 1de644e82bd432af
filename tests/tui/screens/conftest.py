import asyncio

import pytest
from aiohttp import web


@pytest.fixture
async def app(session):
    """The developer's app; `status` and `body` are its answer, once its `gate` is open."""

    class App:
        status, body = 200, "ok"

        def __init__(self):
            self.requests = []
            self.gate = asyncio.Event()
            self.gate.set()

        async def take(self, request):
            self.requests.append((request.path_qs, request.headers, await request.read()))
            await self.gate.wait()
            return web.Response(status=self.status, text=self.body)

    served = App()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", served.take)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    session.address = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    yield served
    await runner.cleanup()
