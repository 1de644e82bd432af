"""The story of a broken app on a real terminal: it is fixed, five deliveries are marked and sent again."""

import json
from pathlib import Path

import pytest
from aiohttp import web

STEPS = 'title = "Notes"\n[[steps]]\ndo = "check_out"\n' + "".join(
    f'[[steps]]\ndo = "note"\ntext = "{number}"\n' for number in range(5)
)


@pytest.fixture
async def app():
    """A developer's app that fails until it is `fixed`; yields it with its port."""

    class App:
        fixed = False
        port = 0

        async def take(self, request):
            await request.read()
            told = {"error": None if self.fixed else "KeyError: tax_lines"}
            return web.Response(status=200 if self.fixed else 500, text=json.dumps(told))

    served = App()
    application = web.Application()
    application.router.add_post("/{path:.*}", served.take)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    served.port = site._server.sockets[0].getsockname()[1]
    yield served
    await runner.cleanup()


@pytest.mark.thorough
async def test_a_fixed_app_gets_five_marked_deliveries_again_beside_its_earlier_answers(terminal, app):
    Path("notes.toml").write_text(STEPS)
    screen = await terminal(
        *("--inbox", "inbox", "demo", "--scenario", "notes.toml", "--forward-to", app.port),
        columns=140,
        lines=40,
    )
    await screen.shows("The scenario is finished", "order of ", "✗500")

    screen.press("     ")
    await screen.shows("5 marked", "▐")

    app.fixed = True
    screen.press("r")
    await screen.shows(
        "Replay of 5 deliveries",
        "Done.",
        "5 × 200",
        "5 of 5 answered with a different status than before",
        "500 → 200 in",
        '~ error  "KeyError: tax_lines" → null',
    )
    screen.press("\r")
    await screen.shows("Before and after", "forwarded", "replay", "5 marked")
    # Only what the order's check-out sent still has the old answer.
    await screen.until(lambda: screen.text().count("✗500") == 1, "the app's new answers in the list")

    screen.press("\x1b")
    await screen.until(lambda: "marked" not in screen.text(), "the end of the marks")
    screen.press("q")
    assert await screen.ended() == 0

    log = await terminal("--inbox", "inbox", "log", "--limit", "50", "answered:500", "answered:200")
    assert await log.ended() == 0
    assert sum("orders/updated" in line for line in log.text().splitlines()) == 5
