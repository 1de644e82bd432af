import pytest

from devhook.receiver.targets import Target, targets_of

EVERYTHING = Target(url="http://localhost:3000")
ORDERS = Target(url="http://localhost:3001/orders", topics=("orders/*",))
PAID = Target(url="http://localhost:3002/paid", topics=("orders/paid", "refunds/create"))


def test_a_target_without_topics_gets_what_nobody_asks_for():
    targets = (EVERYTHING, ORDERS, PAID)

    assert targets_of(targets, "products/update") == (EVERYTHING,)
    assert targets_of(targets, None) == (EVERYTHING,)
    assert targets_of(targets, "orders/updated") == (ORDERS,)
    assert targets_of(targets, "orders/paid") == (ORDERS, PAID)
    assert targets_of((ORDERS,), "products/update") == ()


@pytest.mark.parametrize(
    ("url", "path", "address"),
    [
        ("http://localhost:3000", "/hooks?a=1", "http://localhost:3000/hooks?a=1"),
        ("http://localhost:3000/", "/", "http://localhost:3000/"),
        ("http://localhost:3000/webhooks", "/hooks?a=1", "http://localhost:3000/webhooks"),
        ("http://localhost:3000/?secret=1", "/hooks", "http://localhost:3000/?secret=1"),
    ],
)
def test_a_target_without_a_path_gets_the_one_that_a_delivery_came_on(url, path, address):
    assert Target(url=url).address(path) == address


def test_a_target_is_called_by_its_place():
    assert ORDERS.name == "localhost:3001/orders"
    assert EVERYTHING.place == ("localhost", 3000)
    assert Target(url="https://[::1]/x").place == ("::1", 443)
