from decimal import Decimal

import pytest
from pydantic import SecretStr

from devhook.forge.forge import forge, resource_id
from devhook.forge.source import sample, sample_topics
from devhook.forge.shopify_headers import Heading
from devhook.webhook.payload import read_xml, write_json
from devhook.webhook.signature import sign

SECRET = SecretStr("the app's own")
HEADING = Heading(
    topic="products/update",
    shop="kiln-and-clay.myshopify.com",
    api_version="2026-10",
    webhook_id="w",
    event_id="e",
    triggered_at="2026-11-23T09:15:00.000000001Z",
)
PRODUCT = {"id": 7, "title": "Mug <&>", "url": "a/b", "weight": Decimal("2.0"), "note": "é👶"}


def test_a_forgery_is_written_in_shopifys_bytes_and_signed_over_them():
    forged = forge(PRODUCT, HEADING, SECRET)

    assert forged.body == (
        '{"id":7,"title":"Mug \\u003c\\u0026\\u003e","url":"a\\/b","weight":2.0,"note":"é👶"}'.encode()
    )
    assert dict(forged.headers)["X-Shopify-Hmac-Sha256"] == sign("the app's own", forged.body)


def test_its_headers_are_the_documented_ones_and_last_that_it_is_forged():
    forged = forge(PRODUCT, HEADING, SECRET)

    assert forged.headers[:-1] == HEADING.headers(sign("the app's own", forged.body))
    assert forged.headers[-1] == ("X-Devhook-Origin", "forged")


def test_xml_is_signed_over_its_own_bytes_under_its_own_type():
    forged = forge(PRODUCT, HEADING.model_copy(update={"content_type": "application/xml"}), SECRET)

    assert forged.body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<product>')
    assert read_xml(forged.body)["title"] == "Mug <&>"
    assert dict(forged.headers)["Content-Type"] == "application/xml"
    assert dict(forged.headers)["X-Shopify-Hmac-Sha256"] == sign("the app's own", forged.body)


def test_bytes_that_came_are_kept():
    assert forge(PRODUCT, HEADING, SECRET, bytes_as_they_came=b'{ "id": 7 }').body == b'{ "id": 7 }'


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("orders/updated", sample("orders/updated")["id"]),
        ("orders/edited", sample("orders/edited")["order_edit"]["order_id"]),
        ("orders/delete", sample("orders/delete")["id"]),
        ("fulfillments/create", sample("fulfillments/create")["order_id"]),
        ("customers/redact", None),
        ("shop/redact", None),
    ],
)
def test_the_order_that_a_header_repeats_is_found_in_the_payload(topic, expected):
    assert resource_id(topic, sample(topic)) == expected


@pytest.mark.parametrize("topic", sample_topics())
def test_every_sample_makes_a_delivery_that_says_its_topic(topic, made):
    (forged,) = made(topic)

    headers = dict(forged.headers)
    assert headers["X-Shopify-Topic"] == topic
    assert headers["X-Shopify-Webhook-Id"] != headers["X-Shopify-Event-Id"]
    assert headers["X-Shopify-Triggered-At"] == "2026-11-23T09:15:00.123456000Z"
    assert headers["X-Shopify-Shop-Domain"] == "kiln-and-clay.myshopify.com"
    assert forged.body == write_json(sample(topic))
