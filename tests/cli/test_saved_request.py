import pytest

from devhook.cli.saved_request import headers_of, parted
from devhook.errors import InputError


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize(
    "first", [b"", b"POST /hooks HTTP/1.1", b"POST https://a.example", b"HTTP/1.1 200 OK"]
)
def test_a_request_is_parted_at_its_empty_line(end, first):
    head = [
        *([first] if first else []),
        b"Host: a.example",
        b"X-Shopify-Topic: orders/paid",
        b"",
        b'{"a":1}\n',
    ]

    headers, body = parted(end.join(head))

    assert headers == (("Host", "a.example"), ("X-Shopify-Topic", "orders/paid"))
    assert body == b'{"a":1}\n'


@pytest.mark.parametrize(
    "body", [b"", b'{"a":"b: c\\n\\n"}', b"<order/>\n\n", b"a: b", b"a=b&c=d", b"\x1f\x8b\n\n"]
)
def test_a_body_is_only_a_body(body):
    assert parted(body) == ((), body)


@pytest.mark.parametrize("text", [b"", b"\n", b"{", b"{}", b"[1]", b"nothing of the kind"])
def test_what_holds_no_headers_is_refused(text):
    with pytest.raises(InputError):
        headers_of(text)
