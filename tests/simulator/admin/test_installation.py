from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from devhook.simulator.admin.installation import DEMO_SCOPES, GrantRefusal, Installation
from devhook.webhook.topics import matching, topic

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def installation(**more):
    return Installation(clock=lambda: NOW, **more)


@pytest.mark.parametrize(
    "pattern", ["orders/*", "fulfillments/*", "fulfillment_orders/*", "returns/*", "refunds/create"]
)
def test_the_demo_shop_grants_what_orders_their_fulfilment_and_their_returns_need(pattern):
    app = installation(scopes=DEMO_SCOPES)

    assert [each.name for each in matching(pattern) if not app.reaches(each)] == []


@pytest.mark.parametrize(
    ("scopes", "name", "reached"),
    [
        ((), "orders/paid", False),
        ((), "app/uninstalled", True),
        (("read_orders",), "orders/paid", True),
        (("write_orders",), "orders/paid", True),
        (("read_products",), "orders/paid", False),
        (("read_third_party_fulfillment_orders",), "fulfillment_orders/moved", True),
    ],
)
def test_one_of_a_topics_scopes_is_enough_and_write_implies_read(scopes, name, reached):
    assert installation(scopes=scopes).reaches(topic(name)) is reached


def test_only_the_tokens_it_gave_are_known():
    app = installation(tokens=[SecretStr("shpat_one"), SecretStr("shpat_two")])

    assert app.knows("shpat_one")
    assert app.knows("shpat_two")
    assert not app.knows("shpat_three")
    assert not app.knows("")
    assert not app.knows("shpat_onë")


def test_an_app_without_credentials_gives_no_token():
    assert installation().grant("", "") is GrantRefusal.APPLICATION_NOT_FOUND
    assert installation(client_id="a").grant("a", "") is GrantRefusal.INVALID_CLIENT


def test_every_grant_gives_another_token():
    app = installation(client_id="a", client_secret=SecretStr("b"))

    first, second = app.grant("a", "b"), app.grant("a", "b")

    assert first.token != second.token
    assert app.knows(first.token.get_secret_value())
    assert timedelta(seconds=first.expires_in) < timedelta(days=1)


def test_a_token_is_not_in_its_grants_repr():
    grant = installation(client_id="a", client_secret=SecretStr("b")).grant("a", "b")

    assert grant.token.get_secret_value() not in repr(grant)
