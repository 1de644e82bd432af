from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devhook.errors import InputError
from devhook.inbox.database import Inbox
from devhook.inbox.recorded import Recorded, RecordedAnswer, keep_recorded, recorded
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.delivery import Delivery, Origin, Signature

NOW = datetime(2026, 7, 4, 12, 0, 0, 654321, tzinfo=UTC)
latin = st.text(st.characters(max_codepoint=255), max_size=20)
headers = st.lists(st.tuples(latin, latin), max_size=5).map(tuple)
whole = st.builds(
    Recorded,
    id=st.just(0),
    delivery=st.builds(
        Delivery,
        received_at=st.datetimes(datetime(1970, 1, 2), datetime(2999, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        method=st.sampled_from(["POST", "PUT"]),
        path=latin,
        headers=headers,
        body=st.binary(max_size=200),
    ),
    signature=st.sampled_from(Signature),
    signed_with=st.none() | st.just("app"),
    origin=st.sampled_from(Origin),
    answers=st.lists(
        st.builds(
            RecordedAnswer,
            by=st.sampled_from(["receiver", "http://localhost:3000/"]),
            at=st.just(NOW),
            answer=st.builds(
                Answer,
                status=st.none() | st.integers(0, 999),
                seconds=st.integers(0, 10**9).map(lambda microseconds: microseconds / 1e6),
                headers=headers,
                body=st.binary(max_size=50),
                cut=st.booleans(),
                failure=st.none() | st.sampled_from(Failure),
                error=st.sampled_from(["", "Connection refused."]),
            ),
        ),
        max_size=3,
    ).map(tuple),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_in=whole)
def test_an_added_delivery_is_recorded_completely(inbox, given_in):
    (delivery_id,) = keep_recorded(inbox, [given_in], NOW)

    assert recorded(inbox, delivery_id) == given_in.model_copy(update={"id": delivery_id})
    assert inbox.row(delivery_id).size == len(given_in.delivery.body)


def test_a_delivery_of_the_receiver_is_recorded_with_its_answer(inbox, arrival):
    (delivery_id,) = inbox.add([arrival(signed_with="app", status=401)])

    taken = recorded(inbox, delivery_id)

    assert taken.delivery == inbox.delivery(delivery_id)
    assert (taken.signature, taken.signed_with, taken.origin) == ("valid", "app", "shopify")
    assert [(answer.by, answer.answer.status) for answer in taken.answers] == [("receiver", 401)]


def test_when_one_delivery_cannot_be_read_nothing_is_written(inbox, path, arrival):
    inbox.add([arrival()])
    one = recorded(inbox, 1)

    def broken():
        yield one
        raise InputError("Line 2 is broken.")

    with pytest.raises(InputError, match="Line 2"):
        keep_recorded(inbox, broken(), NOW)

    with Inbox.open(path) as other:
        assert [row.id for row in other.rows()] == [1]


def test_ids_come_oldest_first_whatever_was_removed(inbox, arrival):
    inbox.add([arrival() for _ in range(1500)])
    with inbox.writing() as connection:
        connection.execute("DELETE FROM deliveries WHERE id BETWEEN 2 AND 1400")

    assert [row.id for row in inbox.rows()] == [1, *range(1401, 1501)]


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([], None),
        ([("receiver", 200)], 200),
        ([("receiver", 200), ("http://a", 500), ("http://b", 502)], 502),
        ([("http://a", 500), ("receiver", 200)], 500),
    ],
)
def test_the_recorded_answer_is_the_last_one_of_the_target(answers, told):
    each = Recorded(
        id=1,
        delivery=Delivery(received_at=NOW),
        signature=Signature.VALID,
        answers=[
            RecordedAnswer(by=by, at=NOW, answer=Answer(status=status, seconds=0)) for by, status in answers
        ],
    )

    assert (each.answer and each.answer.answer.status) == told
