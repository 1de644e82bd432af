import pytest

from devhook.forge.tampering import tampered
from devhook.webhook.payload import read_json, read_xml


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
    body = b'{"id":820982911946154508,"note":null,"total_price":"129.00"}'
    assert read_json(tampered(body))["total_price"] == "229.00"
    xml = (
        b'<order>\n  <id type="integer">7</id>\n  <total-price type="decimal">129.00</total-price>\n</order>'
    )
    assert read_xml(tampered(xml)) == {"id": 7, "total_price": "229.00"}
