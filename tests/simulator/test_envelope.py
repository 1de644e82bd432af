from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pydantic import SecretStr

from devhook.forge import tamper as tampering
from devhook.forge.tamper import TAMPERS, TamperContext
from devhook.scenario.model import Action
from devhook.simulator.admin.subscriptions import SimulatedSubscription, SubscriptionFormat
from devhook.simulator.envelope import Envelope, EventStamp, event_envelope
from devhook.simulator.orders.actions import Event
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Delivery, Signature
from devhook.webhook.payload import read_json, read_xml
from devhook.webhook.signature import Secret, check, sign

NOW = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
SECRET = SecretStr("shpss_0123456789abcdef")
OCCASION = EventStamp(
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
    return event_envelope(
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


def test_a_receiver_verifies_the_envelope():
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


APP = Secret(name="app", value=SecretStr("shpss_the_apps_own"))
OTHER = Secret(name="other", value=SecretStr("shpss_of_another_app"))
TRUE_BODY = b'{"id":820982911946154508,"total_price":"129.00","total_price_set":{"amount":"129.00"}}'
TRUE = Envelope(
    subscription_id="gid://shopify/WebhookSubscription/1",
    topic="orders/updated",
    webhook_id="the-true-id",
    address="https://hooks.example.com/",
    headers=(
        ("Content-Type", "application/json"),
        ("X-Shopify-Hmac-Sha256", sign(APP.value.get_secret_value(), TRUE_BODY)),
        ("X-Shopify-Topic", "orders/updated"),
        ("X-Shopify-Webhook-Id", "the-true-id"),
    ),
    body=TRUE_BODY,
)


CONTEXT = TamperContext(secret=APP.value, other_secret=OTHER.value)


def tampered(tamper, envelope=TRUE):
    (sent,) = envelope.tampered(tamper, CONTEXT, webhook_id="another-id")
    return sent


def checked(envelope, *secrets):
    return check(secrets, envelope.body, dict(envelope.headers).get("X-Shopify-Hmac-Sha256")).signature


@pytest.mark.parametrize("tamper", [each for each in TAMPERS.values() if not each.genuine])
def test_a_forgery_has_an_id_of_its_own_and_is_known_as_one(tamper):
    forgery = tampered(tamper)

    assert forgery.webhook_id == "another-id"
    assert dict(forgery.headers)["X-Shopify-Webhook-Id"] == "another-id"
    assert forgery.forged
    assert not TRUE.forged


def test_a_duplicate_is_shopifys_own_and_keeps_its_id():
    assert TRUE.tampered(tampering.DUPLICATE, CONTEXT, webhook_id="another-id") == (TRUE, TRUE)


@pytest.mark.parametrize(
    ("envelope", "status", "wanted"),
    [
        (TRUE, 200, True),
        (TRUE, 401, False),
        (tampered(tampering.BODY), 401, True),
        (tampered(tampering.BODY), 404, False),
        (tampered(tampering.BODY), 200, False),
        (tampered(tampering.GZIP), 200, True),
        (replace(TRUE, forged=True), 404, True),
        (replace(TRUE, forged=True), 200, False),
    ],
)
def test_the_answer_that_is_wanted_depends_on_how_it_was_tampered_with(envelope, status, wanted):
    assert envelope.answered_as_required(Answer(status=status, seconds=0.1)) is wanted


def test_a_tampered_body_keeps_its_length_and_signature_and_one_byte_differs():
    forgery = tampered(tampering.BODY)

    assert len(forgery.body) == len(TRUE_BODY)
    assert sum(one != other for one, other in zip(TRUE_BODY, forgery.body, strict=True)) == 1
    assert dict(forgery.headers)["X-Shopify-Hmac-Sha256"] == dict(TRUE.headers)["X-Shopify-Hmac-Sha256"]
    assert checked(forgery, APP) is Signature.INVALID


def test_a_wrong_secret_signs_the_true_body():
    forgery = tampered(tampering.SECRET)

    assert forgery.body == TRUE_BODY
    assert checked(forgery, APP) is Signature.INVALID
    assert checked(forgery, OTHER) is Signature.VALID


def test_a_missing_header_leaves_everything_else_as_it_was():
    forgery = tampered(tampering.MISSING_SIGNATURE)

    assert checked(forgery, APP) is Signature.MISSING
    assert forgery.body == TRUE_BODY
    assert [name for name, _ in forgery.headers] == [
        "Content-Type",
        "X-Shopify-Topic",
        "X-Shopify-Webhook-Id",
    ]


def test_headers_that_were_recorded_in_another_spelling_are_found():
    lower = replace(TRUE, headers=tuple((name.lower(), value) for name, value in TRUE.headers))

    stranger = tampered(tampering.SECRET, lower)
    silent = tampered(tampering.MISSING_SIGNATURE, lower)

    claimed = dict(stranger.headers)["x-shopify-hmac-sha256"]
    assert check([OTHER], TRUE_BODY, claimed).signature is Signature.VALID
    assert dict(stranger.headers)["x-shopify-webhook-id"] == "another-id"
    assert "x-shopify-hmac-sha256" not in dict(silent.headers)
