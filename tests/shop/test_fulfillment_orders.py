import asyncio
import json

import pytest
from aiohttp import web
from graphql import parse, validate

from devhook.errors import CredentialsRefused
from devhook.inbox.journal import Link
from devhook.inbox.readings import Reader
from devhook.shop import fulfillment_orders
from devhook.shop.fulfillment_orders import DOCUMENT, Linker, orders_of
from devhook.shop.versions import CANDIDATE, STABLE, UNSTABLE, answered
from devhook.simulator.admin.schema import schema
from devhook.webhook.delivery import Arrival, Delivery, Signature

GID = "gid://shopify/FulfillmentOrder/"
DENIED = "read_assigned_fulfillment_orders"


@pytest.fixture
def known(shop):
    """The order of each of the shop's fulfillment orders, by gid."""
    orders = {f"{GID}{number}": 7_000 + number // 10 for number in range(200)}
    asked = []

    def find(gid):
        asked.append(gid)
        if gid not in orders:
            return None
        order = {"__typename": "Order", "id": f"gid://shopify/Order/{orders[gid]}", "name": f"#{orders[gid]}"}
        return {"__typename": "FulfillmentOrder", "id": gid, "order": order}

    shop.server._root._find = find
    return asked


@pytest.fixture
def told(shop, inbox):
    """Add deliveries of fulfillment orders; return the rows."""
    face = Reader(inbox)

    def tell(*numbers):
        for number in numbers:
            body = {"fulfillment_order": {"id": f"{GID}{number}", "status": "open"}}
            headers = (
                ("Content-Type", "application/json"),
                ("X-Shopify-Topic", "fulfillment_orders/split"),
                ("X-Shopify-Shop-Domain", shop.domain),
            )
            delivery = Delivery(received_at=shop.clock.now, headers=headers, body=json.dumps(body).encode())
            inbox.add([Arrival(delivery=delivery, signature=Signature.VALID)])
        face.read_new()
        return inbox.rows()

    return tell


@pytest.mark.parametrize("version", ["2025-04", *STABLE, CANDIDATE, UNSTABLE])
def test_the_document_is_valid_in_every_version_that_answers(version):
    assert validate(schema(answered(version)), parse(DOCUMENT)) == []


async def test_the_orders_of_fulfillment_orders_are_requested_at_once(client, known):
    links = await orders_of(client, ["31", "999", "45"])

    assert links == [
        Link(fulfillment_order="31", order_id="7003", order_name="#7003"),
        Link(fulfillment_order="45", order_id="7004", order_name="#7004"),
    ]


async def test_a_delivery_stored_under_its_own_id_is_moved_to_its_order(client, known, told, inbox):
    assert {row.subject.kind for row in told(31, 45)} == {"fulfillment_order"}

    assert await Linker(inbox, client).look() == 2

    assert [(row.subject.kind, row.subject.id, row.subject.name) for row in told()] == [
        ("order", "7003", "#7003"),
        ("order", "7004", "#7004"),
    ]


async def test_each_is_asked_for_once_and_many_in_portions(client, known, told, inbox, monkeypatch):
    monkeypatch.setattr(fulfillment_orders, "_BATCH", 3)
    linker = Linker(inbox, client)
    told(*range(7), 999)

    assert [await linker.look(), await linker.look()] == [7, 0]
    assert len(known) == 8


async def test_a_shop_that_denies_access_is_not_asked_again_and_is_reported(shop, client, known, told, inbox):
    shop.installation.denied = {"nodes": DENIED}
    told(31)
    heard = []

    await Linker(inbox, client).go_on(lambda *sentences: heard.append(sentences))

    ((message, _),) = heard
    assert message.startswith("The orders of fulfilment orders cannot be looked up.")
    assert known == []
    with pytest.raises(CredentialsRefused):
        await orders_of(client, ["31"])


async def test_a_shop_that_is_out_of_order_is_asked_again(shop, told, inbox, stranger):
    told(31)
    asked_again = asyncio.Event()

    async def answer(_):
        if len(stranger.asked) >= 12:
            asked_again.set()
        return web.Response(status=500)

    stranger.answers = [answer]
    linker = Linker(inbox, await shop.client(origin=stranger.origin))
    looking = asyncio.ensure_future(linker.go_on(pytest.fail, every=0.0))

    await asyncio.wait_for(asked_again.wait(), 20)

    assert not looking.done()
    looking.cancel()


async def test_unexpected_answers_are_ignored(client, shop):
    shop.server._root._find = lambda gid: {"__typename": "Order", "id": gid, "name": "#1"}

    assert await orders_of(client, ["31"]) == []
