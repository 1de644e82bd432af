"""Masters and workers, real processes, against endpoints that are right, slow, failing and forgetful."""

import asyncio
import base64
import contextlib
import hmac
import json
import os
import random
import signal
import socket
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from aiohttp import web

from devhook.load.template import stories
from devhook.scenario.loading import load_scenario
from devhook.simulator.scenario_deliveries import scenario_deliveries
from tests.chromium import opened_chromium

SECRET = "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"
PATIENCE = 90
WHOLE = {"orders/create", "orders/updated", "orders/paid"}

pytestmark = [pytest.mark.tools, pytest.mark.timeout(300)]


class App:
    """An app that counts what came; `how` answers a delivery, which it gets with its number of times."""

    def __init__(self, how):
        self.how = how
        self.came = Counter()
        self.orders = defaultdict(list)
        self.shops = set()
        self.invalid = self.acted = self.most_open = 0
        self._open = 0
        self.port = 0
        self.chance = random.Random(7)

    @contextlib.asynccontextmanager
    async def served(self):
        application = web.Application(client_max_size=2**24)
        application.add_routes([web.post("/{rest:.*}", self._deliver), web.get("/count", self._count)])
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.port = runner.addresses[0][1]
            yield self
        finally:
            await runner.cleanup()

    async def _deliver(self, request):
        body = await request.read()
        digest = base64.b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()
        self.invalid += digest != request.headers["X-Shopify-Hmac-Sha256"]
        webhook_id = request.headers["X-Shopify-Webhook-Id"]
        self.came[webhook_id] += 1
        self.shops.add(request.headers["X-Shopify-Shop-Domain"])
        topic = request.headers["X-Shopify-Topic"]
        if topic in WHOLE and self.came[webhook_id] == 1:
            self.orders[json.loads(body)["id"]].append(topic)
        self._open += 1
        self.most_open = max(self.most_open, self._open)
        try:
            return await self.how(self, self.came[webhook_id])
        finally:
            self._open -= 1

    async def _count(self, _):
        return web.json_response({"count": self.acted})


async def careful(app, times):
    app.acted += times == 1
    return web.Response(headers={"X-Devhook-Acted": str(int(times == 1))})


async def slow(app, times):
    await asyncio.sleep(6)
    return web.Response()


async def failing(app, times):
    return web.Response(status=500 if app.chance.random() < 0.2 else 204)


async def forgetful(app, times):
    app.acted += 1
    return web.Response(headers={"X-Devhook-Acted": "1"})


