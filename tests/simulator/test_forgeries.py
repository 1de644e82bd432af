import pytest
from pydantic import SecretStr

from devhook.sending.scenario import Fault
from devhook.simulator.envelope import Envelope
from devhook.simulator.forgeries import FORGERIES, forged, tampered
from devhook.webhook.delivery import Signature
from devhook.webhook.payload import read_json, read_xml
from devhook.webhook.signature import Secret, check, sign

APP = Secret(name="app", value=SecretStr("shpss_the_apps_own"))
OTHER = Secret(name="other", value=SecretStr("shpss_of_another_app"))
BODY = b'{"id":820982911946154508,"note":null,"total_price":"129.00","total_price_set":{"amount":"129.00"}}'
TRUE = Envelope(
    subscription_id="gid://shopify/WebhookSubscription/1",
    topic="orders/updated",
    webhook_id="the-true-id",
    address="https://hooks.example.com/",
    headers=(
        ("Content-Type", "application/json"),
        ("X-Shopify-Hmac-Sha256", sign(APP.value.get_secret_value(), BODY)),
        ("X-Shopify-Topic", "orders/updated"),
        ("X-Shopify-Webhook-Id", "the-true-id"),
    ),
    body=BODY,
)


def made(fault):
    return forged(TRUE, fault, webhook_id="another-id", other_secret=OTHER.value)


def signature(envelope, *secrets):
    return check(secrets, envelope.body, dict(envelope.headers).get("X-Shopify-Hmac-Sha256")).signature


@pytest.mark.parametrize("fault", sorted(FORGERIES))
def test_a_forgery_has_an_id_of_its_own_and_is_known_as_one(fault):
    forgery = made(fault)

    assert forgery.webhook_id == "another-id"
    assert dict(forgery.headers)["X-Shopify-Webhook-Id"] == "another-id"
    assert forgery.forged
    assert not TRUE.forged


def test_a_tampered_body_keeps_its_length_and_signature_and_one_byte_differs():
    forgery = made(Fault.TAMPERED)

    assert len(forgery.body) == len(BODY)
    assert sum(one != other for one, other in zip(BODY, forgery.body, strict=True)) == 1
    assert dict(forgery.headers)["X-Shopify-Hmac-Sha256"] == dict(TRUE.headers)["X-Shopify-Hmac-Sha256"]
    assert signature(forgery, APP) is Signature.INVALID


def test_a_wrong_secret_signs_the_true_body():
    forgery = made(Fault.WRONG_SECRET)

    assert forgery.body == BODY
    assert signature(forgery, APP) is Signature.INVALID
    assert signature(forgery, OTHER) is Signature.VALID


def test_a_missing_header_leaves_everything_else_as_it_was():
    forgery = made(Fault.MISSING_HEADER)

    assert signature(forgery, APP) is Signature.MISSING
    assert forgery.body == BODY
    assert [name for name, _ in forgery.headers] == [
        "Content-Type",
        "X-Shopify-Topic",
        "X-Shopify-Webhook-Id",
    ]


@pytest.mark.parametrize(
    ("body", "altered"),
    [
        (b'{"id":7,"total_price":"129.00"}', b'{"id":7,"total_price":"229.00"}'),
        (b'{"id":7,"price":"9.00","total_price":"19.00"}', b'{"id":7,"price":"9.00","total_price":"29.00"}'),
        (b'{"id":7,"amount":"0.50"}', b'{"id":7,"amount":"1.50"}'),
        (b'{"id":7,"price":null,"amount":"5.00"}', b'{"id":7,"price":null,"amount":"6.00"}'),
        (b'{"id":79}', b'{"id":71}'),
        (b"{}", b"{ "),
        (b"", b""),
    ],
)
def test_the_byte_altered_is_of_an_amount_where_there_is_one(body, altered):
    assert tampered(body) == altered


def test_a_tampered_body_can_still_be_read():
    assert read_json(tampered(BODY))["total_price"] == "229.00"
    xml = (
        b'<order>\n  <id type="integer">7</id>\n  <total-price type="decimal">129.00</total-price>\n</order>'
    )
    assert read_xml(tampered(xml)) == {"id": 7, "total_price": "229.00"}
