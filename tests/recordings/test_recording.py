import json
import subprocess
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devhook.errors import InputError
from devhook.inbox.recorded import Recorded, RecordedAnswer, keep_recorded, recorded
from devhook.recordings.masked import TEST_SECRET
from devhook.recordings.recording import is_recording, read_recording, write_recording
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.delivery import Delivery, Origin, Signature

latin = st.text(st.characters(max_codepoint=255), max_size=20)
headers = st.lists(st.tuples(latin, latin), max_size=5).map(tuple)
octets = st.binary(max_size=200) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))
moments = st.datetimes(datetime(1971, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
anything = st.builds(
    Recorded,
    id=st.integers(0, 10**9),
    delivery=st.builds(
        Delivery,
        received_at=moments,
        method=st.sampled_from(["POST", "PUT"]),
        path=latin,
        headers=headers,
        body=octets,
    ),
    signature=st.sampled_from(Signature),
    signed_with=st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
    origin=st.sampled_from(Origin),
    answers=st.lists(
        st.builds(
            RecordedAnswer,
            by=st.sampled_from(["receiver", "http://localhost:3000/hooks"]),
            at=moments,
            answer=st.builds(
                Answer,
                status=st.none() | st.integers(0, 999),
                seconds=st.integers(0, 10**8).map(lambda microseconds: microseconds / 1e6),
                headers=headers,
                body=octets,
                cut=st.booleans(),
                failure=st.none() | st.sampled_from(Failure),
                error=st.sampled_from(["", "Connection refused."]),
            ),
        ),
        max_size=3,
    ).map(tuple),
)


def lines(*deliveries, **more):
    return [f"{line}\n".encode() for line in write_recording(deliveries, **more)]


def read(lines):
    return list(read_recording(lines, "a.jsonl"))


@given(deliveries=st.lists(anything, max_size=4))
def test_a_recording_is_exact(deliveries):
    assert read(lines(*deliveries)) == deliveries


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries=st.lists(anything, min_size=1, max_size=4))
def test_from_an_inbox_through_a_recording_into_an_inbox_nothing_changes(inbox, deliveries):
    first = keep_recorded(inbox, deliveries, datetime.now(UTC))

    written = lines(*(recorded(inbox, number) for number in first))
    second = keep_recorded(inbox, read(written), datetime.now(UTC))

    for before, after in zip(first, second, strict=True):
        assert recorded(inbox, after) == recorded(inbox, before).model_copy(update={"id": after})
    tables = {
        "deliveries": "received_at, method, path, topic, shop, webhook_id, event_id, signature, signed_with",
        "bodies": "headers, body",
    }
    for table, columns in tables.items():
        key = "id" if table == "deliveries" else "delivery_id"
        one, two = (
            inbox.query(f"SELECT {columns} FROM {table} WHERE {key} BETWEEN ? AND ?", of[0], of[-1])
            for of in (first, second)
        )
        assert one == two
    assert [row.id for row in inbox.rows()][-1] == second[-1]


def test_a_body_that_is_text_can_be_read_and_any_other_is_base64(delivered):
    _, text, binary = lines(delivered(body='{"note":"Grüße \u2028"}'.encode()), delivered(body=b"\xff\x00"))

    assert json.loads(text)["body"] == '{"note":"Grüße \u2028"}'
    assert "body_base64" not in json.loads(text)
    assert json.loads(binary)["body_base64"] == "/wA="
    assert text.isascii()


@pytest.mark.parametrize("body", [b"", b"\xef\xbb\xbf{}", b"{}\r\n", b"\xed\xa0\x80", b"\x00", b"\xc0\xaf"])
def test_bodies_that_a_text_would_lose_survive(delivered, body):
    (back,) = read(lines(delivered(body=body)))

    assert back.delivery.body == body


def test_a_line_tells_what_people_look_for(delivered):
    head, line = lines(delivered(7))

    assert json.loads(head)["recording"] == 1
    assert json.loads(head)["test_secret"] is None
    told = json.loads(line)
    assert (told["id"], told["topic"], told["received_at"]) == (
        7,
        "orders/updated",
        "2026-07-04T12:00:07.123456+00:00",
    )
    assert told["headers"][4] == ["x-shopify-webhook-id", "w-7"]
    assert told["answers"] == [{"by": "receiver", "at": "2026-07-04T12:00:07.123456+00:00", "status": 200}]


@pytest.mark.tools
def test_jq_filters_a_recording_into_a_recording(delivered):
    given_in = b"".join(lines(delivered(1), delivered(2), delivered(3)))

    done = subprocess.run(["jq", "-c", "select(.id > 1)"], input=given_in, capture_output=True, check=True)

    assert read(done.stdout.splitlines()) == [delivered(2), delivered(3)]


def test_the_test_secret_stands_in_the_first_line(delivered):
    head, _ = lines(delivered(), test_secret=TEST_SECRET)

    assert json.loads(head)["test_secret"] == {"name": "devhook-test-secret", "value": "devhook-test-secret"}


def test_recordings_can_be_cut_and_put_together(delivered):
    one, two = lines(delivered(1), delivered(2)), lines(delivered(3))

    assert read([*one[1:], b"\n", *two, *one[:1]]) == [delivered(1), delivered(2), delivered(3)]
    assert read([]) == []


def test_what_a_later_devhook_adds_to_a_line_is_passed_over(delivered):
    _, line = lines(delivered())

    assert read([json.dumps(json.loads(line) | {"weather": "fair"}).encode()]) == [delivered()]


ANSWERED = {"by": "receiver", "at": "2026-07-04T12:00:00Z"}


def _changed(**fields):
    def change(line):
        told = json.loads(line) | fields
        return json.dumps({key: value for key, value in told.items() if value is not ...}).encode()

    return change


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda line: line[:40], "not valid JSON at column"),
        (lambda _: b"[1]", "not a line of a recording"),
        (lambda _: b'{"id":1}', '"recording" is missing'),
        (lambda _: b"\xff\xfe\xff", "not "),
        (lambda _: b"[" * 100_000, "nested too deep"),
        (_changed(recording=2), "version 2 of the format, and this devhook reads version 1"),
        (_changed(recording="x"), "version 'x'"),
        (_changed(headers=...), "headers: field required"),
        (_changed(headers=[["a"]]), "headers.0.1: field required"),
        (_changed(headers=[["a", 1]]), "headers.0.1: input should be a valid string"),
        (_changed(headers=[["a", "\u0100"]]), "headers: it contains a character that is not a byte"),
        (_changed(path="/\u2028"), "path: it contains a character that is not a byte"),
        (_changed(method="PO ST"), "method: "),
        (_changed(body=...), "neither body nor body_base64 is set"),
        (_changed(body_base64="AA=="), "only one is allowed"),
        (_changed(body=..., body_base64="?"), "body_base64 is not base64"),
        (_changed(body="\ud800"), "contains a surrogate"),
        (_changed(received_at="yesterday"), "received_at: "),
        (_changed(received_at="2026-07-04T12:00:00"), "received_at: input should have timezone info"),
        (_changed(signature="good"), "signature: input should be 'valid'"),
        (_changed(answers=[{"by": "receiver"}]), "answers.0.at: field required"),
        (_changed(id="one"), "id: "),
        (_changed(received_at="0001-01-01T00:00:00+14:00"), "received_at: input should be greater than"),
        (_changed(received_at="9999-12-31T23:59:59-12:00"), "received_at: input should be less than"),
        (_changed(answers=[{"by": "x", "at": "9999-12-31T23:59:59Z"}]), "answers.0.at: input should be less"),
        (_changed(answers=[ANSWERED | {"status": 10**30}]), "answers.0.status: input should be less than"),
        (_changed(answers=[ANSWERED | {"seconds": 1e308}]), "answers.0.seconds: input should be less than"),
        (
            _changed(answers=[ANSWERED | {"seconds": float("nan")}]),
            "answers.0.seconds: input should be a fin",
        ),
        (
            lambda line: b'{"x": 1%s, ' % (b"0" * 5_000) + line.lstrip(b"{"),
            "a number of more digits than Python reads",
        ),
    ],
)
def test_a_wrong_line_is_named_with_what_is_wrong(delivered, spoil, words):
    head, one, two = lines(delivered(1), delivered(2))

    with pytest.raises(InputError) as caught:
        read([head, one, spoil(two)])

    assert caught.value.message.startswith("a.jsonl, line 3: ")
    assert words in caught.value.message
    assert "Nothing was imported" in caught.value.hint


def test_a_later_version_is_told_with_the_way_out(delivered):
    with pytest.raises(InputError) as caught:
        read([b'{"recording":2,"made_by":"devhook 9"}'])

    assert "pip install --upgrade devhook" in caught.value.hint


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        (b'{"recording":1}', True),
        (b'{"recording":99,"x":[]}\n', True),
        (b'{"log":{}}', False),
        (b"{\n", False),
        (b"[]", False),
        (b"", False),
        (b"[" * 100_000, False),
    ],
)
def test_a_recording_is_known_by_its_line(line, is_one):
    assert is_recording(line) is is_one


def test_a_long_recording_is_written_and_read_in_little_memory(delivered):
    each = delivered(body=b'{"note":"%s"}' % (b"x" * 20_000))

    tracemalloc.start()
    written = (f"{line}\n".encode() for line in write_recording(each for _ in range(1_000)))
    count = sum(1 for _ in read_recording(written, "a.jsonl"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 1_000
    assert peak < 2 * 2**20
