"""What the README says runs as it stands."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from aiohttp import web

from devhook.webhook.delivery import Signature
from devhook.webhook.signature import Secret, check

README = Path(__file__).parents[1] / "README.md"


def block(name):
    found = re.search(rf"<!-- {name} -->\n```sh\n(.*?)```\n<!-- end -->", README.read_text(), re.DOTALL)
    return found[1]


async def app(request):
    """An app that does what Shopify requires."""
    if request.method != "POST":
        return web.Response(status=405)
    secret = Secret(name="app", value=re.search(r"SECRET=(\S+)", block("ci"))[1])
    body = await request.read()
    valid = check((secret,), body, request.headers.get("X-Shopify-Hmac-Sha256")).signature is Signature.VALID
    return web.Response(status=200 if valid and body else 401)


async def test_the_example_for_ci_runs_as_it_stands(tmp_path, unused_tcp_port_factory):
    ports = {"3000": unused_tcp_port_factory(), "4000": unused_tcp_port_factory()}
    script = re.sub(r"\b[34]000\b", lambda port: str(ports[port[0]]), block("ci"))
    runner = web.ServerRunner(web.Server(app), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "localhost", ports["3000"]).start()
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
    }

    process = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", script, cwd=tmp_path, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(90):
        out, err = await process.communicate()
    await runner.cleanup()

    assert process.returncode == 0, (out + err).decode()
    events = [json.loads(line)["event"] for line in (tmp_path / "deliveries.jsonl").read_text().splitlines()]
    assert events == ["ready", "delivery", "answer"]
    assert ET.parse(tmp_path / "probe.xml").getroot().find("testsuite").get("failures") == "0"
