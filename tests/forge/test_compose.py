from datetime import UTC, datetime

import pytest

from devhook.errors import InputError
from devhook.forge.source import JSON, XML, Source, from_delivery
from devhook.webhook.delivery import Delivery
from devhook.webhook.payload import read_xml
from devhook.webhook.signature import sign

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


def test_only_an_object_can_be_xml(made):
    with pytest.raises(InputError):
        made(source=Source(topic="orders/paid", document=[1]), content_type=XML)
