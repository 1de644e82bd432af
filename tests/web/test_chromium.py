"""The pages in a browser."""

import json
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from tests.chromium import opened_chromium

PAGE_DOWN = {"key": "PageDown", "code": "PageDown", "windowsVirtualKeyCode": 34}


@pytest.fixture
async def chromium(tmp_path):
    async with opened_chromium(tmp_path) as browser:
        yield browser


@asynccontextmanager
async def another_site():
    """A page of another origin of this machine."""

    async def page(_):
        return web.Response(text="<!DOCTYPE html><title>x</title>", content_type="text/html")

    application = web.Application()
    application.add_routes([web.get("/", page)])
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


@pytest.mark.tools
async def test_a_lesson_is_presented_in_a_browser_and_watched_in_another_page(served, chromium):
    async with served("demo", "--present", "lesson-hmac") as session:
        here = session.owner.rpartition("/")[0].rpartition("/")[0]
        watch = await chromium.open(session.watch)
        await watch.shows("Waiting for the presenter")
        owner = await chromium.open(session.owner)
        await owner.until("document.body.classList.contains('-first-byte')")
        await watch.shows("step 0 of 5")
        running = session.processes()

        # Keys work on the owner's page, and on no other.
        await owner.click()
        await owner.press(PAGE_DOWN)
        await watch.shows("step 1 of 5")
        await watch.shows("order of")
        await watch.click()
        await watch.press(PAGE_DOWN)
        await watch.press({"key": "q", "code": "KeyQ", "text": "q", "windowsVirtualKeyCode": 81})
        late = await chromium.open(session.watch)
        await late.shows("step 1 of 5")
        # It has as many lines and columns as the owner's, in the room that its window has.
        assert await late.evaluate("screen.columns") == await watch.evaluate("screen.columns") > 100
        assert await late.evaluate("document.querySelector('#screen').offsetWidth <= innerWidth")

        # Another site of this machine that knows the address gets nothing.
        async with another_site() as elsewhere:
            foreign = await chromium.open(elsewhere)
            await foreign.until("document.title === 'x'")
            socket = json.dumps(f"ws{session.watch[4:]}ws")
            opening = "s.onopen = () => done(true); s.onerror = () => done(false);"
            connect = f"new Promise(done => {{ const s = new WebSocket({socket}); {opening} }})"
            assert await foreign.evaluate(connect) is False
            read = f"fetch({json.dumps(session.owner)}).then(() => true, () => false)"
            assert await foreign.evaluate(read) is False

        # Nothing is asked for elsewhere.
        for tab in (owner, watch, late):
            assert tab.asked
            allowed = (f"{here}/", f"ws{here[4:]}/", "data:", "blob:")
            assert [each for each in tab.asked if not each.startswith(allowed)] == []
            assert tab.failed == []

        await chromium.close(owner)
        await session.all_gone(running)
        await session.process.wait()
        await watch.shows("The session has ended.")
