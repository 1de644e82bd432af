import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.sender.latency import LatencyHistogram

EDGES = (0.001, 0.01, 0.1, 1.0, 5.0)
times = st.lists(st.floats(1e-5, 100), max_size=40)


@given(times.filter(bool), st.floats(0.01, 1))
def test_a_percentile_is_right_within_a_thousandth(given_times, share):
    found = LatencyHistogram.of(given_times).percentile(share)

    exact = next(
        each
        for each in sorted(given_times)
        if sum(t <= each for t in given_times) >= share * len(given_times)
    )
    assert found == pytest.approx(exact, rel=0.001)


@given(times)
def test_every_answer_is_in_one_class(given_times):
    histogram = LatencyHistogram.of(given_times)

    assert sum(histogram.by_class(EDGES)) == histogram.total == len(given_times)


def test_a_time_at_an_edge_is_in_the_class_below_it():
    for place, edge in enumerate(EDGES):
        assert LatencyHistogram.of([edge]).by_class(EDGES)[place] == 1


def test_what_is_above_the_last_edge_has_a_class_of_its_own():
    assert LatencyHistogram.of([0.0, 0.02, 9.0]).by_class(EDGES) == (1, 0, 1, 0, 0, 1)


def test_without_answers_there_is_no_percentile():
    assert LatencyHistogram().percentile(0.5) is None


@given(times)
def test_it_is_the_same_after_a_way_through_json(given_times):
    histogram = LatencyHistogram.of(given_times)

    assert LatencyHistogram.model_validate(json.loads(json.dumps(histogram.model_dump()))) == histogram
