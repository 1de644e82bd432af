import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.webhook.transfer import unchunked


@pytest.mark.parametrize(
    "framed",
    [
        b'8\r\n{"id":1}\r\n0\r\n\r\n',
        b'8;name=value\r\n{"id":1}\r\n0\r\n\r\n',
        b'3\r\n{"i\r\n5\r\nd":1}\r\n0\r\nDigest: x\r\n\r\n',
        b'008 \n{"id":1}\n0\n\n',
        b'8\r\n{"id":1}\r\n0\r\n',
    ],
)
def test_the_chunks_are_joined(framed):
    assert unchunked(framed) == b'{"id":1}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"id":1}',
        b"0",
        b'8\r\n{"id":1}',
        b'7\r\n{"id":1}\r\n0\r\n\r\n',
        b'8\r\n{"id":1}\r\n0\r\n\r\nmore',
    ],
)
def test_what_is_not_a_complete_chunked_transfer_is_none(body):
    assert unchunked(body) is None


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=5), st.sampled_from([b"\r\n", b"\n"]))
def test_every_body_survives_its_framing(chunks, end):
    framed = b"".join(b"%x%s%s%s" % (len(chunk), end, chunk, end) for chunk in chunks)

    assert unchunked(framed + b"0" + end + end) == b"".join(chunks)
