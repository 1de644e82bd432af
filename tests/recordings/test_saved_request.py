import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.errors import InputError
from devhook.recordings.saved_request import read_request

HMAC = ("X-Shopify-Hmac-Sha256", "abc=")
BODY = b'{"id":1}'


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"POST /hooks HTTP/1.1",
        b"POST https://a.example",
        b"HTTP/1.1 200 OK",
        b"POST {{target}}/a HTTP/1.1",
    ],
)
def test_a_request_is_parted_at_its_empty_line(end, first):
    head = [
        *([first] if first else []),
        b"Host: a.example",
        b"X-Shopify-Topic: orders/paid",
        b"",
        b'{"a":1}\n',
    ]

    read = read_request(end.join(head))

    assert read.headers == (("Host", "a.example"), ("X-Shopify-Topic", "orders/paid"))
    assert read.body == b'{"a":1}\n'
    assert read.path == ("/hooks" if b"/hooks" in first else "/")


@pytest.mark.parametrize(
    "body",
    [b"", b'{"a":"b: c\\n\\n"}', b"<order/>\n\n", b"a: b", b"a=b&c=d", b"\x1f\x8b\n\n", b"\n\n{}", b"# no"],
)
def test_a_body_is_only_a_body(body):
    assert read_request(body) == ((), body, "/")


def test_chunk_framing_belongs_to_the_transfer():
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"

    assert read_request(head + b"8\r\n" + BODY + b"\r\n0\r\n\r\n").body == BODY
    assert read_request(head + BODY).body == BODY
    assert read_request(b"POST / HTTP/1.1\r\nA: b\r\n\r\n8\r\n" + BODY + b"\r\n0\r\n\r\n").body.startswith(
        b"8"
    )


def test_the_line_end_of_an_editor_after_the_announced_length_is_not_the_bodys():
    head = b"POST / HTTP/1.1\nContent-Length: %d\n\n"

    assert read_request(head % 8 + BODY + b"\r\n\n").body == BODY
    assert read_request(head % 9 + BODY + b"\n").body == BODY + b"\n"
    assert read_request(head % 3 + BODY + b"\n").body == BODY + b"\n"


def test_a_http_file_may_begin_with_variables_and_comments():
    file = (
        b"@target = http://localhost:3000\n\n### 12 orders/paid\n# a comment\n// another\n"
        b"POST {{target}}/hooks HTTP/1.1\nX-Shopify-Hmac-Sha256: abc=\n\n" + BODY + b"\n\n"
    )

    assert read_request(file)[:2] == ((HMAC,), BODY)
    assert read_request(file + b"###\n")[:2] == ((HMAC,), BODY)


def test_of_several_requests_none_is_chosen():
    one = b"### 1\nPOST / HTTP/1.1\nX-Shopify-Hmac-Sha256: abc=\n\n" + BODY + b"\n"

    with pytest.raises(InputError, match="contains 3 requests"):
        read_request(one * 3)


VERBOSE = (
    b"*   Trying 127.0.0.1:3000...\n* Connected to localhost (127.0.0.1) port 3000 (#0)\n"
    b"> POST /hooks HTTP/1.1\r\n> Host: localhost:3000\r\n> X-Shopify-Hmac-Sha256: abc=\r\n"
    b"> Content-Length: 8\r\n>\r\n"
)
ANSWER = (
    b"* upload completely sent off: 8 bytes\n* Mark bundle as not supporting multiuse\n"
    b"< HTTP/1.1 401 Unauthorized\r\n< Content-Length: 2\r\n<\r\nno\n* Connection #0 left intact\n"
)


def test_curl_prints_headers_and_no_body():
    read = read_request(VERBOSE + ANSWER)

    assert HMAC in read.headers
    assert ("Content-Length", "2") not in read.headers
    assert read.body is None


PIECES = st.sampled_from(
    [
        *(b"POST / HTTP/1.1", b"> POST / HTTP/2", b"> A: b", b">", b"< HTTP/2 200", b"<", b"A: b", b"###"),
        *(b"Transfer-Encoding: chunked", b"Content-Length: 99999999999999999999", b"Content-Length: -1"),
        *(b"", b"\n", b"\r\n", b" ", b"{}", b"\xff\x00", b"0", b"5", b"* a", b"@a = b"),
    ]
)


@given(st.lists(PIECES, max_size=12), st.sampled_from([b"\n", b"\r\n"]))
def test_no_text_breaks_it(pieces, end):
    saved = end.join(pieces)
    # There may be several requests in it.
    with contextlib.suppress(InputError):
        read = read_request(saved)

        # Without headers a body is the whole text, or a part of it that stands after what curl printed.
        assert read.headers or read.body is None or read.body in saved


@pytest.mark.parametrize("after", [b"", b"\n", b"\n" + ANSWER, b"\n} [8 bytes data]\n" + ANSWER])
def test_a_body_after_the_headers_that_curl_prints_is_the_body(after):
    read = read_request(VERBOSE + BODY + after)

    assert (read.body, read.path) == (BODY, "/hooks")
    assert HMAC in read.headers
    assert read_request(VERBOSE + b"<a/>\n " + after).body == b"<a/>\n "
