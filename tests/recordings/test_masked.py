import json

import pytest

from devhook.inbox.recorded import RecordedAnswer
from devhook.privacy.mask import Mask
from devhook.recordings.masked import TEST_SECRET, masked, masking
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Signature
from devhook.webhook.signature import check


@pytest.fixture
def mask():
    return Mask(b"a key for tests")


def test_personal_data_goes_and_the_signature_is_that_of_the_test_secret(delivered, mask):
    shared = masked(delivered(), mask)

    document = json.loads(shared.delivery.body)
    assert document["email"] != "grete.lamm@example.com"
    assert (document["id"], document["name"]) == (5_000_000_000_001, "#2001")
    assert check([TEST_SECRET], shared.delivery.body, shared.delivery.hmac).signature == "valid"
    assert (shared.signature, shared.signed_with) == ("valid", "devhook-test-secret")
    assert shared.delivery.header("content-length") == str(len(shared.delivery.body))


def test_a_secret_path_and_what_the_app_answered_go(delivered, mask):
    answer = Answer(
        status=500,
        seconds=0.5,
        headers=(("Set-Cookie", "session=1"),),
        body=b"grete.lamm@example.com",
        error="grete.lamm@example.com failed",
    )
    told = RecordedAnswer(by="http://localhost:3000/", at=delivered().answers[0].at, answer=answer)

    shared = masked(delivered(path="/hooks/4f1c9e", answers=(told,)), mask)

    assert shared.delivery.path == "/webhooks"
    (left,) = shared.answers
    assert (left.answer.status, left.answer.seconds) == (500, 0.5)
    assert (left.answer.headers, left.answer.body) == ((), b"")
    assert "grete" not in shared.model_dump_json()


@pytest.mark.parametrize("signature", [Signature.INVALID, Signature.MISSING])
def test_a_signature_that_failed_still_fails(delivered, mask, signature):
    each = delivered(signature=signature, signed_with=None)
    if signature is Signature.MISSING:
        headers = tuple(pair for pair in each.delivery.headers if "Hmac" not in pair[0])
        each = each.model_copy(update={"delivery": each.delivery.model_copy(update={"headers": headers})})

    shared = masked(each, mask)

    assert (shared.signature, shared.signed_with) == (signature, None)
    assert check([TEST_SECRET], shared.delivery.body, shared.delivery.hmac).signature == signature


def test_what_was_not_checked_and_not_signed_gets_no_signature(delivered, mask):
    shared = masked(delivered(signature=Signature.UNCHECKED, headers=()), mask)

    assert (shared.signature, shared.delivery.headers) == (Signature.UNCHECKED, ())


def test_equal_values_of_one_recording_stay_equal_and_those_of_two_do_not(delivered, mask):
    one, two = (json.loads(each.delivery.body) for each in masking([delivered(1), delivered(2)], mask))
    (other,) = (json.loads(each.delivery.body) for each in masking([delivered(1)], Mask(b"another key")))

    assert one["email"] == two["email"] != other["email"]


@pytest.mark.parametrize("topic", ["customers/redact", "customers/data_request", "shop/redact"])
def test_a_masked_compliance_body_names_the_shop_of_its_header(delivered, mask, topic):
    customer = {"id": 2, "email": "a@example.com"}
    body = {"shop_id": 1, "shop_domain": "acme.myshopify.com", "customer": customer}
    headers = (("X-Shopify-Topic", topic), ("X-Shopify-Shop-Domain", "acme.myshopify.com"))
    each = delivered(headers=headers, body=json.dumps(body).encode())

    shared = masked(each, mask)

    document = json.loads(shared.delivery.body)
    assert document["shop_domain"] == shared.delivery.shop == "acme.myshopify.com"
    assert document["customer"]["email"].endswith("@masked.example")
