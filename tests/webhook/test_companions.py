import pytest

from devhook.webhook.companions import Bond, companions, offered
from devhook.webhook.topics import topics


def patterns(name, bond):
    return {each.pattern for each in companions(name) if each.bond is bond}


def test_orders_updated_fires_beside_what_is_more_precise():
    assert {"orders/paid", "orders/create", "fulfillments/create", "refunds/create"} <= patterns(
        "orders/updated", Bond.BESIDE
    )


@pytest.mark.parametrize("name", ["orders/create", "orders/paid", "refunds/create", "fulfillments/update"])
def test_what_is_more_precise_fires_beside_orders_updated(name):
    assert patterns(name, Bond.BESIDE) == {"orders/updated"}


def test_a_deleted_order_is_not_told_of_twice():
    assert companions("orders/delete") == ()
    assert "orders/delete" not in patterns("orders/updated", Bond.BESIDE)


def test_what_an_order_does_not_carry_is_told_by_others():
    assert patterns("orders/updated", Bond.TELLS) == {
        "fulfillments/create",
        "fulfillments/update",
        "fulfillment_orders/*",
        "returns/*",
    }
    assert patterns("orders/edited", Bond.TELLS) == {"orders/updated"}


def test_every_companion_means_topics_of_the_catalogue_and_says_why():
    for topic in topics():
        for companion in companions(topic.name):
            assert companion.topics()
            assert companion.why.endswith(".")
            assert topic.name not in companion.topics()


def test_what_is_asked_for_already_is_not_offered():
    told = [each.pattern for each in offered(["orders/updated", "orders/edited", "fulfillments/create"])]

    assert told == ["fulfillments/update", "fulfillment_orders/*", "returns/*"]


def test_nothing_is_offered_where_nothing_is_known():
    assert offered(["products/update", "orders/paid"]) == ()
