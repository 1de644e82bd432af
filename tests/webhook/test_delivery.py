from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from devhook.webhook.delivery import Arrival, Delivery, Origin, Signature

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def delivery(*headers: tuple[str, str]) -> Delivery:
    return Delivery(received_at=NOON, headers=headers)


def test_shopifys_headers_are_found_whatever_their_case():
    came = delivery(
        ("x-shopify-topic", "orders/updated"),
        ("X-SHOPIFY-SHOP-DOMAIN", "tea-house.myshopify.com"),
        ("X-Shopify-Webhook-Id", "w-1"),
        ("X-Shopify-Event-Id", "e-1"),
        ("X-Shopify-Triggered-At", "2026-11-24T11:59:59.123456789Z"),
        ("X-Shopify-API-Version", "2026-10"),
        ("X-Shopify-Hmac-Sha256", "c2lnbmF0dXJl"),
    )

    assert came.topic == "orders/updated"
    assert came.shop == "tea-house.myshopify.com"
    assert came.webhook_id == "w-1"
    assert came.event_id == "e-1"
    assert came.triggered_at == "2026-11-24T11:59:59.123456789Z"
    assert came.api_version == "2026-10"
    assert came.hmac == "c2lnbmF0dXJl"


def test_the_headers_of_events_are_understood_and_win_over_the_classic_ones():
    came = delivery(("X-Shopify-Topic", "orders/create"), ("shopify-topic", "Order"))

    assert came.topic == "Order"


def test_what_is_not_there_is_none():
    came = delivery(("Content-Length", "2"))

    assert came.topic is None
    assert came.header("x-shopify-topic") is None
    assert came.values("X-Shopify-Topic") == []
    assert came.content_type == ""


def test_a_repeated_header_keeps_all_its_values_and_the_first_one_counts():
    came = delivery(
        ("Via", "1.1 a"), ("X-Shopify-Topic", "a/b"), ("via", "1.1 b"), ("X-Shopify-Topic", "c/d")
    )

    assert came.values("VIA") == ["1.1 a", "1.1 b"]
    assert came.topic == "a/b"
    assert came.headers[2] == ("via", "1.1 b")


def test_a_value_is_stripped_and_read_as_utf8_where_it_is_that():
    sent = "Thé du matin".encode().decode("latin-1")

    assert delivery(("X-Shopify-Name", f"  {sent} ")).shopify("name") == "Thé du matin"


def test_a_value_that_is_not_utf8_is_read_as_latin1():
    assert delivery(("X-Shopify-Name", "Thé")).shopify("name") == "Thé"


@pytest.mark.parametrize(
    ("header", "media_type"),
    [
        ("application/json", "application/json"),
        ("Application/JSON; charset=utf-8", "application/json"),
        (" text/xml ;q=1", "text/xml"),
    ],
)
def test_the_media_type_is_bare_and_in_lower_case(header, media_type):
    assert delivery(("content-type", header)).content_type == media_type


def test_only_a_failed_check_makes_a_delivery_untrusted():
    assert {each for each in Signature if each.trusted} == {Signature.VALID, Signature.UNCHECKED}


def test_a_delivery_cannot_be_changed_and_its_time_has_a_zone():
    came = delivery()

    with pytest.raises(ValidationError):
        came.path = "/elsewhere"
    with pytest.raises(ValidationError):
        Delivery(received_at=NOON.replace(tzinfo=None))


def test_an_arrival_is_from_shopify_and_accepted_unless_said_otherwise():
    arrival = Arrival(delivery=delivery(), signature=Signature.VALID)

    assert (arrival.origin, arrival.status, arrival.signed_with) == (Origin.SHOPIFY, 200, None)
