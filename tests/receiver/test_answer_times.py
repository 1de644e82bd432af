import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.receiver.answer_times import EDGES, AnswerTimes

times = st.lists(st.floats(0, 30), max_size=40)


@given(times)
def test_counting_one_by_one_comes_to_the_same_as_all_at_once(given_times):
    pace = AnswerTimes()
    for seconds in given_times:
        pace = pace.with_one(seconds)

    assert pace == AnswerTimes.of(given_times)
    assert pace.total == len(given_times)


@given(times.filter(bool), st.sampled_from([0.5, 0.95, 0.99, 1.0]))
def test_so_many_of_them_stayed_under_the_edge(given_times, share):
    edge = AnswerTimes.of(given_times).within(share)

    under = [seconds for seconds in given_times if edge is None or seconds <= edge]
    assert len(under) >= share * len(given_times)


def test_a_time_at_an_edge_is_under_it():
    assert AnswerTimes.of([EDGES[0]]).within(1) == EDGES[0]


@pytest.mark.parametrize(("answers", "edge"), [([], None), ([0.003] * 99 + [9.0], 0.005), ([9.0], None)])
def test_without_answers_or_above_the_last_edge_there_is_none(answers, edge):
    assert AnswerTimes.of(answers).within(0.95) == edge
