import itertools
import json
import re
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.forge.source import sample
from devhook.load.filled import LiveOrder, from_json
from devhook.load.template import stories
from devhook.scenario.loading import load_scenario
from devhook.simulator.scenario_deliveries import scenario_deliveries
from devhook.webhook.delivery import Delivery
from devhook.webhook.payload import read_json, write_json
from devhook.webhook.signature import sign

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)
SECRET = "shpss_of_the_load"
ORDER = 5_000_000_000_001


def delivery(
    topic="orders/updated",
    document=None,
    *,
    body=None,
    number=1,
    headers=(),
    shop="acme.myshopify.com",
    kind="json",
):
    content = write_json(document) if body is None else body
    named = (
        ("Host", "acme.ngrok.app"),
        ("Content-Type", f"application/{kind}"),
        ("X-Shopify-Topic", topic),
        ("X-Shopify-Shop-Domain", shop),
        ("X-Shopify-Webhook-Id", f"w-{number}"),
        ("X-Shopify-Event-Id", "e-1"),
        ("X-Shopify-Triggered-At", "2026-01-01T00:00:00.000000001Z"),
        ("X-Shopify-Hmac-Sha256", "old"),
        *headers,
    )
    return Delivery(received_at=NOON, path="/webhooks", headers=named, body=content)


def live(story, number=0, **more):
    ids = itertools.count()
    given = {"first_id": 7_000_000_000_000, "width": 20, "shops": 1, "uuids": lambda: f"new-{next(ids)}"}
    return LiveOrder(from_json(json.loads(json.dumps(story))), number, **given | more)


def order(**fields):
    return {
        "id": ORDER,
        "name": "#1001",
        "order_number": 1001,
        "created_at": "2026-03-14T10:00:00-04:00",
        "updated_at": "2026-03-14T10:05:00-04:00",
        "admin_graphql_api_id": f"gid://shopify/Order/{ORDER}",
        "order_status_url": f"https://acme.myshopify.com/1/orders/{ORDER}/x",
        "customer": {"id": 6_000_000_000_001},
        "line_items": [{"id": 8_000_000_000_001, "product_id": 9_000_000_000_001, "price": "1.50"}],
        **fields,
    }


def test_an_order_lives_again_with_fresh_ids_times_and_a_valid_signature():
    refund = {"id": 7_700_000_000_001, "order_id": ORDER, "note": "é"}
    (story,) = stories([delivery("orders/create", order()), delivery("refunds/create", refund, number=2)])

    again = live(story, 4)
    created = again.next(NOON, SECRET)
    refunded = again.next(NOON + timedelta(minutes=1), SECRET)

    body, other = read_json(created.body), read_json(refunded.body)
    assert (body["name"], body["order_number"]) == ("#1005", 1005)
    assert body["id"] != ORDER
    assert body["admin_graphql_api_id"] == f"gid://shopify/Order/{body['id']}"
    assert body["order_status_url"] == f"https://acme.myshopify.com/1/orders/{body['id']}/x"
    assert body["created_at"] == "2026-07-04T08:00:00-04:00"
    assert body["updated_at"] == "2026-07-04T08:00:00-04:00"
    assert body["line_items"][0]["id"] not in {8_000_000_000_001, body["id"]}
    assert other["order_id"] == body["id"]
    assert other["id"] != 7_700_000_000_001
    assert other["note"] == "é"
    # Orders share customers and products.
    assert body["customer"]["id"] == 6_000_000_000_001
    assert body["line_items"][0]["product_id"] == 9_000_000_000_001
    for each in (created, refunded):
        headers = dict(each.headers)
        assert headers["X-Shopify-Hmac-Sha256"] == sign(SECRET, each.body)
        assert headers["X-Shopify-Webhook-Id"] == each.webhook_id
        assert "Host" not in headers
    one, two = (dict(each.headers) for each in (created, refunded))
    assert one["X-Shopify-Event-Id"] == two["X-Shopify-Event-Id"] != "e-1"
    assert one["X-Shopify-Webhook-Id"] != two["X-Shopify-Webhook-Id"]
    assert one["X-Shopify-Triggered-At"] == "2026-07-04T12:00:00.000000000Z"
    assert again.is_over


def test_what_is_not_replaced_keeps_its_bytes():
    body = b'{ "id" : 1,\r\n "note":"caf\xc3\xa9 \\u00e9 \xff", "total":1.50 }'
    (story,) = stories([delivery(body=body)])

    assert live(story).next(NOON, SECRET).body == body


