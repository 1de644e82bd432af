import pytest

from devhook.errors import InputError
from devhook.inbox.deliveries_ahead import DeliveriesAhead
from devhook.inbox.failures import DamagedInbox

BODIES = [bytes([65 + number]) * 100 for number in range(5)]


@pytest.fixture
def queries(inbox, arrival, monkeypatch):
    """Fill the inbox with deliveries of 100 bytes; the values of each query for one delivery."""
    inbox.add([arrival(body=body) for body in BODIES])
    asked = []
    one = inbox._one
    monkeypatch.setattr(
        inbox, "_one", lambda statement, number: asked.append(number) or one(statement, number)
    )
    return asked


def test_deliveries_are_read_by_one_query_in_any_order_and_as_often_as_wanted(inbox, queries):
    ahead = DeliveriesAhead(inbox, [5, 1, 3, 1])

    assert [ahead.delivery(number).body for number in (5, 1, 3, 1)] == [
        BODIES[each - 1] for each in (5, 1, 3, 1)
    ]
    assert queries == []


def test_what_is_beyond_the_bound_of_bytes_is_read_one_by_one(inbox, queries):
    ahead = DeliveriesAhead(inbox, [1, 2, 3, 4, 5], most_bytes=250)

    assert [ahead.delivery(number).body for number in range(1, 6)] == BODIES
    assert queries == [3, 4, 5]


def test_a_delivery_that_is_not_there_is_named(inbox, queries):
    ahead = DeliveriesAhead(inbox, [1, 9])

    assert ahead.delivery(1).body == BODIES[0]
    with pytest.raises(InputError, match="no delivery 9"):
        ahead.delivery(9)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE bodies SET body = X'00' WHERE delivery_id = 2",
        "UPDATE deliveries SET size = 'x' WHERE id = 2",
        "UPDATE deliveries SET path = '/other' WHERE id = 2",
    ],
)
def test_a_damaged_delivery_is_noticed_at_its_turn(inbox, queries, damage):
    with inbox.writing() as connection:
        connection.execute(damage)

    ahead = DeliveriesAhead(inbox, [1, 2, 3])

    assert ahead.delivery(1).body == BODIES[0]
    with pytest.raises(DamagedInbox):
        ahead.delivery(2)
    assert ahead.delivery(3).body == BODIES[2]
