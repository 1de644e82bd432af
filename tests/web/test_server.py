"""The screen in a browser: who gets it, who watches it, and when it ends."""

import asyncio
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from devhook.errors import ExitStatus, InputError
from devhook.inbox.database import Inbox
from devhook.web import server
from devhook.web.screen_process import Size
from devhook.webhook.delivery import Arrival, Delivery, Signature
from devhook.webhook.signature import sign

# Seconds that an end may take, and what a busy machine may add.
ENDING = 3.0 + 7.0


async def status(session, url, **headers):
    async with session.client.get(url, headers=headers, allow_redirects=False) as response:
        return response.status


@pytest.mark.thorough
async def test_an_owner_uses_it_and_an_audience_watches(served):
    async with served("demo", "--mask") as session:
        port = session.owner.split(":")[2].split("/")[0]
        elsewhere = f"http://127.0.0.1:{port}"
        assert session.owner.startswith(f"{elsewhere}/")

        # Who has no token, or comes from another site, gets nothing.
        for path in ("/", "/ws", "/static/js/textual.js", "/x/", "/x/ws", "/x/static/js/textual.js"):
            assert await status(session, elsewhere + path) == 404, path
        for path in ("", "ws", "page.css", "static/js/textual.js"):
            for headers in (
                {"Origin": "http://evil.example"},
                {"Host": f"evil.example:{port}"},
                {"Host": "x"},
            ):
                assert await status(session, session.owner + path, **headers) == 403, (path, headers)
        for path in ("static/../server.py", "static/%2e%2e/server.py", "static/js", "server.py"):
            assert await status(session, session.owner + path) == 404, path
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await session.open(session.watch, origin="http://127.0.0.1:1")
        async with session.client.get(session.owner) as page:
            text = await page.text()
            assert "connect-src 'self'" in page.headers["Content-Security-Policy"]
            assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "//fonts" not in text
        assert f'"ws{session.owner[4:]}ws"' in text

        # A watcher may be there first.
        watcher = await session.open(session.watch)
        owner = await session.open(session.owner, origin=elsewhere)
        await owner.shows("order of", "masked")
        await watcher.shows("order of", "masked")
        assert watcher.told[0] == ["size", [100, 30]]
        assert await status(session, session.owner) == 409
        with pytest.raises(aiohttp.WSServerHandshakeError, match="409"):
            await session.open(session.owner)

        # Its keys do nothing, whatever it sends; the owner's do.
        for nonsense in ('["stdin","q"]', '["resize",{"width":9,"height":9}]', "q", "[]", "{"):
            await watcher.socket.send_str(nonsense)
            await owner.socket.send_str(
                nonsense if "stdin" not in nonsense and "width" not in nonsense else "[1]"
            )
        await owner.press("?")
        await owner.shows("Everywhere")
        await watcher.shows("Everywhere")
        await owner.press("\x1b")

        # Who comes later sees all of it, at the owner's size.
        late = await session.open(session.watch)
        await late.until(lambda: ["size", [100, 30]] in late.told)
        await late.shows("order of", "what happened", "check out", "masked")
        await owner.socket.send_json(["resize", {"width": 90, "height": 24}])
        await late.until(lambda: ["size", [90, 24]] in late.told)

        # A page that is loaded again has the same session.
        running = session.processes()
        await owner.close()
        owner = await session.open(session.owner)
        await owner.shows("order of", "masked")
        assert set(session.processes()) >= set(running)

        await owner.close()
        await session.all_gone(running)
        await session.process.wait()
        assert session.process.returncode == ExitStatus.DONE
        await late.reading


