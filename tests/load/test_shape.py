from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from devhook.errors import InputError
from devhook.load.shape import BURSTS, RateShape, parse_ramp, parse_rate, parse_seconds

RATES = st.floats(0.5, 200)


def shapes():
    length = st.floats(1, 20)
    return st.one_of(
        st.builds(RateShape.constant, RATES, length),
        st.builds(RateShape.ramp, RATES, RATES, length),
        st.builds(RateShape.burst, st.sampled_from(sorted(BURSTS)), RATES, length),
    )


@given(shapes(), st.integers(1, 5))
def test_the_shares_together_send_all_deliveries_at_the_planned_times(shape, shares):
    alone = list(shape.times())
    together = sorted(at for share in range(shares) for at in shape.times(share, shares))

    assert together == pytest.approx(alone)
    assert len(alone) == shape.total
    assert all(before <= after for before, after in pairwise(alone))
    assert all(0 <= at <= shape.seconds for at in alone)
    # Delivery number n is sent when n deliveries are due.
    assert [shape.planned(at) for at in alone] == pytest.approx(range(len(alone)), abs=1e-3)


def test_a_ramp_sends_most_at_its_fast_end():
    times = list(RateShape.ramp(0.001, 100, 10).times())

    assert len(times) == 500
    assert sum(at > 5 for at in times) == pytest.approx(375, abs=2)


def test_a_burst_has_its_peak_where_it_says():
    shape = RateShape.burst("flash-sale", 100, 100)

    assert shape.peak == 100
    assert shape.planned(20) == pytest.approx(200)
    assert shape.planned(40) - shape.planned(22) == pytest.approx(1800)


def test_rates_and_times_are_read():
    assert [parse_rate(text) for text in ("300/s", "300", "600/min", "7200/h")] == [300, 300, 10, 2]
    assert [parse_seconds(text) for text in ("5m", "90s", "1h", "500ms", "30")] == [300, 90, 3600, 0.5, 30]
    assert parse_ramp("10..300") == (10, 300)
    assert parse_ramp("60..600/min") == (1, 10)


@pytest.mark.parametrize("text", ["", "0", "-1", "fast", "1e9", "nan", "300/d", "1000000/s", "inf"])
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(InputError, match="is not a rate") as refused:
        parse_rate(text)
    assert "300/s" in refused.value.hint


@pytest.mark.parametrize("text", ["", "0", "-5m", "2d", "25h", "inf"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(InputError, match="is not a time"):
        parse_seconds(text)


def test_an_unknown_burst_is_refused_with_the_nearest_one():
    with pytest.raises(InputError, match="flash-sale"):
        RateShape.burst("flashsale", 10, 10)


@pytest.mark.parametrize(
    "points",
    [[[0, 1]], [[1, 1], [2, 1]], [[0, 1], [0, 2]], [[0, -1], [9, 1]], [[0, 1], [1e9, 1]], [[0, 1], [9, 1e9]]],
)
def test_a_shape_from_the_network_that_is_none_is_refused(points):
    with pytest.raises(ValidationError):
        RateShape.model_validate({"points": points, "words": "x"})
