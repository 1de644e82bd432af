from hypothesis import given
from hypothesis import strategies as st

from devhook.analysis.clocks import Clocks, Order, in_order

times = st.none() | st.integers(0, 4)
clocks = st.builds(Clocks, times, times, st.sampled_from(["order", "fulfillment 1"]))


def test_two_versions_are_compared_on_a_clock_that_both_carry_and_on_no_other():
    for own, other, order in (
        (Clocks(5, 1), Clocks(4, 1), Order.NEWER),
        (Clocks(5), Clocks(6), Order.OLDER),
        (Clocks(None, 3), Clocks(9, 2), Order.NEWER),
        (Clocks(None, 3), Clocks(1, 4), Order.OLDER),
        (Clocks(5, 2), Clocks(5, 1), Order.NEWER),
        (Clocks(5, 1), Clocks(5), Order.SAME),
        (Clocks(5), Clocks(None, 4), Order.UNKNOWN),
        (Clocks(), Clocks(5, 4), Order.UNKNOWN),
        (Clocks(5, 1), Clocks(4, 2), Order.CONTRADICTORY),
    ):
        assert own.beside(other) is order


def test_updated_at_is_not_compared_between_two_resources():
    order, parcel = Clocks(None, 3, "order"), Clocks(None, 4, "fulfillment 1")

    assert order.beside(parcel) is Order.UNKNOWN
    assert order._replace(triggered=1).beside(parcel._replace(triggered=2)) is Order.OLDER


@given(clocks, clocks)
def test_a_version_is_newer_exactly_where_the_other_one_is_older(one, other):
    order, reverse = one.beside(other), other.beside(one)

    assert (order is Order.NEWER) == (reverse is Order.OLDER)
    assert (order is Order.OLDER) == (reverse is Order.NEWER)
    assert order.is_known or order is reverse


def test_versions_stand_in_the_order_of_their_clocks_and_else_of_their_arrival():
    for arrived, sorted_ in (
        ([Clocks(3), Clocks(1), Clocks(2)], [1, 2, 0]),
        ([Clocks(3), Clocks(None, 9), Clocks(1)], [1, 2, 0]),
        ([Clocks(None, 2), Clocks(5), Clocks(6, 1)], [1, 2, 0]),
        ([Clocks(), Clocks(3), Clocks(None, 1)], [0, 1, 2]),
        ([], []),
    ):
        assert in_order(range(len(arrived)), arrived.__getitem__) == sorted_


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.booleans()), max_size=8))
def test_no_version_stands_after_a_newer_one_where_the_clocks_agree(versions):
    arrived = [
        Clocks(time if triggered else None, time if updated else None, "order")
        for time, triggered, updated in versions
    ]

    order = in_order(range(len(arrived)), arrived.__getitem__)

    assert sorted(order) == list(range(len(arrived)))
    for place, version in enumerate(order):
        for later in order[place + 1 :]:
            assert arrived[version].beside(arrived[later]) is not Order.NEWER