@pytest.mark.thorough
async def test_it_ends_with_the_key_and_the_page_shows_the_last_words(served):
    async with served("demo") as session:
        owner = await session.open(session.owner)
        await owner.shows("order of")

        await owner.press("q")

        await owner.reading
        assert "nothing is left behind" in owner.text
        await session.process.wait()
        assert session.process.returncode == ExitStatus.DONE


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGKILL,
        *(
            pytest.param(number, marks=pytest.mark.thorough)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        ),
    ],
)
async def test_a_signal_ends_it_with_all_its_processes(served, number):
    async with served("demo") as session:
        owner = await session.open(session.owner)
        await owner.shows("order of")
        running = session.processes()
        assert len(running) >= 2  # the demo, and its receiver

        began = time.monotonic()
        session.process.send_signal(number)
        await session.process.wait()
        took = time.monotonic() - began

        await session.all_gone(running)
        assert took < ENDING
        expected = {signal.SIGINT: ExitStatus.INTERRUPTED, signal.SIGKILL: -signal.SIGKILL}
        assert session.process.returncode == expected.get(number, ExitStatus.DONE)


@pytest.mark.thorough
async def test_its_environment_has_no_secret_that_it_does_not_need(served):
    planted = {
        "DEVHOOK_CLIENT_SECRET": "shpss_planted_1",
        "DEVHOOK_ACCESS_TOKEN": "shpat_planted_2",
        "NGROK_AUTHTOKEN": "planted_3",
        "AWS_SECRET_ACCESS_KEY": "planted_4",
        "DEVHOOK_DEMO_SPEED": "3",
    }
    async with served("demo", **planted) as session:
        owner = await session.open(session.owner)
        await owner.shows("order of")

        found = [Path(f"/proc/{each}/environ").read_bytes() for each in session.processes()]

    assert found
    assert [each for each in found if b"planted" in each] == []
    assert b"DEVHOOK_DEMO_SPEED=3" in found[0]


@pytest.mark.thorough
async def test_a_port_that_is_taken_and_options_that_exclude_each_other(served, tmp_path):
    async with served("demo") as session:
        port = session.owner.split(":")[2].split("/")[0]
        for arguments, expected, words in (
            ((port,), ExitStatus.NETWORK, "The screen cannot be served at 127.0.0.1"),
            (("0", "--json"), ExitStatus.USAGE, "--web shows the screen"),
            (("recording.jsonl",), ExitStatus.USAGE, "Put other arguments before --web."),
        ):
            process = await asyncio.create_subprocess_exec(
                *session.process._transport.get_extra_info("subprocess").args[:4],
                *("--web", *arguments),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=tmp_path,
            )
            _, errors = await process.communicate()
            assert words in errors.decode()
            assert process.returncode == expected


@pytest.mark.thorough
async def test_an_inbox_is_opened_in_a_browser_and_one_that_is_not_there_is_refused(served, tmp_path):
    with Inbox.open(tmp_path / "kept") as inbox:
        body = b'{"id": 1, "name": "#2001"}'
        headers = (("X-Shopify-Topic", "orders/paid"), ("X-Shopify-Hmac-Sha256", sign("shpss_1", body)))
        delivery = Delivery(received_at=datetime.now(UTC), path="/", headers=headers, body=body)
        inbox.add([Arrival(delivery=delivery, signature=Signature.VALID)])

    async with served("--inbox", "kept", "open", DEVHOOK_CLIENT_SECRET="shpss_1") as session:
        owner = await session.open(session.owner)
        await owner.shows("read only", "#2001", "orders/paid")
        await owner.close()
        await session.process.wait()
        assert session.process.returncode == ExitStatus.DONE

    with pytest.raises(AssertionError, match="There is no inbox and no recording at nothing"):
        async with served("open", "nothing"):
            pass


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(server, "find_spec", lambda _: None)

    with pytest.raises(InputError, match="needs textual-serve") as refused:
        server.static_files()

    assert refused.value.hint == "pip install 'devhook[web]'"


def test_a_size_is_within_bounds():
    assert Size.of("142", 33) == (142, 33)
    assert Size.of(1, 10**9) == (4, 500)
    for nonsense in (None, "x", [], "1e3"):
        with pytest.raises(ValueError, match="invalid literal"):
            Size.of(nonsense, 24)
