from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pydantic import SecretStr

from devhook.scenario.model import Action
from devhook.simulator.admin.subscriptions import SimulatedSubscription, SubscriptionFormat
from devhook.simulator.envelope import Occasion, seal
from devhook.simulator.orders.actions import Event
from devhook.webhook.delivery import Delivery, Signature
from devhook.webhook.payload import read_json, read_xml
from devhook.webhook.signature import Secret, check

NOW = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
SECRET = SecretStr("shpss_0123456789abcdef")
OCCASION = Occasion(
    event_id="98880550-7158-4bd4-9e0b-000000000001", triggered_at="2026-11-23T09:15:00.000000001Z"
)
ORDER = {
    "id": 820982911946154508,
    "created_at": "2026-11-23T10:15:00+01:00",
    "note": "a/b <c> & d",
    "total_price": "129.00",
    "line_items": [{"id": 466157049, "sku": "TEE-M", "price": "29.00", "weight": Decimal("2.0")}],
}


def event(topic="orders/updated", payload=ORDER):
    return Event(topic=topic, payload=payload, action=Action.NOTE, order_id=820982911946154508)


def subscription(**changes):
    return SimulatedSubscription(
        id="gid://shopify/WebhookSubscription/1001",
        topic="orders/updated",
        uri="https://hooks.example.com/a",
        api_version="2026-10",
        created_at=NOW,
        updated_at=NOW,
    ).model_copy(update=changes)


def sealed(event_=None, **changes):
    return seal(
        event_ or event(),
        subscription(**changes),
        OCCASION,
        shop="kiln-and-clay.myshopify.com",
        secret=SECRET,
        webhook_id="b54557e4-bdd9-4b37-8a5f-000000000002",
    )


def signature_of(envelope, secret=SECRET):
    claimed = dict(envelope.headers).get("X-Shopify-Hmac-Sha256")
    return check([Secret(name="app", value=secret)], envelope.body, claimed).signature


def test_an_order_goes_out_with_every_header_of_the_captures_in_their_case_and_order():
    envelope = sealed(name="devhook-1")

    assert [pair for pair in envelope.headers if pair[0] != "X-Shopify-Hmac-Sha256"] == [
        ("User-Agent", "Shopify-Captain-Hook"),
        ("Accept", "*/*"),
        ("Accept-Encoding", "gzip;q=1.0,deflate;q=0.6,identity;q=0.3"),
        ("Content-Type", "application/json"),
        ("X-Shopify-API-Version", "2026-10"),
        ("X-Shopify-Event-Id", "98880550-7158-4bd4-9e0b-000000000001"),
        ("X-Shopify-Name", "devhook-1"),
        ("X-Shopify-Order-Id", "820982911946154508"),
        ("X-Shopify-Shop-Domain", "kiln-and-clay.myshopify.com"),
        ("X-Shopify-Test", "false"),
        ("X-Shopify-Topic", "orders/updated"),
        ("X-Shopify-Triggered-At", "2026-11-23T09:15:00.000000001Z"),
        ("X-Shopify-Webhook-Id", "b54557e4-bdd9-4b37-8a5f-000000000002"),
    ]
    assert signature_of(envelope) is Signature.VALID


def test_a_receiver_understands_what_was_sealed():
    envelope = sealed()

    delivery = Delivery(received_at=NOW, headers=envelope.headers, body=envelope.body)

    assert delivery.topic == "orders/updated"
    assert delivery.shop == "kiln-and-clay.myshopify.com"
    assert delivery.webhook_id == envelope.webhook_id
    assert delivery.event_id == OCCASION.event_id
    assert delivery.triggered_at == OCCASION.triggered_at
    assert delivery.content_type == "application/json"


def test_a_subscription_without_a_name_sends_no_name_header():
    assert "X-Shopify-Name" not in dict(sealed().headers)


def test_only_topics_of_orders_name_the_order_in_a_header():
    assert "X-Shopify-Order-Id" not in dict(sealed(event("refunds/create", {"id": 1, "order_id": 2})).headers)


def test_the_body_is_in_shopifys_byte_form():
    body = sealed().body

    assert rb'"note":"a\/b \u003cc\u003e \u0026 d"' in body
    assert b'"weight":2.0' in body
    assert read_json(body) == ORDER


def test_only_the_fields_that_were_asked_for_are_sent_and_signed():
    envelope = sealed(include_fields=("id", "line_items.sku"))

    assert envelope.body == b'{"id":820982911946154508,"line_items":[{"sku":"TEE-M"}]}'
    assert signature_of(envelope) is Signature.VALID


def test_an_xml_subscription_gets_the_same_document_signed_over_its_xml_bytes():
    envelope = sealed(format=SubscriptionFormat.XML)

    assert dict(envelope.headers)["Content-Type"] == "application/xml"
    assert b"\n<order>\n" in envelope.body
    assert read_xml(envelope.body) == ORDER
    assert signature_of(envelope) is Signature.VALID


@pytest.mark.parametrize(
    ("topic", "payload", "root"),
    [
        ("fulfillments/create", {"id": 1}, "fulfillment"),
        ("order_transactions/create", {"id": 1}, "order-transaction"),
        ("orders/edited", {"order_edit": {"id": 3, "order_id": 4}}, "hash"),
    ],
)
def test_xml_is_rooted_in_the_resource_or_in_rails_word_for_what_is_none(topic, payload, root):
    body = sealed(event(topic, payload), format=SubscriptionFormat.XML).body

    assert f"\n<{root}>\n".encode() in body
    assert read_xml(body) == payload
