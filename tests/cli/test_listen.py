"""`devhook listen` as a script or a container runs it: started, reached over HTTP, ended by a signal."""

import asyncio
import json
import os
import re
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from devhook.webhook.signature import sign

SECRET = "a secret for tests"
BODY = (
    rb'{"id":820982911946154508,"name":"#1001",'
    rb'"note":"[\/foo]\u001b]52;c;aGk=\u0007\u202e","updated_at":null}'
)


@asynccontextmanager
async def listening(tmp_path, *arguments, secret=SECRET):
    environment = {**os.environ, "HOME": str(tmp_path), "DEVHOOK_CLIENT_SECRET": secret}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "devhook", "--inbox", str(tmp_path / "inbox"),
        "listen", "--port", "0", *arguments,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=environment, cwd=tmp_path,
    )  # fmt: skip
    try:
        async with asyncio.timeout(60):
            while not (found := re.search(rb"Listening on (http://\S+?)/", await process.stderr.readline())):
                assert process.returncode is None
        yield process, found[1].decode()
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def send(url, body=BODY, signature=None, topic="orders/updated", webhook_id="w-1"):
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": "acme.myshopify.com",
        "X-Shopify-Webhook-Id": webhook_id,
        "X-Shopify-Hmac-Sha256": signature or sign(SECRET, body),
    }
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        return answer.status


async def is_reached(url):
    try:
        await send(url)
    except aiohttp.ClientConnectionError:
        return False
    return True


async def said(process, event):
    """The next object of this event on stdout."""
    async with asyncio.timeout(60):
        while (told := json.loads(await process.stdout.readline()))["event"] != event:
            pass
    return told


async def ended(process):
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@pytest.mark.smoke
async def test_each_delivery_is_answered_and_becomes_one_object(tmp_path, monkeypatch):
    monkeypatch.setenv("DEVHOOK_ACCESS_TOKEN", "shpat_of-the-tests")
    async with listening(tmp_path, "--json", "--path", "hooks/4f1c") as (process, url):
        # Only the secret path is accepted.
        assert await send(f"{url}/hooks") == 404
        hooks = f"{url}/hooks/4f1c"
        assert await send(hooks) == 200
        line = await said(process, "delivery")

        assert line["id"] == 1
        assert (line["topic"], line["signature"], line["verdict"]) == ("orders/updated", "valid", "first")
        assert line["subject"] == {"kind": "order", "id": "820982911946154508", "name": "#1001"}
        assert line["answer"] == {"status": 200}

        # A changed byte is answered 401 and shown.
        assert await send(hooks, body=BODY.replace(b"#1001", b"#1002"), signature=sign(SECRET, BODY)) == 401
        line = await said(process, "delivery")

        assert (line["signature"], line["answer"]) == ("invalid", {"status": 401})

        # A signature made with the access token is rejected and explained.
        assert await send(hooks, signature=sign("shpat_of-the-tests", BODY), webhook_id="w-3") == 401
        line = await said(process, "delivery")

        assert line["signature"] == "invalid"
        assert "It is signed with the access token instead of the client secret." in line["hint"]
        assert "shpat_" not in line["hint"]


async def test_without_a_secret_nothing_is_refused_and_a_port_for_other_machines_is_reported(tmp_path):
    async with listening(tmp_path, "--json", "--host", "0.0.0.0", secret="") as (process, url):
        status = await send(url.replace("0.0.0.0", "127.0.0.1"), signature="whatever")
        line = await said(process, "delivery")
        process.terminate()
        _, _, err = await ended(process)

    assert (status, line["signature"]) == (200, "unchecked")
    assert "1 delivery: 1 unchecked, 0 duplicates, 0 late, 0 unchanged\n" in err
    assert "DEVHOOK_CLIENT_SECRET" in err
    assert "Other machines can reach the port: it is bound to 0.0.0.0." in err


async def test_foreign_text_cannot_act_through_the_lines_and_the_secret_is_nowhere(tmp_path):
    async with listening(tmp_path, "--output", "lines") as (process, url):
        await send(url)
        await send(url, body=BODY.replace(b"foo", b"bar"), webhook_id="w-2")
        await send(url, topic="orders/\u202eupdated", webhook_id="w-3")
        assert SECRET.encode() not in Path(f"/proc/{process.pid}/cmdline").read_bytes()
        process.terminate()
        returned, out, err = await ended(process)

    assert returned == 0
    assert "3 deliveries: 3 valid" in err
    assert r'~ note  "[/foo]\u001b]52;c;aGk=' in out
    assert "‹U+202E›" in out
    assert "orders/‹U+202E›updated" in out
    assert "\x1b" not in out + err
    assert "\u202e" not in out + err
    assert SECRET not in out + err
    for file in tmp_path.rglob("*"):
        assert file.is_dir() or SECRET.encode() not in file.read_bytes()