@pytest.fixture
def started(tmp_path):
    """Start `devhook load ARGUMENTS` with the scenario of an order's life, unless words say otherwise."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DEVHOOK_")}
    environment |= {"DEVHOOK_CLIENT_SECRET": SECRET, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}

    async def start(*arguments, scenario=True):
        chosen = ("--scenario", "order-lifecycle") if scenario else ()
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "devhook", "load", *chosen, *map(str, arguments),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment, cwd=tmp_path,
        )  # fmt: skip

    return start


@pytest.fixture
def load(started):
    """Run it to its end: (status, the results, stderr)."""

    async def run(*arguments):
        process = await started(*arguments, "--json")
        async with asyncio.timeout(PATIENCE):
            out, errors = await process.communicate()
        return process.returncode, json.loads(out) if out else None, errors.decode()

    return run


async def test_a_right_endpoint_gets_all_deliveries_in_order_and_the_report_shows_it(load, tmp_path):
    async with App(careful).served() as app:
        status, found, errors = await load(
            "--to", f"{app.port}/webhooks", "--rate", 60, "--for", "5s", "--workers", 2, "--orders", 20,
            "--shops", 3, "--duplicates", "5%", "--count-from", f"{app.port}/count",
            "--html", tmp_path / "load.html", "--junit", tmp_path / "load.xml",
        )  # fmt: skip

    counts = found["counts"]
    assert (status, found["held"], counts["sent"], app.invalid) == (0, True, 300, 0), errors
    # What Locust counted is what came.
    assert counts["attempts"] == counts["accepted"] == sum(app.came.values())
    assert counts["duplicates"] == sum(app.came.values()) - 300 > 0
    assert len(app.came) == 300
    assert sum(each["count"] for each in found["names"]) == counts["attempts"]
    assert (found["counted"], found["acted_twice"], counts["acted"]) == (300, 0, 300)
    assert app.shops == {f"devhook-demo{end}.myshopify.com" for end in ("", "-2", "-3")}
    # Each order lives through the beginning of one of the scenario's stories, in its order.
    assert len(app.orders) >= 20
    made = stories(await scenario_deliveries(load_scenario("order-lifecycle"), random.Random(1)))
    told = [[each.topic for each in story.deliveries if each.topic in WHOLE] for story in made]
    for topics in app.orders.values():
        assert any(topics == whole[: len(topics)] for whole in told), topics
    assert SECRET not in (tmp_path / "load.html").read_text() + errors

    async with opened_chromium(tmp_path) as browser:
        tab = await browser.open((tmp_path / "load.html").as_uri())
        await tab.shows("within 5 s and 2xx")
        await tab.until("document.querySelectorAll('canvas, svg').length > 2")
        await tab.shows("orders/create")
    assert {address.partition(":")[0] for address in tab.asked} <= {"file", "data", "blob"}
    assert tab.failed == []


async def test_a_slow_endpoint_slows_no_load(load):
    async with App(slow).served() as app:
        status, found, errors = await load(
            "--to", app.port, "--rate", 20, "--for", "4s", "--workers", 2, "--retries", 0,
            "--fail-if", "late>0.1%",
        )  # fmt: skip

    counts = found["counts"]
    assert (status, found["held"], counts["sent"]) == (1, True, 80), errors
    assert counts["late"] == counts["failed"] == counts["failed_first"] == counts["lost"] == 80
    assert counts["connected"] == 80
    assert found["errors"] == [{"error": "no answer", "count": 80}]
    # It waits for none of them: all are there before the first answer.
    assert app.most_open == 80
    assert "Fails: late>0.1% (measured: 100%)" in errors


async def test_an_endpoint_that_fails_at_random_gets_retries_until_it_accepts(load):
    async with App(failing).served() as app:
        status, found, errors = await load("--to", app.port, "--rate", 50, "--for", "4s", "--workers", 2)

    counts = found["counts"]
    assert (counts["sent"], counts["lost"], found["removed"]) == (200, 0, []), errors
    assert status == 0
    assert counts["recovered"] == counts["failed_first"] > 10
    assert counts["retries"] == sum(app.came.values()) - 200
    assert found["errors"] == [{"error": "answered 500", "count": counts["failed"]}]


async def test_an_endpoint_that_acts_twice_is_told_by_its_header_and_its_count(load):
    async with App(forgetful).served() as app:
        status, found, errors = await load(
            "--to", app.port, "--rate", 40, "--for", "4s", "--workers", 2, "--duplicates", "10%",
            "--count-from", f"{app.port}/count", "--fail-if", "acted-twice>0",
        )  # fmt: skip

    duplicates = found["counts"]["duplicates"]
    assert status == 1
    assert found["acted_twice"] == found["counts"]["acted_twice"] == duplicates > 0
    assert found["counted"] == 160 + duplicates
    assert "Fails: acted-twice>0" in errors


async def test_a_dead_endpoint_removes_the_subscriptions_and_ends_the_retries(load):
    with socket.create_server(("127.0.0.1", 0)) as dead:
        # It accepts connections, and closes each at once.
        async def close_all():
            loop = asyncio.get_running_loop()
            dead.setblocking(False)
            while True:
                connection, _ = await loop.sock_accept(dead)
                connection.close()

        closing = asyncio.get_running_loop().create_task(close_all())
        status, found, errors = await load("--to", dead.getsockname()[1], "--rate", 40, "--for", "3s")
        closing.cancel()

    counts = found["counts"]
    assert (status, counts["accepted"], counts["lost"]) == (1, 0, 120), errors
    assert [each["error"] for each in found["errors"]] == ["broken off"]
    assert any(each["subscription"].startswith("orders/create of ") for each in found["removed"])
    # Shopify sends no more retries to a removed subscription, so they stay few.
    assert counts["retries"] < 120


def processes_of(parent):
    return [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds the processes where Linux lists them")
async def test_no_process_is_left_after_ctrl_c_nor_after_kill_9(started, until):
    for number in (signal.SIGINT, signal.SIGKILL):
        async with App(slow).served() as app:
            process = await started("--to", app.port, "--rate", 30, "--for", "5m", "--workers", 2)
            await until(lambda app=app: app.came)
            engines = processes_of(process.pid)
            secrets = [
                (engine, kind)
                for engine in (process.pid, *engines)
                for kind in ("cmdline", "environ")
                if engine != process.pid or kind == "cmdline"
                if SECRET.encode() in Path(f"/proc/{engine}/{kind}").read_bytes()
            ]
            process.send_signal(number)
            async with asyncio.timeout(PATIENCE):
                out, errors = await process.communicate()
            await until(lambda engines=engines: not any(map(alive, engines)))

        assert len(engines) == 3
        assert secrets == []
        if number == signal.SIGINT:
            assert process.returncode == 130
            assert "Stopped before the end of the schedule" in errors.decode()
            assert b"deliveries" in out


async def test_a_run_that_loses_a_worker_fails_and_says_so(started, until):
    async with App(careful).served() as app:
        process = await started("--to", app.port, "--rate", 30, "--for", "8s", "--workers", 2)
        await until(lambda: app.came)
        os.kill(processes_of(process.pid)[-1], signal.SIGKILL)
        async with asyncio.timeout(PATIENCE):
            out, errors = await process.communicate()

    assert process.returncode == 1
    assert "A worker ended before its time." in errors.decode()
    assert "1 worker lost" in out.decode()


async def test_workers_of_another_machine_send_what_the_master_plans(started):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with App(careful).served() as app:
        meeting = f"127.0.0.1:{port}"
        lead = await started(
            "--master", meeting, "--workers", 2, "--to", app.port, "--rate", 30, "--for", "3s", "--json",
            scenario=False,
        )  # fmt: skip
        workers = [await started("--worker", meeting, "--to", app.port) for _ in range(2)]
        async with asyncio.timeout(PATIENCE):
            out, errors = await lead.communicate()
            ends = [await worker.communicate() for worker in workers]

    found = json.loads(out)
    assert (lead.returncode, found["counts"]["sent"], len(app.came)) == (0, 90, 90), errors
    assert [worker.returncode for worker in workers] == [0, 0], ends
    assert app.invalid == 0


async def test_the_page_is_on_loopback_shows_the_run_and_lets_nobody_else_start_one(started, tmp_path):
    async with App(careful).served() as app:
        process = await started("--to", app.port, "--rate", 20, "--for", "5m", "--web")
        try:
            async with asyncio.timeout(PATIENCE):
                told = ""
                while "Charts: " not in told:
                    told = (await process.stderr.readline()).decode()
                address = told.split()[1]
                async with opened_chromium(tmp_path) as browser:
                    tab = await browser.open(address)
                    await tab.shows("orders/create")
                    own = {each for each in tab.asked if each.startswith(address)}
                    others = [each for each in tab.asked if each.partition(":")[0] not in {"data", "blob"}]
                    assert set(others) == own
                    swarm = "fetch('/swarm', {method: 'POST', body: 'user_count=9'}).then(r => r.status)"
                    assert await tab.evaluate(swarm) == 403
                    other = await browser.open("data:text/html,<title>x</title>")
                    await other.until("document.title === 'x'")
                    await other.evaluate(f"fetch('{address}stop', {{mode: 'no-cors'}}).then(String, String)")
                    assert process.returncode is None
                    await tab.shows("orders/create")
                    # Its own Stop ends the run, and prints the results.
                    await tab.evaluate("fetch('/stop').then(r => r.status)")
                async with asyncio.timeout(PATIENCE):
                    out, errors = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
    assert address.startswith("http://127.0.0.1:")
    assert (process.returncode, out.startswith(b"sent ")) == (0, True)
    assert "Stopped before the end of the schedule" in errors.decode()
