"""The manual's example for CI runs unchanged."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from aiohttp import web

from devhook.resources import manual
from devhook.webhook.delivery import Signature
from devhook.webhook.signature import Secret, check

PAGE = manual() / "testing.md"


def block(name):
    found = re.search(rf"<!-- {name} -->\n```sh\n(.*?)```\n<!-- end -->", PAGE.read_text(), re.DOTALL)
    return found[1]


async def right(request):
    """An app that meets Shopify's requirements."""
    if request.method != "POST":
        return web.Response(status=405)
    secret = Secret(name="app", value=re.search(r"SECRET=(\S+)", block("ci"))[1])
    body = await request.read()
    valid = check((secret,), body, request.headers.get("X-Shopify-Hmac-Sha256")).signature is Signature.VALID
    return web.Response(status=200 if valid and body else 401)


async def trusting(_request):
    """An app that accepts every request, whatever its signature."""
    return web.Response(status=200)


async def crashing(_request):
    return web.Response(status=500)


@pytest.fixture
def ci(tmp_path, unused_tcp_port_factory):
    """Run the example for CI beside an app; return its exit status and its output."""

    async def run(app, *, taken=False, patience="10"):
        ports = {"3000": unused_tcp_port_factory(), "4000": unused_tcp_port_factory()}
        script = re.sub(r"\b[34]000\b", lambda port: str(ports[port[0]]), block("ci")).replace(
            "--timeout 10", f"--timeout {patience}"
        )
        runner = web.ServerRunner(web.Server(app), shutdown_timeout=0.1)
        await runner.setup()
        for port in ["3000", "4000"] if taken else ["3000"]:
            await web.TCPSite(runner, "127.0.0.1", ports[port]).start()
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(tmp_path),
        }
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", script, cwd=tmp_path, env=environment,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        async with asyncio.timeout(90):
            # The pipe ends when every process that the script started has ended.
            out, _ = await process.communicate()
        await runner.cleanup()
        return process.returncode, out.decode()

    return run


@pytest.mark.thorough
async def test_the_example_for_ci_passes_beside_a_right_app(ci, tmp_path):
    status, shown = await ci(right)

    assert status == 0, shown
    events = [json.loads(line)["event"] for line in (tmp_path / "deliveries.jsonl").read_text().splitlines()]
    assert events == ["ready", "delivery", "answer"]
    assert ET.parse(tmp_path / "probe.xml").getroot().find("testsuite").get("failures") == "0"


@pytest.mark.thorough
async def test_the_example_for_ci_fails_with_the_probe(ci, tmp_path):
    status, shown = await ci(trusting)

    assert status == 1, shown
    assert int(ET.parse(tmp_path / "probe.xml").getroot().find("testsuite").get("failures")) > 0


@pytest.mark.thorough
async def test_the_example_for_ci_fails_when_the_app_does_not_accept_the_delivery(ci):
    status, shown = await ci(crashing, patience="1")

    assert status == 124, shown


@pytest.mark.thorough
async def test_the_example_for_ci_fails_when_listen_does_not_start(ci):
    status, shown = await ci(right, taken=True)

    assert status == 1, shown
    assert "is taken by another program" in shown
