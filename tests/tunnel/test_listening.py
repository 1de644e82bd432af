"""`devhook listen` against a shop through ngrok, from its start to its end: nothing is left behind."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
from contextlib import asynccontextmanager
from random import Random

import pytest
import trustme

from devhook.scenario.model import Action
from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.shop import SimulatedShop

PUBLIC = "https://acme-demo.ngrok-free.dev"


@pytest.fixture
def edge(ngrok, tmp_path):
    """The tunnel's public end: its port here, and the certificate that it shows."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    certificate = tmp_path / "edge.pem"
    authority = trustme.CA()
    issued = authority.issue_cert("acme-demo.ngrok-free.dev")
    issued.private_key_and_cert_chain_pem.write_to_path(str(certificate))
    trusted = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    ngrok.plays(url=PUBLIC, edge=port, certificate=str(certificate))
    ngrok.environment = {"https_proxy": f"http://127.0.0.1:{port}", "SSL_CERT_FILE": str(trusted)}
    return port


@pytest.fixture
async def shop(edge):
    """A simulated shop for which the public address leads through the tunnel."""
    async with SimulatedShop(demo_shop(), random=Random(3), speed=1000) as opened:
        opened.routes[PUBLIC] = f"http://127.0.0.1:{edge}"
        yield opened


class Listening:
    def __init__(self, process):
        self.process = process
        self.said = []

    async def says(self, words):
        async with asyncio.timeout(60):
            while not re.search(words, "\n".join(self.said)):
                line = await self.process.stderr.readline()
                assert line, "\n".join(self.said)
                self.said.append(line.decode().rstrip())

    async def deliveries(self, count):
        found = []
        async with asyncio.timeout(60):
            while len(found) < count:
                told = json.loads(await self.process.stdout.readline())
                found += [told] if told["event"] == "delivery" else []
        return found

    async def ended(self):
        async with asyncio.timeout(60):
            _, err = await self.process.communicate()
        self.said += err.decode().splitlines()
        return self.process.returncode


@asynccontextmanager
async def listening(ngrok, shop, tmp_path, *arguments):
    environment = {
        **os.environ,
        **ngrok.environment,
        "DEVHOOK_ACCESS_TOKEN": shop.access_token.get_secret_value(),
        "DEVHOOK_CLIENT_SECRET": shop.secret.get_secret_value(),
    }
    given = ("--shop", shop.domain, "--admin-origin", shop.admin.url, "--port", "0", "--json", *arguments)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "devhook", "--inbox", str(tmp_path / "kept" / "inbox"), "listen", *given,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=environment, cwd=tmp_path, limit=2**22,
    )  # fmt: skip
    try:
        yield Listening(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_run_takes_the_shops_deliveries_follows_its_address_and_leaves_nothing(ngrok, shop, tmp_path):
    moved = "https://acme-other.ngrok-free.dev"
    shop.installation.scopes = frozenset({"read_orders"})
    shop.installation.webhooks_version = "2026-07"
    async with listening(ngrok, shop, tmp_path, "orders/updated", "fulfillment_orders/moved") as run:
        await run.says("Subscribed in .*: orders/updated")
        await run.says(
            "API version 2026-10 was requested, but the subscription to orders/updated has 2026-07"
        )
        (subscription,) = shop.subscriptions
        assert subscription.uri == f"{PUBLIC}/"
        older = subscription.model_copy(update={"api_version": "2026-04"})
        shop.subscriptions._stored[subscription.id] = older
        await shop.act(Action.CHECK_OUT)
        await shop.act(Action.PAY)
        first, paid = await run.deliveries(2)
        await run.says(
            "The payload of orders/updated has API version 2026-04, but its subscription has 2026-07"
        )

        await ngrok.does(drop=0.2, url=moved)
        await run.says(f"The public address is now {moved}")
        await run.says("The temporary subscriptions deliver to the new address now")
        assert [each.uri for each in shop.subscriptions] == [f"{moved}/"]

        await ngrok.does(drop=600)
        await run.says("The tunnel is down")
        run.process.send_signal(signal.SIGTERM)
        status = await run.ended()

    assert (first["signature"], first["verdict"]) == ("valid", "first")
    assert "paid" in [change["after"] for change in paid["changes"]]
    assert status == 0
    assert list(shop.subscriptions) == []
    assert ngrok.gone()
    assert any(PUBLIC in line for line in run.said)
    assert any("nothing is left behind" in line for line in run.said)
    # Another topic needs a scope that the app lacks.
    assert any("fulfillment_orders/moved needs" in line and "not granted" in line for line in run.said)


@pytest.mark.thorough
async def test_the_next_start_removes_what_a_kill_left_and_names_a_wrong_filter(ngrok, shop, tmp_path):
    async with listening(ngrok, shop, tmp_path, "orders/updated", "orders/paid") as run:
        await run.says("Subscribed in")
        await run.says("--suggest adds fulfillment_orders/")
        await shop.act(Action.CHECK_OUT)
        await run.deliveries(1)
        run.process.kill()
        await run.ended()
    assert len(shop.subscriptions) == 2
    assert ngrok.gone()

    async with listening(ngrok, shop, tmp_path, "orders/updated", "--filter", "totl_price:>100") as run:
        await run.says("Subscribed in")
        await run.says("The last orders/updated has no field totl_price")
        await run.says("Did you mean total_price")
        left = [each.topic for each in shop.subscriptions]
        run.process.send_signal(signal.SIGTERM)
        assert await run.ended() == 0

    assert any("Removed 2 subscriptions that an earlier run left" in line for line in run.said)
    assert left == ["orders/updated"]
    assert list(shop.subscriptions) == []


async def test_without_any_scope_it_ends_with_status_3_and_leaves_no_agent(ngrok, shop, tmp_path):
    shop.installation.scopes = frozenset()
    async with listening(ngrok, shop, tmp_path, "orders/updated") as run:
        assert await run.ended() == 3

    assert ngrok.gone()
    assert list(shop.subscriptions) == []


async def test_a_refused_token_ends_with_status_3_before_anything_is_made(ngrok, shop, tmp_path):
    shop.installation.tokens.clear()
    async with listening(ngrok, shop, tmp_path, "orders/updated") as run:
        assert await run.ended() == 3

    assert ngrok.gone()
    assert not any(shop.access_token.get_secret_value() in line for line in run.said)


async def test_an_agent_that_cannot_open_the_tunnel_ends_it_with_a_sentence(ngrok, shop, tmp_path, edge):
    ngrok.plays("bad_token", url=PUBLIC, edge=edge)
    async with listening(ngrok, shop, tmp_path, "orders/updated") as run:
        returned = await run.ended()

    assert returned == 3, run.said
    assert "token" in "\n".join(run.said).lower()
    assert "Traceback" not in "\n".join(run.said)
    assert ngrok.token not in "\n".join(run.said)
    assert list(shop.subscriptions) == []
    assert ngrok.gone()
