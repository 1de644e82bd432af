from hypothesis import given
from hypothesis import strategies as st

from devhook.analysis.order_tracks import OrderSnapshot, tracks

JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=4)
BODIES = st.dictionaries(
    st.sampled_from(["current_total_price", "total_price", "fulfillment_status", "financial_status"]),
    JSON | st.sampled_from(["NaN", "-Infinity", "1e999999", "-5", "12.50"]),
)


def test_the_total_is_what_edits_and_refunds_left_of_it():
    whole = {"total_price": "259.05", "fulfillment_status": None, "financial_status": "paid"}

    assert OrderSnapshot.of(whole) == OrderSnapshot("259.05", "unfulfilled", "paid")
    assert OrderSnapshot.of(whole | {"current_total_price": "156.81"}).total == "156.81"
    assert OrderSnapshot.of({"id": 1}) == OrderSnapshot.of(None) == OrderSnapshot("", "", "")


def test_a_status_is_as_high_as_it_is_far_along():
    money, fulfilment, payment = tracks(
        [OrderSnapshot("100.00", "unfulfilled", "pending"), OrderSnapshot("25.00", "fulfilled", "a_new_one")]
    )

    assert (money.levels, fulfilment.levels, payment.levels) == ((1.0, 0.25), (0.0, 1.0), (0.0, None))


@given(st.lists(BODIES, max_size=6))
def test_a_track_has_a_level_between_zero_and_one_for_each_value(bodies):
    for track in tracks([OrderSnapshot.of(body) for body in bodies]):
        assert len(track.levels) == len(track.values) > 0
        assert all(level is None or level <= 1 for level in track.levels)
