import pytest
from pydantic import SecretStr

from devhook.scenario.model import Fault
from devhook.simulator.envelope import Envelope
from devhook.simulator.forgeries import FORGERIES, forged
from devhook.webhook.delivery import Signature
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


def test_headers_that_were_recorded_in_another_spelling_are_found():
    lower = TRUE.model_copy(update={"headers": tuple((name.lower(), value) for name, value in TRUE.headers)})

    stranger = forged(lower, Fault.WRONG_SECRET, webhook_id="another-id", other_secret=OTHER.value)
    silent = forged(lower, Fault.MISSING_HEADER, webhook_id="another-id", other_secret=OTHER.value)

    claimed = dict(stranger.headers)["x-shopify-hmac-sha256"]
    assert check([OTHER], BODY, claimed).signature is Signature.VALID
    assert dict(stranger.headers)["x-shopify-webhook-id"] == "another-id"
    assert "x-shopify-hmac-sha256" not in dict(silent.headers)
