from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pydantic import SecretStr

from devhook.errors import InputError
from devhook.forge import tamper as tampering
from devhook.forge.compose import resource_id, send_forged, signed_request
from devhook.forge.request import JSON, XML
from devhook.forge.shopify_headers import HeaderValues
from devhook.forge.source import Source, from_delivery, sample
from devhook.inbox.journal import sends
from devhook.sender.client import Sender
from devhook.webhook.delivery import Delivery, Origin
from devhook.webhook.payload import read_xml, write_json
from devhook.webhook.signature import sign
from devhook.webhook.topics import topic_names

SECRET = SecretStr("the app's own")
VALUES = HeaderValues(
    topic="products/update",
    shop="kiln-and-clay.myshopify.com",
    api_version="2026-10",
    webhook_id="w",
    event_id="e",
    triggered_at="2026-11-23T09:15:00.000000001Z",
)
PRODUCT = {"id": 7, "title": "Mug <&>", "url": "a/b", "weight": Decimal("2.0"), "note": "é👶"}


def test_a_forgery_is_written_in_shopifys_bytes_and_signed_over_them():
    forged = signed_request(PRODUCT, VALUES, SECRET)

    assert forged.body == (
        '{"id":7,"title":"Mug \\u003c\\u0026\\u003e","url":"a\\/b","weight":2.0,"note":"é👶"}'.encode()
    )
    assert dict(forged.headers)["X-Shopify-Hmac-Sha256"] == sign("the app's own", forged.body)


def test_its_headers_are_the_documented_ones_and_last_that_it_is_forged():
    forged = signed_request(PRODUCT, VALUES, SECRET)

    assert forged.headers[:-1] == VALUES.headers(sign("the app's own", forged.body))
    assert forged.headers[-1] == ("X-Devhook-Origin", "forged")


def test_xml_is_signed_over_its_own_bytes_under_its_own_type():
    forged = signed_request(PRODUCT, VALUES.model_copy(update={"content_type": "application/xml"}), SECRET)

    assert forged.body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<product>')
    assert read_xml(forged.body)["title"] == "Mug <&>"
    assert dict(forged.headers)["Content-Type"] == "application/xml"
    assert dict(forged.headers)["X-Shopify-Hmac-Sha256"] == sign("the app's own", forged.body)


def test_bytes_that_came_are_kept():
    assert signed_request(PRODUCT, VALUES, SECRET, body=b'{ "id": 7 }').body == b'{ "id": 7 }'


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


def test_every_topic_makes_a_delivery_that_says_it(made):
    for topic in topic_names():
        (forged,) = made(topic)

        headers = dict(forged.headers)
        assert headers["X-Shopify-Topic"] == topic
        assert headers["X-Shopify-Webhook-Id"] != headers["X-Shopify-Event-Id"]
        assert headers["X-Shopify-Triggered-At"] == "2026-11-23T09:15:00.123456000Z"
        assert headers["X-Shopify-Shop-Domain"] == "kiln-and-clay.myshopify.com"
        assert forged.body == write_json(sample(topic))


BODY = b'{ "id": 7, "weight": 2.0 }'


def source_of(body, content_type="application/json"):
    headers = (("X-Shopify-Topic", "orders/paid"), ("Content-Type", content_type))
    return from_delivery(Delivery(received_at=datetime(2026, 11, 2, tzinfo=UTC), headers=headers, body=body))


def test_a_delivery_in_which_nothing_was_altered_keeps_its_bytes(made):
    (forged,) = made(source=source_of(BODY))

    assert forged.body == BODY
    assert dict(forged.headers)["X-Shopify-Hmac-Sha256"] == sign("the app's own", BODY)


def test_an_altered_one_is_written_as_shopify_writes(made):
    (forged,) = made(document={"id": 8}, source=source_of(BODY))

    assert forged.body == b'{"id":8}'


def test_one_that_cannot_be_read_can_be_signed_anew_but_not_altered(made):
    (forged,) = made(source=source_of(b'{"id":'))
    assert forged.body == b'{"id":'

    with pytest.raises(InputError):
        made(document={"id": 1}, source=source_of(b'{"id":'))


def test_json_is_made_into_xml_and_xml_into_json(made):
    (xml,) = made(source=source_of(BODY), content_type=XML)
    assert read_xml(xml.body)["id"] == 7

    (json,) = made(source=source_of(xml.body, XML), content_type=JSON)
    assert json.body.startswith(b'{"id":7,')


def test_xml_stays_xml_where_nothing_else_is_asked_for(made):
    (forged,) = made(document={"id": 8}, source=source_of(b'<order><id type="integer">7</id></order>', XML))

    assert dict(forged.headers)["Content-Type"] == XML
    assert read_xml(forged.body) == {"id": 8}


def test_a_field_that_is_no_name_of_an_element_is_not_written_as_xml(made):
    with pytest.raises(InputError, match=r"checkout[?] cannot be written as XML"):
        made("draft_orders/create", content_type=XML)


def test_only_an_object_can_be_xml(made):
    with pytest.raises(InputError):
        made(source=Source(topic="orders/paid", document=[1]), content_type=XML)


async def test_each_request_is_sent_as_it_is_and_written_down_with_its_answer(made, endpoint, inbox):
    requests = made("orders/paid", tamper=tampering.DUPLICATE)

    async with Sender() as sender:
        posted = [send async for send in send_forged(requests, endpoint.url, sender, inbox)]

    assert [send.answer.status for send in posted] == [204, 204]
    assert [body for _, body in endpoint.requests] == [request.body for request in requests]
    kept = sends(inbox)
    assert [(send.origin, send.topic, send.body, send.headers) for send in kept] == [
        (Origin.FORGED, "orders/paid", requests[0].body, requests[0].headers)
    ] * 2


async def test_one_that_reaches_nobody_is_written_down_too(made, inbox):
    async with Sender() as sender:
        (send,) = [
            send async for send in send_forged(made(), "http://127.0.0.1:9/", sender, inbox, made_of=None)
        ]

    assert send.answer.unreached
    assert sends(inbox)[0].answer.error == send.answer.error