async def test_only_the_topics_asked_for_are_shown_all_are_kept_and_ctrl_c_ends_it(tmp_path):
    async with listening(tmp_path, "orders/paid", "--json") as (process, url):
        await send(url, webhook_id="w-1")
        await send(url, topic="orders/paid", webhook_id="w-2")
        line = await said(process, "delivery")
        process.send_signal(signal.SIGINT)
        returned, rest, err = await ended(process)

    assert returned == 130
    assert line["topic"] == "orders/paid"
    assert rest == ""
    assert "2 deliveries: 2 valid" in err
    assert "Traceback" not in err


async def test_a_hangup_that_is_ignored_from_the_start_stays_ignored_and_a_dead_receiver_ends_the_run(
    tmp_path,
):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        async with listening(tmp_path, "--json") as (process, url):
            process.send_signal(signal.SIGHUP)
            assert await send(url) == 200
            await said(process, "delivery")
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
            os.kill(int(children.split()[0]), signal.SIGKILL)
            returned, _, err = await ended(process)
    finally:
        signal.signal(signal.SIGHUP, before)

    assert returned == 1
    assert "The receiver ended by itself (killed by SIGKILL)" in err


async def test_answers_can_be_wrong_on_purpose_and_the_receiver_ends_with_a_run_that_is_killed(tmp_path):
    async with listening(tmp_path, "--json", "--answer", "503x2") as (process, url):
        statuses = [await send(url, webhook_id=f"w-{number}") for number in range(3)]
        told = [await said(process, "delivery") for _ in range(3)]
        process.kill()
        await ended(process)
        async with asyncio.timeout(60):
            while await is_reached(url):
                pass

    assert statuses == [503, 503, 200]
    assert [each["answer"]["status"] for each in told] == statuses


class App(web.Server):
    """The developer's app: the requests it received, and the status of its answers."""

    def __init__(self):
        super().__init__(self.take)
        self.status = 200
        self.got = []

    async def take(self, request):
        self.got.append((request.path, await request.read()))
        return web.Response(status=self.status, text="said the app", headers={"X-App": "1"})


@asynccontextmanager
async def serving(port):
    app = App()
    runner = web.ServerRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield app
    finally:
        await runner.cleanup()


async def test_routes_take_their_topics_the_rest_goes_on_and_the_answers_are_reported(
    tmp_path, unused_tcp_port
):
    place = f"127.0.0.1:{unused_tcp_port}"
    routes = ("--route", f"orders/*={place}/orders", "--forward-to", f"{place}/rest")
    async with serving(unused_tcp_port) as app, listening(tmp_path, "--json", *routes) as (process, url):
        ready = json.loads(await process.stdout.readline())
        app.status = 422
        assert await send(url) == 200
        told = await said(process, "answer")
        await send(url, topic="products/update", webhook_id="w-2")
        await said(process, "answer")

    assert (ready["event"], ready["address"], ready["public_url"]) == ("ready", url, None)
    assert set(ready["targets"]) == {f"http://{place}/orders", f"http://{place}/rest"}
    assert app.got == [("/orders", BODY), ("/rest", BODY)]
    assert (told["id"], told["topic"]) == (1, "orders/updated")
    (target,) = told["answers"]
    answer = target["answer"]
    assert target["by"] == f"http://{place}/orders"
    assert (answer["status"], answer["body"], answer["failure"]) == (422, "said the app", None)
    assert ["X-App", "1"] in answer["headers"]


async def test_the_lines_show_the_targets_answer_and_a_hangup_ends_the_run(tmp_path, unused_tcp_port):
    target = f"127.0.0.1:{unused_tcp_port}"
    lines = ("--output", "lines", "--forward-to", target)
    async with serving(unused_tcp_port), listening(tmp_path, *lines) as (process, url):
        await send(f"{url}/hooks")
        async with asyncio.timeout(60):
            while b"\xe2\x86\x90" not in (line := await process.stdout.readline()):
                pass
        process.send_signal(signal.SIGHUP)
        returned, _, err = await ended(process)

    answer = rf"← 200 in \d+ [mµ]?s +orders/updated #1001, delivery 1, from .*:{unused_tcp_port}/hooks"
    assert re.search(answer, line.decode())
    assert returned == 0
    assert "1 delivery: 1 valid" in err
    assert "Traceback" not in err


@pytest.mark.thorough
async def test_a_target_that_is_down_is_reported_once_and_when_it_is_back_its_status_is_passed_on(
    tmp_path, unused_tcp_port
):
    options = ("--json", "--forward-to", f"127.0.0.1:{unused_tcp_port}", "--wait-for-target")
    async with listening(tmp_path, *options) as (process, url):
        async with asyncio.timeout(60):
            while b"Nothing listens at" not in await process.stderr.readline():
                pass
        for number in range(3):
            assert await send(url, webhook_id=f"w-{number}") == 502
        async with serving(unused_tcp_port) as app, asyncio.timeout(60):
            heard = [await process.stderr.readline()]
            while b"listens again" not in heard[-1]:
                heard.append(await process.stderr.readline())
            app.status = 503
            assert await send(url, webhook_id="w-3") == 503
            while (told := await said(process, "delivery"))["id"] != 4:
                pass

    assert not [line for line in heard if b"Nothing listens" in line]
    assert any(b"Start your app" in line for line in heard)
    assert told["answer"]["status"] in {None, 503}
