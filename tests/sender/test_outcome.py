import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.sender.outcome import Outcome, duration
from devhook.webhook.answer import Answer, Failure

REFUSED = Answer(seconds=0.0, failure=Failure.REFUSED, error="Connection refused.")


def came_to(*answers):
    outcome = Outcome()
    for answer in answers:
        outcome.add(answer)
    return outcome


def test_statuses_and_failures_are_counted_the_most_frequent_first():
    outcome = came_to(
        *[Answer(status=200, seconds=0.01)] * 3, Answer(status=500, seconds=0.5), REFUSED, REFUSED
    )

    counts, times = outcome.lines()
    assert counts == "3 × 200, 2 refused, 1 × 500"
    assert times == "answered within 10 ms (median), 500 ms (95 %), 500 ms (slowest)"
    assert (outcome.count, outcome.accepted) == (6, 3)


def test_where_nothing_answered_there_are_no_times():
    outcome = came_to(REFUSED)

    assert list(outcome.lines()) == ["1 refused"]
    assert outcome.percentile(0.5) is None


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


@given(st.lists(st.floats(1e-5, 100), min_size=1), st.floats(0.01, 1))
def test_a_percentile_is_right_within_a_thousandth(times, share):
    outcome = came_to(*(Answer(status=200, seconds=each) for each in times))

    found = outcome.percentile(share)

    exact = next(each for each in sorted(times) if sum(t <= each for t in times) >= share * len(times))
    assert found == pytest.approx(exact, rel=0.001)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.00034, "340 µs"),
        (0.012, "12 ms"),
        (1.32, "1.3 s"),
        (60, "1 min"),
        (90, "1 min 30 s"),
        (11_520, "3 h 12 min"),
    ],
)
def test_a_time_is_told_in_the_unit_that_fits(seconds, words):
    assert duration(seconds) == words
