import pytest

from devhook.errors import InputError
from devhook.receiver.targets import Target, target_url, targets_of

EVERYTHING = Target(url="http://localhost:3000")
ORDERS = Target(url="http://localhost:3001/orders", topics=("orders/*",))
PAID = Target(url="http://localhost:3002/paid", topics=("orders/paid", "refunds/create"))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("3000", "http://localhost:3000"),
        (":3000", "http://localhost:3000"),
        ("localhost:3000/webhooks", "http://localhost:3000/webhooks"),
        ("http://127.0.0.1:8080/a?b=c", "http://127.0.0.1:8080/a?b=c"),
        (" https://app.localhost ", "https://app.localhost"),
        ("http://[::1]:3000/", "http://[::1]:3000/"),
    ],
)
def test_an_endpoint_may_be_typed_in_short(typed, meant):
    assert target_url(typed) == meant


@pytest.mark.parametrize(
    "typed", ["", "ftp://localhost/", "http://", "localhost:99999", "0", "http://localhost:a/", "http://a b/"]
)
def test_what_is_no_endpoint_is_refused_with_an_example(typed):
    with pytest.raises(InputError, match="is no address") as caught:
        target_url(typed)

    assert "--forward-to http://localhost:3000" in caught.value.hint


@pytest.mark.parametrize("typed", ["http://user@localhost:3000/", "http://localhost:3000/#top"])
def test_a_user_and_a_fragment_are_refused(typed):
    with pytest.raises(InputError, match="neither a user nor"):
        target_url(typed)


@pytest.mark.parametrize(
    "typed", ["https://app.example/webhooks", "10.0.0.7:3000", "http://localhost.example/"]
)
def test_another_machine_needs_to_be_allowed(typed):
    with pytest.raises(InputError, match="another machine") as caught:
        target_url(typed)

    assert "--allow-remote" in caught.value.hint
    assert target_url(typed, allow_remote=True).endswith(typed)


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
