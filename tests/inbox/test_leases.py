from datetime import UTC, datetime

import pytest

from devhook.inbox.database import Inbox
from devhook.inbox.journal import LeaseState, ask_lease, confirm_lease, open_leases, strike_lease


@pytest.fixture
def ask(inbox):
    def ask(topic="orders/updated", shop="lavender.myshopify.com"):
        return ask_lease(
            inbox,
            shop=shop,
            topic=topic,
            uri="https://hooks.example.com",
            api_version="2026-10",
            name="devhook-1",
        )

    return ask


def test_a_lease_is_written_down_before_shopify_is_asked(inbox, ask, path):
    before = datetime.now(UTC)
    lease_id = ask()

    with Inbox.open(path) as after_a_kill:
        (lease,) = open_leases(after_a_kill)

    assert (lease.id, lease.state, lease.subscription_id) == (lease_id, LeaseState.ASKED, None)
    assert (lease.shop, lease.topic) == ("lavender.myshopify.com", "orders/updated")
    assert (lease.uri, lease.api_version, lease.name) == ("https://hooks.example.com", "2026-10", "devhook-1")
    assert before.replace(microsecond=0) <= lease.asked_at <= datetime.now(UTC)


def test_a_confirmed_lease_knows_its_subscription(inbox, ask):
    lease_id = ask()

    confirm_lease(inbox, lease_id, "gid://shopify/WebhookSubscription/77")

    (lease,) = open_leases(inbox)
    assert (lease.state, lease.subscription_id) == (LeaseState.MADE, "gid://shopify/WebhookSubscription/77")


@pytest.mark.parametrize("state", [LeaseState.REMOVED, LeaseState.VANISHED])
def test_a_struck_lease_is_not_open(inbox, ask, state):
    kept, struck = ask("orders/paid"), ask("orders/edited")

    strike_lease(inbox, struck, state)

    assert [lease.id for lease in open_leases(inbox)] == [kept]


def test_leases_of_one_shop_are_told_from_those_of_another(inbox, ask):
    mine, _ = ask(), ask(shop="other.myshopify.com")

    assert [lease.id for lease in open_leases(inbox, "lavender.myshopify.com")] == [mine]
    assert len(open_leases(inbox)) == 2


def test_what_shopify_may_still_know_is_open():
    assert [state for state in LeaseState if state.open] == [LeaseState.ASKED, LeaseState.MADE]
