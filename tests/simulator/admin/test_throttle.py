from datetime import UTC, datetime, timedelta

import pytest
from graphql import parse

from devhook.simulator.admin.throttle import Throttle, requested_cost, unspent


class Clock:
    def __init__(self):
        self.now = datetime(2026, 11, 23, tzinfo=UTC)

    def __call__(self):
        return self.now


def test_points_are_paid_and_come_back_with_time():
    clock = Clock()
    throttle = Throttle(clock)

    assert throttle.take(1500)
    assert not throttle.take(501)
    assert throttle.level().currentlyAvailable == 500
    clock.now += timedelta(milliseconds=10)
    assert throttle.take(501)
    clock.now += timedelta(hours=1)
    assert throttle.level().currentlyAvailable == 2000


def test_points_given_back_never_overfill():
    throttle = Throttle(Clock(), maximum=100)

    throttle.take(10)
    throttle.give_back(50)

    assert throttle.level().currentlyAvailable == 100


def test_a_clock_that_goes_back_takes_nothing_away():
    clock = Clock()
    throttle = Throttle(clock)
    throttle.drain(left=7)

    clock.now -= timedelta(hours=1)

    assert throttle.level().currentlyAvailable == 7


@pytest.mark.parametrize(
    ("document", "variables", "points"),
    [
        ("{ webhookSubscription(id: 1) { id } }", {}, 1),
        ("{ webhookSubscriptions(first: 5) { nodes { id } } }", {}, 5),
        ("query A($n: Int) { webhookSubscriptions(last: $n) { nodes { id } } }", {"n": 70}, 70),
        ("{ webhookSubscriptions { nodes { id } } }", {}, 1),
        ("{ webhookSubscriptionsCount { count } shop { name } }", {}, 11),
        ("mutation { a: webhookSubscriptionDelete(id: 1) { userErrors { message } } }", {}, 10),
        ("{ __schema { types { name } } __typename }", {}, 0),
    ],
)
def test_a_request_costs_what_its_root_fields_cost(document, variables, points):
    fields = parse(document).definitions[0].selection_set.selections

    assert requested_cost(fields, variables) == points


@pytest.mark.parametrize(("size", "returned", "back"), [(5, 1, 2), (100, 0, 98), (3, 3, 0), (1, 0, 0)])
def test_a_list_gives_back_what_it_did_not_return(size, returned, back):
    assert unspent(size, returned) == back
