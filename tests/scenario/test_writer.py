from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.inbox.recorded import Recorded
from devhook.scenario.loading import read_scenario
from devhook.scenario.writer import scenario_lines
from devhook.text import visible
from devhook.webhook.delivery import Delivery, Signature

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)
NAMES = st.text("abcXYZ-09", min_size=1).filter(
    lambda name: name.lower() not in {"host", "connection", "content-length"}
)
LATIN = st.text(st.characters(max_codepoint=255))


def lines(*deliveries, title="Mine", signature=Signature.VALID):
    recorded = [
        Recorded(id=number, delivery=each, signature=signature) for number, each in enumerate(deliveries, 1)
    ]
    return "\n".join(scenario_lines(title, recorded)) + "\n"


def written(*deliveries, **how):
    """The scenario read back that is written of deliveries."""
    return read_scenario(lines(*deliveries, **how), "mine.toml")


def came(body=b"{}", *, seconds=0.0, headers=(), path="/"):
    return Delivery(received_at=NOON + timedelta(seconds=seconds), path=path, headers=headers, body=body)


@given(
    st.binary() | st.text().map(str.encode),
    st.lists(st.tuples(NAMES, LATIN)),
    LATIN,
    st.sampled_from(Signature),
)
def test_every_byte_comes_back(body, headers, path, signature):
    (step,) = written(came(body, headers=tuple(headers), path=path), signature=signature).steps

    assert (step.content, step.headers, step.path) == (body, tuple(headers), path)
    assert step.signature is signature


@pytest.mark.parametrize(
    "text", ["'''", "ends with '", "\n starts", "a\r\nb", "tab\t'", '"""', "\\", "\x7f", ""]
)
def test_quotes_and_line_feeds_come_back(text):
    (step,) = written(came(text.encode())).steps

    assert step.body == text


def test_a_payload_can_be_read_and_edited_where_it_stands():
    text = lines(came(b'{"note":"it\'s \\u00fc"}'))

    assert """body = '''\n{"note":"it's \\u00fc"}'''""".splitlines()[1] in text


def test_the_pauses_are_those_between_the_arrivals_and_no_longer_than_a_scenario_may_hold():
    scenario = written(
        came(seconds=10), came(seconds=11.25), came(seconds=11), came(seconds=11.000001), came(seconds=99_999)
    )

    assert [step.after for step in scenario.steps] == [0.0, 1.25, 0.0, 0.000001, 3600.0]


def test_what_belonged_to_the_connection_is_left_out():
    kept = (("X-A", "1"), ("x-a", "2"))

    (step,) = written(
        came(headers=(("Host", "a"), *kept, ("Content-Length", "2"), ("X-Devhook-Origin", "replay")))
    ).steps

    assert step.headers == kept


def test_what_it_comes_to_is_expected():
    expected = written(came(), came(), signature=Signature.INVALID).expect

    assert (expected.deliveries, expected.valid, expected.invalid) == (2, 0, 2)


def test_what_cannot_be_seen_is_escaped():
    hostile = came(
        '{"note":"\x1b[2J\u202e\u200b"}'.encode(), headers=(("X-A", "\x9b1m"), ("X-Shopify-Topic", "a\x1bb"))
    )

    text = lines(hostile)

    assert all(visible(line) == line for line in text.split("\n"))
    assert read_scenario(text, "mine.toml").steps[0].content == hostile.body
