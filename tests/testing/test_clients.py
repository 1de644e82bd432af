"""One delivery to each kind of client: the bytes and the headers arrive as they were signed."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.testing.conftest import CLIENTS


@pytest.mark.parametrize("name", CLIENTS)
def test_a_test_client_gets_what_was_signed(webhooks, orders, name):
    client = CLIENTS[name](orders)

    answer = webhooks.deliver(client, "orders/updated", {"note": "für Zoë — 2.0"})

    assert answer.accepted
    assert [note for _, note, _ in orders.stored.values()] == ["für Zoë — 2.0"]
    assert webhooks.deliver(client, "orders/updated", tamper="body").status == 401


async def test_aiohttps_client_and_a_url_get_what_was_signed(webhooks, orders):
    async def take(request):
        return web.Response(status=orders.take(request.headers, await request.read()))

    app = web.Application()
    app.router.add_post("/webhooks", take)
    async with TestClient(TestServer(app)) as client:
        assert (await webhooks.deliver_async(client, "orders/updated")).status == 200
        assert (await webhooks.deliver_async(client, "orders/updated", tamper="secret")).status == 401
        with pytest.raises(TypeError, match=r"deliver_async\(\)"):
            webhooks.deliver(client, "orders/updated")

        import asyncio

        url = str(client.make_url("/webhooks"))
        assert (await asyncio.to_thread(webhooks.deliver, url, "orders/paid")).status == 200


def test_another_target_is_refused_with_the_kinds_that_there_are(webhooks):
    with pytest.raises(TypeError, match="dict is neither a URL nor a test client of Flask, Django"):
        webhooks.deliver({}, "orders/updated")
