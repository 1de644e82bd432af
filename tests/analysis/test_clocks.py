from hypothesis import given
from hypothesis import strategies as st

from devhook.analysis.clocks import VersionClocks, VersionOrder, in_order

times = st.none() | st.integers(0, 4)
clocks = st.builds(VersionClocks, times, times, st.sampled_from(["order", "fulfillment 1"]))


def test_two_versions_are_compared_on_a_clock_that_both_carry_and_on_no_other():
    for own, other, order in (
        (VersionClocks(5, 1), VersionClocks(4, 1), VersionOrder.NEWER),
        (VersionClocks(5), VersionClocks(6), VersionOrder.OLDER),
        (VersionClocks(None, 3), VersionClocks(9, 2), VersionOrder.NEWER),
        (VersionClocks(None, 3), VersionClocks(1, 4), VersionOrder.OLDER),
        (VersionClocks(5, 2), VersionClocks(5, 1), VersionOrder.NEWER),
        (VersionClocks(5, 1), VersionClocks(5), VersionOrder.SAME),
        (VersionClocks(5), VersionClocks(None, 4), VersionOrder.UNKNOWN),
        (VersionClocks(), VersionClocks(5, 4), VersionOrder.UNKNOWN),
        (VersionClocks(5, 1), VersionClocks(4, 2), VersionOrder.CONTRADICTORY),
    ):
        assert own.beside(other) is order


def test_updated_at_is_not_compared_between_two_resources():
    order, parcel = VersionClocks(None, 3, "order"), VersionClocks(None, 4, "fulfillment 1")

    assert order.beside(parcel) is VersionOrder.UNKNOWN
    assert order._replace(triggered=1).beside(parcel._replace(triggered=2)) is VersionOrder.OLDER


@given(clocks, clocks)
def test_a_version_is_newer_exactly_where_the_other_one_is_older(one, other):
    order, reverse = one.beside(other), other.beside(one)

    assert (order is VersionOrder.NEWER) == (reverse is VersionOrder.OLDER)
    assert (order is VersionOrder.OLDER) == (reverse is VersionOrder.NEWER)
    assert order.is_known or order is reverse


def test_versions_stand_in_the_order_of_their_clocks_and_else_of_their_arrival():
    for arrived, sorted_ in (
        ([VersionClocks(3), VersionClocks(1), VersionClocks(2)], [1, 2, 0]),
        ([VersionClocks(3), VersionClocks(None, 9), VersionClocks(1)], [1, 2, 0]),
        ([VersionClocks(None, 2), VersionClocks(5), VersionClocks(6, 1)], [1, 2, 0]),
        ([VersionClocks(), VersionClocks(3), VersionClocks(None, 1)], [0, 1, 2]),
        ([], []),
    ):
        assert in_order(range(len(arrived)), arrived.__getitem__) == sorted_


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.booleans()), max_size=8))
def test_no_version_stands_after_a_newer_one_where_the_clocks_agree(versions):
    arrived = [
        VersionClocks(time if triggered else None, time if updated else None, "order")
        for time, triggered, updated in versions
    ]

    order = in_order(range(len(arrived)), arrived.__getitem__)

    assert sorted(order) == list(range(len(arrived)))
    for place, version in enumerate(order):
        for later in order[place + 1 :]:
            assert arrived[version].beside(arrived[later]) is not VersionOrder.NEWER
