import pytest

from devhook.sender.summary import AnswerSummary
from devhook.webhook.answer import Answer, Failure

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
