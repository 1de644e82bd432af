import pytest

from devhook.errors import InputError
from devhook.inbox.database import Inbox
from devhook.inbox.journal import ask_lease, open_leases
from devhook.shop.leases import Leases
from devhook.shop.registrations import Holder, Registration, Registrations, journal_leases, list_registrations
from devhook.shop.subscriptions import PayloadFormat, Shape, SubscriptionRequest, create

HOOKS = "https://tunnel.example/hooks"
DEAD = "https://a1b2.ngrok-free.app/hooks"


@pytest.fixture
def leases(shop, client, inbox):
    return Leases(inbox, client, clock=shop.clock)


@pytest.fixture
def side(leases, client):
    return Registrations(
        leases, client, lambda: HOOKS, Shape(format=PayloadFormat.XML, filter="total_price:>100")
    )


def kept(shop):
    return [each.topic for each in shop.subscriptions]


async def test_every_subscription_is_reported_with_its_owner(side, leases, client, inbox):
    await leases.make(["orders/paid"], HOOKS)
    await create(
        client, SubscriptionRequest(topic="orders/updated", uri=HOOKS, name="devhook-orders-updated-1")
    )
    with Inbox.open(inbox.path) as other:
        await Leases(other, client).make(["orders/edited"], HOOKS)
        standing = await side.fetch()

    assert [(each.subscription.topic, each.holder) for each in standing.entries] == [
        ("orders/paid", Holder.LEASE),
        ("orders/updated", Holder.DEVHOOK),
        ("orders/edited", Holder.DEVHOOK),  # another run's, although in the same journal
    ]
    assert standing.lost == ()


async def test_more_topics_get_the_format_but_not_the_filter_of_the_others(side, shop):
    created = await side.subscribe(["products/update"])

    assert [each.topic for each in created.subscriptions] == ["products/update"]
    (there,) = shop.subscriptions
    assert (there.uri, there.format, there.filter) == (HOOKS, "XML", None)
    assert side.topics == {"products/update"}


async def test_a_lost_lease_is_reported_until_it_is_renewed(side, leases, shop):
    await leases.make(["orders/paid"], HOOKS, Shape(filter="total_price:>100"))
    shop.subscriptions.remove(next(iter(shop.subscriptions)).id)

    for _ in range(2):
        assert [lease.topic for lease in (await side.fetch()).lost] == ["orders/paid"]
    created = await side.renew()

    assert [(each.topic, each.filter) for each in created.subscriptions] == [
        ("orders/paid", "total_price:>100")
    ]
    assert (await side.fetch()).lost == ()
    assert side.topics == {"orders/paid"}


async def test_a_lease_that_cannot_be_renewed_stays_lost(side, leases, shop):
    await leases.make(["orders/paid"], HOOKS)
    shop.subscriptions.remove(next(iter(shop.subscriptions)).id)
    await side.fetch()
    shop.installation.scopes = frozenset()

    created = await side.renew()

    assert [each.topic for each in created.refused] == ["orders/paid"]
    assert [lease.topic for lease in (await side.fetch()).lost] == ["orders/paid"]


async def test_a_removed_lease_is_not_reported_as_lost(side, leases, shop, inbox):
    await leases.make(["orders/paid", "orders/edited"], HOOKS)
    first, _ = (await side.fetch()).entries

    await side.remove(first)

    assert kept(shop) == ["orders/edited"]
    assert [lease.topic for lease in open_leases(inbox)] == ["orders/edited"]
    assert (await side.fetch()).lost == ()


async def test_what_the_journal_does_not_prove_is_refused(side, client, shop):
    await create(
        client, SubscriptionRequest(topic="orders/updated", uri=HOOKS, name="devhook-orders-updated-1")
    )
    await create(client, SubscriptionRequest(topic="refunds/create", uri=HOOKS))

    for entry in (await side.fetch()).entries:
        with pytest.raises(InputError, match="did not create the subscription"):
            await side.remove(entry)

    assert kept(shop) == ["orders/updated", "refunds/create"]


@pytest.fixture
def through_proxy(internet, monkeypatch):
    for name, value in internet.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return internet


async def test_a_dead_tunnel_of_somebody_else_can_be_removed_as_long_as_it_is_dead(
    side, client, shop, through_proxy
):
    await create(client, SubscriptionRequest(topic="orders/updated", uri=DEAD))
    through_proxy.answers["a1b2.ngrok-free.app"] = (404, {"ngrok-error-code": "ERR_NGROK_3200"})
    (entry,) = (await side.fetch()).entries
    assert entry.dead

    through_proxy.answers["a1b2.ngrok-free.app"] = (200, {})
    with pytest.raises(InputError, match="is reachable again"):
        await side.remove(entry)
    assert kept(shop) == ["orders/updated"]

    through_proxy.answers["a1b2.ngrok-free.app"] = (404, {"ngrok-error-code": "ERR_NGROK_3200"})
    await side.remove(entry)
    assert kept(shop) == []


async def test_a_lease_that_was_removed_meanwhile_is_removed(side, leases, shop):
    await leases.make(["orders/paid"], HOOKS)
    (entry,) = (await side.fetch()).entries
    assert isinstance(entry, Registration)

    await side.remove(entry)
    await side.remove(entry)

    assert kept(shop) == []


async def test_the_journal_proves_what_is_ours_and_a_name_proves_nothing(shop, client, inbox):
    await Leases(inbox, client).make(["orders/paid"], HOOKS)
    await create(
        client, SubscriptionRequest(topic="orders/updated", uri=HOOKS, name="devhook-orders-updated-1")
    )
    await create(client, SubscriptionRequest(topic="refunds/create", uri=HOOKS))

    found = await list_registrations(client, open_leases(inbox, shop.domain))

    assert [(each.subscription.topic, each.holder) for each in found] == [
        ("orders/paid", Holder.LEASE),
        ("orders/updated", Holder.DEVHOOK),
        ("refunds/create", Holder.OTHER),
    ]


async def test_a_lease_whose_making_was_never_confirmed_is_known_by_its_name(shop, client, inbox):
    ask_lease(
        inbox,
        shop=shop.domain,
        topic="orders/paid",
        uri=HOOKS,
        api_version="2026-10",
        name="devhook-orders-paid-1",
    )
    await create(client, SubscriptionRequest(topic="orders/paid", uri=HOOKS, name="devhook-orders-paid-1"))

    (found,) = await list_registrations(client, open_leases(inbox, shop.domain))

    assert found.holder is Holder.LEASE


def test_where_there_is_no_inbox_there_are_no_leases_and_none_is_made(tmp_path):
    assert journal_leases(tmp_path / "new" / "inbox", "acme.myshopify.com") == []
    assert not (tmp_path / "new").exists()
