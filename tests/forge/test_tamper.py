"""Every way to tamper, against an endpoint of a few lines that checks as Shopify's documentation says."""

import base64
import gzip
import hashlib
import hmac

import pytest
from pydantic import SecretStr

from devhook.forge import tamper as tampering
from devhook.forge.request import XML, SignedRequest
from devhook.forge.source import from_sample
from devhook.forge.tamper import TAMPERS
from devhook.webhook.payload import read_json, read_xml
from devhook.webhook.signature import sign

SECRET = "the app's own"


def answered(headers, body):
    """What a small endpoint answers; nothing of devhook is in it."""
    named = {name.lower(): value for name, value in headers}
    claimed = named.get("x-shopify-hmac-sha256")
    right = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    if claimed is None or not hmac.compare_digest(claimed, right):
        return 401
    return 200 if body and "x-shopify-topic" in named else 400


@pytest.mark.parametrize("tamper", list(TAMPERS.values()))
@pytest.mark.parametrize("topic", ["orders/updated", "orders/delete", "customers/redact"])
def test_a_right_endpoint_answers_each_as_it_must(made, topic, tamper):
    requests = made(topic, tamper=tamper)

    assert all(tamper.fits(answered(each.headers, each.body)) for each in requests)


@pytest.mark.parametrize(
    "tamper", [each for name, each in TAMPERS.items() if name not in {"duplicate", "stale", "huge"}]
)
@pytest.mark.parametrize("blind", [200, 500])
def test_one_that_checks_nothing_and_one_that_fails_are_found_out(tamper, blind):
    assert tamper.fits(blind) is (tamper is tampering.GZIP and blind == 200)


def changed_in(made, tamper, topic="orders/updated"):
    """The headers that differ from a whole delivery's, and the bodies of both."""
    (whole,), (spoiled, *_) = made(topic), made(topic, tamper=tamper)
    before, after = dict(whole.headers), dict(spoiled.headers)
    differing = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return differing, whole, spoiled


@pytest.mark.parametrize(
    ("tamper", "headers", "same_body"),
    [
        (tampering.BODY, set(), False),
        (tampering.SIGNATURE, {"X-Shopify-Hmac-Sha256"}, True),
        (tampering.SECRET, {"X-Shopify-Hmac-Sha256"}, True),
        (tampering.MISSING_SIGNATURE, {"X-Shopify-Hmac-Sha256"}, True),
        (tampering.MISSING_TOPIC, {"X-Shopify-Topic"}, True),
        (tampering.HEX, {"X-Shopify-Hmac-Sha256"}, True),
        (tampering.RE_SERIALISED, set(), False),
        (tampering.STALE, {"X-Shopify-Hmac-Sha256", "X-Shopify-Triggered-At"}, False),
        (tampering.DUPLICATE, set(), True),
        (tampering.EMPTY, {"X-Shopify-Hmac-Sha256"}, False),
        (tampering.GZIP, {"Content-Encoding"}, False),
        (tampering.HUGE, {"X-Shopify-Hmac-Sha256"}, False),
    ],
)
def test_nothing_but_what_it_says_is_different(made, tamper, headers, same_body):
    differing, whole, spoiled = changed_in(made, tamper)

    assert differing == headers
    assert (whole.body == spoiled.body) is same_body


def test_one_byte_of_the_body_is_altered(made):
    _, whole, spoiled = changed_in(made, tampering.BODY)

    assert sum(a != b for a, b in zip(whole.body, spoiled.body, strict=True)) == 1


def test_one_character_of_the_signature_is_altered_and_it_stays_a_signatures_length(made):
    _, whole, spoiled = changed_in(made, tampering.SIGNATURE)

    before, after = (dict(each.headers)["X-Shopify-Hmac-Sha256"] for each in (whole, spoiled))
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1
    assert len(base64.b64decode(after, validate=True)) == 32


def test_the_other_secret_made_the_signature(made):
    _, _, spoiled = changed_in(made, tampering.SECRET)

    assert dict(spoiled.headers)["X-Shopify-Hmac-Sha256"] == sign("a stranger's", spoiled.body)


def test_the_hexadecimal_says_the_same_as_the_base64(made):
    _, whole, spoiled = changed_in(made, tampering.HEX)

    before, after = (dict(each.headers)["X-Shopify-Hmac-Sha256"] for each in (whole, spoiled))
    assert bytes.fromhex(after) == base64.b64decode(before)


@pytest.mark.parametrize("topic", ["orders/updated", "orders/delete"])
def test_what_was_written_again_is_the_same_document(made, topic):
    _, whole, spoiled = changed_in(made, tampering.RE_SERIALISED, topic)

    assert read_json(spoiled.body) == read_json(whole.body)


def test_xml_that_was_written_again_is_the_same_document(made):
    (whole,) = made(content_type=XML)
    (spoiled,) = made(content_type=XML, tamper=tampering.RE_SERIALISED)

    assert spoiled.body != whole.body
    assert read_xml(spoiled.body) == read_xml(whole.body)


def test_a_stale_one_is_a_day_older_than_what_it_is_made_of_and_rightly_signed(made):
    source = from_sample("orders/updated").model_copy(
        update={"triggered_at": "2026-05-13T09:16:33.000000007Z"}
    )
    (spoiled,) = made(source=source, tamper=tampering.STALE)

    assert dict(spoiled.headers)["X-Shopify-Triggered-At"] == "2026-05-12T09:16:33.000000007Z"
    assert read_json(spoiled.body)["updated_at"] == "2026-05-12T10:16:33+01:00"
    assert source.document["updated_at"] == "2026-05-13T10:16:33+01:00"


def test_without_a_delivery_it_is_a_day_old(made):
    (spoiled,) = made("orders/delete", tamper=tampering.STALE)

    assert dict(spoiled.headers)["X-Shopify-Triggered-At"] == "2026-11-22T09:15:00.123456000Z"


def test_a_duplicate_is_two_of_the_same(made):
    first, second = made(tamper=tampering.DUPLICATE)

    assert first == second


def test_the_compressed_body_is_the_one_that_was_signed(made):
    _, whole, spoiled = changed_in(made, tampering.GZIP)

    assert gzip.decompress(spoiled.body) == whole.body
    names = [name for name, _ in spoiled.headers]
    assert names.index("Content-Encoding") == names.index("Content-Type") + 1


def test_a_huge_one_is_more_than_the_receiver_takes_and_still_the_same_document(made):
    _, whole, spoiled = changed_in(made, tampering.HUGE)

    assert len(spoiled.body) == tampering.HUGE_BYTES > 5 * 2**20
    assert read_json(spoiled.body) == read_json(whole.body)


def altered_byte(body):
    context = tampering.TamperContext(secret=SecretStr("app"), other_secret=SecretStr("other"))
    ((request),) = tampering.BODY.requests(SignedRequest(headers=(), body=body), context)
    return request.body


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
    assert altered_byte(body) == altered


def test_a_tampered_body_can_still_be_read():
    body = b'{"id":820982911946154508,"note":null,"total_price":"129.00"}'
    assert read_json(altered_byte(body))["total_price"] == "229.00"
    xml = (
        b'<order>\n  <id type="integer">7</id>\n  <total-price type="decimal">129.00</total-price>\n</order>'
    )
    assert read_xml(altered_byte(xml)) == {"id": 7, "total_price": "229.00"}
