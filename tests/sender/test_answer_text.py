import gzip
import zlib

import pytest

from devhook.sender.answer_text import excerpt, text_of
from devhook.webhook.answer import Answer


def answer(body, **headers):
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answer(status=200, headers=named, body=body, seconds=0.1)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("identity", "Käse".encode()),
        ("gzip", gzip.compress("Käse".encode(), mtime=0)),
        ("GZIP ", gzip.compress("Käse".encode(), mtime=0)),
        ("deflate", zlib.compress("Käse".encode())),
    ],
)
def test_an_answer_is_read_as_what_it_is_encoded_in(encoding, body):
    assert text_of(answer(body, Content_Encoding=encoding)) == "Käse"


def test_what_only_claims_to_be_compressed_says_nothing():
    assert text_of(answer(b"not really", content_encoding="gzip")) == ""


def test_a_bomb_is_not_unpacked():
    bomb = gzip.compress(bytes(50_000_000))

    assert len(text_of(answer(bomb, content_encoding="gzip"))) <= 256 * 1024


def test_what_is_no_utf_8_is_shown_as_far_as_it_can_be():
    assert text_of(answer(b"caf\xe9")) == "caf\ufffd"


def test_a_page_says_what_a_browser_would_show():
    page = (
        "<!DOCTYPE html>\n<html><head><title>Error</title><style>p {color: red}</style></head>\n"
        "<body><script>alert(1 < 2)</script><pre>Cannot POST &#x2F;hook</pre></body></html>"
    )

    assert excerpt(page) == "Cannot POST /hook"


def test_the_beginning_of_a_long_text_is_marked_as_one():
    assert excerpt("word " * 100) == f"{('word ' * 24)[:119]}…"


def test_lines_become_one():
    assert excerpt('{\n  "error": "no"\n}\n') == '{ "error": "no" }'
