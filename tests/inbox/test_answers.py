from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devhook.inbox.deliveries import Answered
from devhook.inbox.readings import read_new
from devhook.webhook.answer import Answer, Failure

NOW = datetime(2026, 7, 4, 12, 0, 1, 250000, tzinfo=UTC)
APP = "http://localhost:3000/webhooks"

latin = st.text(st.characters(max_codepoint=255), max_size=20)


def answered(delivery_id, by=APP, at=NOW, **answer):
    return Answered(delivery_id=delivery_id, by=by, at=at, answer=Answer(**{"seconds": 0.25} | answer))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    status=st.none() | st.integers(100, 999),
    headers=st.lists(st.tuples(latin, latin), max_size=4),
    body=st.binary(max_size=200),
    cut=st.booleans(),
    failure=st.none() | st.sampled_from(Failure),
    error=st.text(max_size=20),
)
def test_an_answer_comes_back_as_it_was(inbox, arrival, status, headers, body, cut, failure, error):
    (delivery_id,) = inbox.add([arrival()])
    given_in = answered(
        delivery_id,
        status=status,
        headers=tuple(headers),
        body=body,
        cut=cut,
        failure=failure,
        error=error,
    )

    inbox.add([], [given_in])

    assert inbox.answers(delivery_id) == [given_in]


def test_the_row_tells_the_last_answer_of_a_target(inbox, arrival):
    (delivery_id,) = inbox.add([arrival()])
    before = inbox.row(delivery_id)

    inbox.add(
        [], [answered(delivery_id, status=500), answered(delivery_id, "http://localhost:4/", status=204)]
    )

    row = inbox.row(delivery_id)
    assert before.target is None
    assert (row.target.by, row.target.status, row.target.seconds) == ("http://localhost:4/", 204, 0.25)
    assert row.status == 200


def test_a_failure_is_in_the_row(inbox, arrival):
    (delivery_id,) = inbox.add([arrival()])

    inbox.add([], [answered(delivery_id, failure=Failure.REFUSED, error="Connection refused.")])

    assert inbox.row(delivery_id).target.failure is Failure.REFUSED
    assert inbox.answers(delivery_id)[0].answer.error == "Connection refused."


def test_what_devhook_says_itself_may_be_written_down_later(inbox, arrival):
    (delivery_id,) = inbox.add([arrival(status=None)])
    before = inbox.row(delivery_id).status

    inbox.add([], [answered(delivery_id, "receiver", status=503)])

    assert before is None
    assert inbox.row(delivery_id).status == 503
    assert inbox.answers(delivery_id) == []


def test_answers_are_news_to_whoever_asks_for_those_after_one(inbox, arrival):
    first, second = inbox.add([arrival(), arrival()])
    seen = inbox.newest_answer()

    inbox.add([], [answered(second, status=200), answered(first, status=200)])

    assert [delivery for _, delivery in inbox.answered_after(seen)] == [second, first]
    assert inbox.answered_after(inbox.newest_answer()) == []


def test_an_answer_to_a_delivery_that_is_gone_is_left_out(inbox, arrival):
    (delivery_id,) = inbox.add([arrival()])

    inbox.add([], [answered(delivery_id + 1, status=200), answered(delivery_id, status=200)])

    assert len(inbox.answers(delivery_id)) == 1
    assert inbox.answers(delivery_id + 1) == []


def test_a_row_that_is_read_keeps_its_target(inbox, arrival, order):
    (delivery_id,) = inbox.add([arrival(document=order())])
    inbox.add([], [answered(delivery_id, status=422)])

    (row,) = read_new(inbox)

    assert row.target.status == 422
    assert row.subject.name == "#2001"
