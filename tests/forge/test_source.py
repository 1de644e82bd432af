from datetime import UTC, datetime

import pytest

from devhook.errors import InputError
from devhook.forge.request import JSON, XML
from devhook.forge.source import (
    DEMO_SHOP,
    from_delivery,
    from_file,
    from_sample,
    sample,
    sample_caveat,
)
from devhook.inbox.recorded import Recorded
from devhook.recordings.recording import write_recording
from devhook.webhook.delivery import Delivery, Origin, Signature
from devhook.webhook.topics import UNDOCUMENTED, topic_names

HEADERS = (
    ("X-Shopify-Topic", "orders/paid"),
    ("X-Shopify-Shop-Domain", "acme.myshopify.com"),
    ("X-Shopify-API-Version", "2026-07"),
    ("X-Shopify-Name", "mine"),
    ("X-Shopify-Test", "true"),
    ("X-Shopify-Triggered-At", "2026-11-01T00:00:00.000000001Z"),
    ("Content-Type", "application/json"),
)


def delivery(body, headers=HEADERS):
    return Delivery(received_at=datetime(2026, 11, 2, tzinfo=UTC), headers=headers, body=body)


def test_a_delivery_gives_its_payload_its_bytes_and_what_its_headers_said():
    source = from_delivery(delivery(b'{ "id": 1 }'), 41)

    assert (source.topic, source.document, source.body) == ("orders/paid", {"id": 1}, b'{ "id": 1 }')
    assert (source.shop, source.api_version, source.name) == ("acme.myshopify.com", "2026-07", "mine")
    assert (source.test, source.triggered_at) == (True, "2026-11-01T00:00:00.000000001Z")
    assert (source.delivery_id, source.content_type) == (41, JSON)


def test_it_can_be_made_into_one_of_another_topic():
    assert from_delivery(delivery(b"{}"), topic="orders/updated").topic == "orders/updated"


def test_one_that_cannot_be_read_keeps_its_bytes_and_says_why():
    source = from_delivery(delivery(b'{"id":'))

    assert source.body == b'{"id":'
    assert "not JSON" in source.unreadable


def test_one_in_xml_stays_xml():
    xml = (*HEADERS[:-1], ("Content-Type", "application/xml; charset=utf-8"))

    source = from_delivery(delivery(b'<order><id type="integer">7</id></order>', xml))

    assert (source.content_type, source.document) == (XML, {"id": 7})


def test_one_without_a_topic_needs_one():
    with pytest.raises(InputError):
        from_delivery(delivery(b"{}", ()))


def test_what_a_stranger_wrote_to_act_on_a_terminal_is_left_out():
    headers = (("X-Shopify-Topic", "orders/paid"), ("X-Shopify-Name", "\x1b]52;c;aGk=\x07"))

    assert from_delivery(delivery(b"{}", headers)).name is None


@pytest.mark.parametrize(
    ("text", "content_type", "document"),
    [
        ('{"id": 820982911946154508}', JSON, {"id": 820982911946154508}),
        ('\ufeff<?xml version="1.0"?>\n<order><id type="integer">7</id></order>', XML, {"id": 7}),
    ],
)
def test_a_file_holds_json_or_xml(tmp_path, text, content_type, document):
    (tmp_path / "order").write_text(text, encoding="utf-8")

    source = from_file(tmp_path / "order", "orders/paid")

    assert (source.topic, source.content_type, source.document) == ("orders/paid", content_type, document)
    assert source.body is None


@pytest.mark.parametrize("text", [None, "", '{"id": 1,}', "<order>"])
def test_a_file_that_holds_no_payload_is_named(tmp_path, text):
    if text is not None:
        (tmp_path / "order.json").write_text(text)

    with pytest.raises(InputError) as refused:
        from_file(tmp_path / "order.json", "orders/paid")

    assert "order.json" in refused.value.message


def test_a_recording_of_one_delivery_gives_it_with_its_bytes_and_topic(tmp_path):
    recorded = Recorded(
        id=1, delivery=delivery(b'{ "id": 1 }'), signature=Signature.VALID, origin=Origin.SHOPIFY
    )
    (tmp_path / "one.jsonl").write_text("\n".join(write_recording([recorded])) + "\n")

    source = from_file(tmp_path / "one.jsonl")

    assert (source.topic, source.body, source.shop) == ("orders/paid", b'{ "id": 1 }', "acme.myshopify.com")
    assert source.delivery_id is None


@pytest.mark.parametrize("count", [0, 2])
def test_a_recording_of_none_or_several_is_answered_with_the_way(tmp_path, count):
    recorded = Recorded(id=1, delivery=delivery(b"{}"), signature=Signature.VALID, origin=Origin.SHOPIFY)
    (tmp_path / "many.jsonl").write_text("\n".join(write_recording([recorded] * count)) + "\n")

    with pytest.raises(InputError) as refused:
        from_file(tmp_path / "many.jsonl", "orders/paid")

    assert "many.jsonl" in refused.value.message


def test_a_payload_without_a_topic_is_asked_for_one(tmp_path):
    (tmp_path / "an order.json").write_text("{}")

    with pytest.raises(InputError) as refused:
        from_file(tmp_path / "an order.json")

    assert "--from '" in refused.value.hint


def test_every_topic_has_a_payload():
    assert len(topic_names()) == 221
    assert all(sample(topic) for topic in topic_names())
    assert from_sample("CUSTOMERS_REDACT").topic == "customers/redact"


def test_a_payload_that_shopify_does_not_document_is_said_to_be_a_guess():
    assert set(topic_names()) > UNDOCUMENTED
    assert "Shopify documents no payload for returns/process" in sample_caveat("returns/process")
    assert sample_caveat("returns/close") == ""


def test_they_are_of_the_sample_shop():
    assert sample("shop/redact")["shop_domain"] == DEMO_SHOP


def test_ids_keep_every_digit():
    assert sample("orders/delete") == {"id": 522286293035151460}


@pytest.mark.parametrize(
    ("topic", "near"), [("order/update", "orders/updated"), ("customer/redacted", "customers/redact")]
)
def test_an_unknown_topic_is_answered_with_those_that_are_similar(topic, near):
    with pytest.raises(InputError) as refused:
        sample(topic)

    assert topic in refused.value.message
    assert near in refused.value.hint


def test_a_topic_is_no_path():
    with pytest.raises(InputError):
        sample("../shop")