def test_a_short_id_is_replaced_only_where_a_key_says_that_it_is_one():
    (story,) = stories([delivery(body=b'{"id":42,"name":"#1001","quantity":42,"note":"42"}')])

    sent = live(story).next(NOON, SECRET).body

    assert re.fullmatch(rb'\{"id":7\d{12},"name":"#1001","quantity":42,"note":"42"\}', sent)


@given(st.lists(st.integers(0, 400), min_size=2, max_size=30, unique=True))
def test_no_two_orders_have_an_id_or_a_webhook_id_in_common(numbers):
    made = stories([delivery("orders/create", order())])
    found = [live(made[0], number, width=made[0].ids) for number in numbers]
    bodies = [read_json(each.next(NOON, SECRET).body) for each in found]

    ids = [number for body in bodies for number in (body["id"], body["line_items"][0]["id"])]
    assert len(set(ids)) == len(ids) == 2 * len(numbers)
    assert len({body["name"] for body in bodies}) == len(numbers)


def test_orders_are_spread_over_the_shops_and_their_bodies_name_them():
    (story,) = stories([delivery("orders/create", order())])

    sent = [live(story, number, shops=3).next(NOON, SECRET) for number in range(4)]

    names = ["acme", "acme-2", "acme-3", "acme"]
    assert [each.shop for each in sent] == [f"{name}.myshopify.com" for name in names]
    for name, each in zip(names, sent, strict=True):
        assert dict(each.headers)["X-Shopify-Shop-Domain"] == each.shop
        assert read_json(each.body)["order_status_url"].startswith(f"https://{name}.myshopify.com/")


def test_deliveries_are_grouped_by_order_and_duplicates_and_strangers_are_left_out():
    other = order(id=ORDER + 1, name="#1002")
    made = stories(
        [
            delivery("orders/create", order(), number=1),
            delivery("orders/create", other, number=2),
            delivery("orders/paid", order(), number=3),
            delivery("orders/paid", order(), number=3),
            delivery("app/uninstalled", {"domain": "x"}, number=4),
            delivery("", order(), number=5),
            delivery("orders/paid", order(), number=6, shop="other.myshopify.com"),
        ]
    )

    assert [[each.topic for each in story.deliveries] for story in made] == [
        ["orders/create", "orders/paid"],
        ["orders/create"],
        ["app/uninstalled"],
        ["orders/paid"],
    ]


def test_xml_and_what_cannot_be_read_is_sent_too():
    xml = f'<?xml version="1.0"?><order><id type="integer">{ORDER}</id><name>#1001</name></order>'.encode()
    made = stories(
        [
            delivery(body=xml, kind="xml"),
            delivery(body=b"\xff\x00{", number=2),
        ]
    )

    sent = [live(story, 2).next(NOON, SECRET).body for story in made]

    assert re.search(rb"<id type=\"integer\">7\d{12}</id><name>#1003</name>", sent[0])
    assert sent[1] == b"\xff\x00{"


def test_a_header_that_could_end_a_line_is_left_out():
    (story,) = stories([delivery(document=order(), headers=(("X-A", "b\r\nX-Evil: 1"), ("X B", "c")))])

    assert not {"X-A", "X B"} & dict(live(story).next(NOON, SECRET).headers).keys()


@pytest.mark.parametrize("topic", ["orders/create", "products/update", "customers/update", "carts/update"])
def test_devhooks_own_payloads_stay_json_of_the_same_form(topic):
    document = sample(topic)
    (story,) = stories([delivery(topic, document)])

    again = read_json(live(story).next(NOON, SECRET).body)

    def form(value):
        if isinstance(value, dict):
            return {key: form(each) for key, each in value.items()}
        return [form(each) for each in value] if isinstance(value, list) else type(value)

    assert form(again) == form(document)


async def test_a_scenario_is_made_without_a_request_and_without_its_forgeries():
    tampered = await scenario_deliveries(load_scenario("tampered"), Random(1))
    found = await scenario_deliveries(load_scenario("order-lifecycle"), Random(1))

    topics = [each.topic for each in found]
    assert topics[0] == "orders/create"
    assert "refunds/create" in topics
    assert len({each.webhook_id for each in found}) == len(found)
    assert tampered
    made = stories(found)
    assert max(len(story.deliveries) for story in made) > 10
