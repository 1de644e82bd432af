import re
from datetime import datetime, timedelta, timezone
from random import Random

import pytest

from devhook.forge.shopify_headers import HeaderValues, random_uuids, triggered_at

VALUES = HeaderValues(
    topic="orders/updated",
    shop="kiln-and-clay.myshopify.com",
    api_version="2026-10",
    webhook_id="b54557e4-bdd9-4b37-8a5f-000000000002",
    event_id="98880550-7158-4bd4-9e0b-000000000001",
    triggered_at="2026-11-23T09:15:00.000000001Z",
)


def values(**changes):
    return VALUES.model_copy(update=changes)


def test_it_has_the_documented_headers_in_the_case_and_order_of_the_captures():
    headers = values(name="devhook-1", resource_id=820982911946154508).headers("signed=")

    assert headers == (
        ("User-Agent", "Shopify-Captain-Hook"),
        ("Accept", "*/*"),
        ("Accept-Encoding", "gzip;q=1.0,deflate;q=0.6,identity;q=0.3"),
        ("Content-Type", "application/json"),
        ("X-Shopify-API-Version", "2026-10"),
        ("X-Shopify-Event-Id", "98880550-7158-4bd4-9e0b-000000000001"),
        ("X-Shopify-Hmac-Sha256", "signed="),
        ("X-Shopify-Name", "devhook-1"),
        ("X-Shopify-Order-Id", "820982911946154508"),
        ("X-Shopify-Shop-Domain", "kiln-and-clay.myshopify.com"),
        ("X-Shopify-Test", "false"),
        ("X-Shopify-Topic", "orders/updated"),
        ("X-Shopify-Triggered-At", "2026-11-23T09:15:00.000000001Z"),
        ("X-Shopify-Webhook-Id", "b54557e4-bdd9-4b37-8a5f-000000000002"),
    )


def test_without_a_signature_there_is_no_header_for_it():
    assert "X-Shopify-Hmac-Sha256" not in dict(VALUES.headers(None))


@pytest.mark.parametrize(
    ("topic", "named"),
    [
        ("orders/paid", "X-Shopify-Order-Id"),
        ("products/update", "X-Shopify-Product-Id"),
        ("refunds/create", None),
        ("customer.tags_added", None),
    ],
)
def test_only_orders_and_products_repeat_their_id_in_a_header(topic, named):
    written = dict(values(topic=topic, resource_id=7).headers("signed="))

    assert [name for name, value in written.items() if value == "7"] == ([named] if named else [])


def test_a_sample_says_that_it_is_one():
    assert dict(values(test=True).headers(None))["X-Shopify-Test"] == "true"


def test_a_name_beyond_ascii_is_its_utf_8_bytes_read_as_latin_1():
    name = dict(values(name="Käse 🧀").headers(None))["X-Shopify-Name"]

    assert name.encode("latin-1").decode("utf-8") == "Käse 🧀"


def test_the_time_is_utc_with_nanoseconds():
    berlin = timezone(timedelta(hours=1))

    assert (
        triggered_at(datetime(2026, 11, 23, 0, 15, 7, 5, tzinfo=berlin), 42)
        == "2026-11-22T23:15:07.000005042Z"
    )


def test_ids_are_version_4_uuids_and_repeat_only_with_their_seed():
    ids, same, others = (random_uuids(Random(seed)) for seed in (7, 7, 8))
    first = [ids() for _ in range(3)]

    assert all(
        re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", id_)
        for id_ in first
    )
    assert len(set(first)) == 3
    assert [same() for _ in range(3)] == first
    assert others() not in first
