from devhook.shop.inventory import Holder, inventory, leases_written
from devhook.shop.leases import Leases
from devhook.shop.subscriptions import Wish, create

HOOKS = "https://hooks.example.com/hooks"


async def test_the_journal_proves_what_is_ours_and_a_name_proves_nothing(shop, client, inbox):
    await Leases(inbox, client).make(["orders/paid"], HOOKS)
    await create(client, Wish(topic="orders/updated", uri=HOOKS, name="devhook-orders-updated-1"))
    await create(client, Wish(topic="refunds/create", uri=HOOKS))

    found = await inventory(client, inbox.open_leases(shop.domain))

    assert [(each.subscription.topic, each.holder) for each in found] == [
        ("orders/paid", Holder.LEASE),
        ("orders/updated", Holder.DEVHOOK),
        ("refunds/create", Holder.OTHER),
    ]


async def test_a_lease_whose_making_was_never_confirmed_is_known_by_its_name(shop, client, inbox):
    inbox.ask_lease(
        shop=shop.domain, topic="orders/paid", uri=HOOKS, api_version="2026-10", name="devhook-orders-paid-1"
    )
    await create(client, Wish(topic="orders/paid", uri=HOOKS, name="devhook-orders-paid-1"))

    (found,) = await inventory(client, inbox.open_leases(shop.domain))

    assert found.holder is Holder.LEASE


def test_where_there_is_no_inbox_there_are_no_leases_and_none_is_made(tmp_path):
    assert leases_written(tmp_path / "new" / "inbox", "acme.myshopify.com") == []
    assert not (tmp_path / "new").exists()
