import gzip
import zlib

import pytest

from devhook.sender.answers import AnswerSummary, excerpt
from devhook.webhook.answer import Answer, Failure


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
    assert answer(body, Content_Encoding=encoding).text == "Käse"


def test_what_only_claims_to_be_compressed_says_nothing():
    assert answer(b"not really", content_encoding="gzip").text == ""


def test_a_bomb_is_not_unpacked():
    bomb = gzip.compress(bytes(50_000_000))

    assert len(answer(bomb, content_encoding="gzip").text) <= 256 * 1024


def test_what_is_no_utf_8_is_shown_as_far_as_it_can_be():
    assert answer(b"caf\xe9").text == "caf\ufffd"


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


REFUSED = Answer(seconds=0.0, failure=Failure.REFUSED, error="Connection refused.")


def came_to(*answers):
    summary = AnswerSummary()
    for answer in answers:
        summary.add(answer)
    return summary


def test_statuses_and_failures_are_counted_the_most_frequent_first():
    summary = came_to(
        *[Answer(status=200, seconds=0.01)] * 3, Answer(status=500, seconds=0.5), REFUSED, REFUSED
    )

    counts, times = summary.lines()
    assert counts == "3 × 200, 2 × connection refused, 1 × 500"
    assert times == "answered within 10 ms (median), 500 ms (95 %), 500 ms (slowest)"
    assert (summary.count, summary.accepted) == (6, 3)


def test_where_nothing_answered_there_are_no_times():
    summary = came_to(REFUSED)

    assert list(summary.lines()) == ["1 × connection refused"]
    assert summary.latency.total == 0


@pytest.mark.parametrize(
    ("answers", "unreached"),
    [
        ((), False),
        ((REFUSED,), True),
        ((REFUSED, Answer(status=500, seconds=0.1)), False),
        ((Answer(seconds=5.0, failure=Failure.NO_ANSWER),), False),
    ],
)
def test_an_endpoint_is_unreached_when_nothing_got_there(answers, unreached):
    assert came_to(*answers).unreached is unreached
