import asyncio

import pytest

from devhook.errors import CredentialsRefused, DevhookError, InboxError, NetworkError
from devhook.inbox.database import Inbox
from devhook.inbox.journal import LeaseState, ask_lease, open_leases
from devhook.shop.client import NotSent
from devhook.shop.leases import Leases
from devhook.shop.subscriptions import PayloadFormat, Shape
from devhook.simulator.admin.server import AdminFault
from devhook.simulator.admin.subscriptions import SubscriptionInput

HOOKS = "https://tunnel.example/hooks"
LATE = {"minutes": 2}


@pytest.fixture
def leases(shop, client, inbox):
    return Leases(inbox, client, clock=shop.clock)


def kept(shop):
    return [(each.topic, each.uri) for each in shop.subscriptions]


def strangers(shop, topic="orders/updated", uri=HOOKS, **more):
    """A subscription that devhook has not created."""
    return shop.subscriptions.create(topic, SubscriptionInput(uri=uri, **more), api_version="2026-10")


async def test_leases_are_created_reported_and_named(shop, leases, inbox):
    created = await leases.make(["orders/updated", "FULFILLMENT_ORDERS_MOVED"], HOOKS)

    assert [each.topic for each in created.subscriptions] == ["orders/updated", "fulfillment_orders/moved"]
    assert created.refused == ()
    assert kept(shop) == [("orders/updated", HOOKS), ("fulfillment_orders/moved", HOOKS)]
    journal = open_leases(inbox, shop.domain)
    assert [lease.subscription_id for lease in journal] == [each.id for each in shop.subscriptions]
    assert [lease.name for lease in journal] == [each.name for each in shop.subscriptions]
    assert {lease.state for lease in journal} == {LeaseState.MADE}
    assert journal[0].name.startswith("devhook-orders-updated-")
    assert leases.open() == journal


async def test_the_longest_topic_still_gives_a_name_that_shopify_takes(shop, leases):
    created = await leases.make(["fulfillment_orders/fulfillment_service_failed_to_complete"], HOOKS)

    assert len(created.subscriptions[0].name) == 50


async def test_leases_have_the_given_format_fields_and_filter(shop, leases):
    shape = Shape(format=PayloadFormat.XML, include_fields=("id",), filter="currency:EUR")

    await leases.make(["orders/updated"], HOOKS, shape)

    (created,) = shop.subscriptions
    assert (created.format, created.include_fields, created.filter) == ("XML", ("id",), "currency:EUR")


async def test_a_refused_topic_is_reported_and_the_others_are_created(shop, leases, inbox):
    shop.installation.scopes = frozenset({"read_orders"})

    created = await leases.make(["orders/paid", "products/update", "orders/updated"], HOOKS)

    assert [each.topic for each in created.subscriptions] == ["orders/paid", "orders/updated"]
    (refused,) = created.refused
    assert refused.topic == "products/update"
    assert refused.refusal.code == "scope"
    assert "read_products" in refused.refusal.message
    assert [lease.topic for lease in open_leases(inbox)] == ["orders/paid", "orders/updated"]


async def test_the_journal_is_written_before_the_shop_is_asked(shop, inbox, stranger):
    seen = []

    async def answer(_):
        with Inbox.open(inbox.path) as other:
            seen.extend(open_leases(other))
        raise ConnectionResetError

    stranger.answers = [answer]
    client = await shop.client(origin=stranger.origin)

    with pytest.raises(DevhookError):
        await Leases(inbox, client, clock=shop.clock).make(["orders/updated"], HOOKS)

    assert [(lease.topic, lease.state) for lease in seen] == [("orders/updated", LeaseState.ASKED)]


async def test_refused_credentials_stop_at_once_and_leave_nothing_open(shop, leases, inbox):
    shop.installation.tokens.clear()

    with pytest.raises(CredentialsRefused):
        await leases.make(["orders/updated", "orders/paid"], HOOKS)

    assert open_leases(inbox) == []


async def test_a_shop_that_was_not_reached_leaves_nothing_open(shop, inbox, closed_origin):
    client = await shop.client(origin=closed_origin)

    with pytest.raises(NotSent):
        await Leases(inbox, client, clock=shop.clock).make(["orders/updated"], HOOKS)

    assert open_leases(inbox) == []


async def test_leases_are_removed_at_the_end_and_nothing_else(shop, leases, inbox):
    others = strangers(shop, uri=f"{HOOKS}/other", name="devhook-orders-updated-00000000")
    await leases.make(["orders/updated", "orders/paid", "orders/edited"], HOOKS)

    removal = await leases.remove_all()

    assert [lease.topic for lease in removal.removed] == ["orders/updated", "orders/paid", "orders/edited"]
    assert removal.left == ()
    assert list(shop.subscriptions) == [others]
    assert open_leases(inbox) == []
    assert leases.open() == []


async def test_a_lease_that_is_already_gone_counts_as_removed(shop, leases, inbox):
    created = await leases.make(["orders/updated", "orders/paid"], HOOKS)
    shop.subscriptions.remove(created.subscriptions[0].id)

    removal = await leases.remove_all()

    assert len(removal.removed) == 2
    assert removal.left == ()
    assert open_leases(inbox) == []


async def test_removing_goes_on_after_a_failure_and_tells_what_is_left(shop, leases, inbox):
    await leases.make(["orders/updated", "orders/paid"], HOOKS)
    shop.server.fail_next(AdminFault(status=500))

    removal = await leases.remove_all()

    assert (len(removal.removed), len(removal.left)) == (1, 1)
    left = removal.left[0]
    assert left.reason == "harbour-lamps.myshopify.com answered 500: an error at Shopify."
    assert left.hint
    assert open_leases(inbox) == [left.lease]
    assert (await leases.remove_all()).left == ()
    assert kept(shop) == []


async def test_a_silent_shop_does_not_delay_the_end(shop, inbox, client, stranger):
    with Inbox.open(inbox.path) as killed:
        await Leases(killed, client, clock=shop.clock).make(["orders/updated", "orders/paid"], HOOKS)
    stranger.answers = [lambda _: asyncio.Event().wait()]
    silent = await shop.client(origin=stranger.origin)

    removal = await Leases(inbox, silent, clock=shop.clock).clean_up(within=0.2)

    assert removal.removed == ()
    assert [left.reason for left in removal.left] == [
        "harbour-lamps.myshopify.com did not answer in time."
    ] * 2
    assert len(open_leases(inbox)) == 2


async def test_the_next_run_removes_an_earlier_runs_leases(shop, client, inbox):
    with Inbox.open(inbox.path) as killed:
        await Leases(killed, client, clock=shop.clock).make(["orders/updated", "orders/paid"], HOOKS)
    others = strangers(shop, uri=f"{HOOKS}/other")
    own = Leases(inbox, client, clock=shop.clock)
    await own.make(["orders/edited"], f"{HOOKS}/now")

    removal = await own.clean_up()

    assert [lease.topic for lease in removal.removed] == ["orders/updated", "orders/paid"]
    assert [each.id for each in shop.subscriptions][:1] == [others.id]
    assert kept(shop)[1:] == [("orders/edited", f"{HOOKS}/now")]
    assert [lease.topic for lease in own.open()] == ["orders/edited"]


async def test_a_lease_of_another_user_or_machine_is_reported_and_left_alone(
    shop, client, inbox, leases, monkeypatch, tmp_path
):
    with monkeypatch.context() as elsewhere, Inbox.open(inbox.path) as killed:
        elsewhere.setenv("XDG_DATA_HOME", str(tmp_path / "elsewhere"))
        await Leases(killed, client, clock=shop.clock).make(["orders/updated"], HOOKS)

    removal = await leases.clean_up()

    assert (removal.removed, removal.left) == ((), ())
    assert [lease.topic for lease in removal.unproven] == ["orders/updated"]
    assert kept(shop) == [("orders/updated", HOOKS)]


async def test_a_run_without_a_usable_key_removes_its_own_leases(shop, leases, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    await leases.make(["orders/updated"], HOOKS)

    assert (await leases.remove_all()).left == ()
    assert kept(shop) == []


async def test_the_leases_of_another_run_that_lives_are_left_alone(shop, client, inbox, leases):
    with Inbox.open(inbox.path) as another:
        await Leases(another, client, clock=shop.clock).make(["orders/updated"], HOOKS)

        removal = await leases.clean_up()

    assert (removal.removed, removal.left) == ((), ())
    assert kept(shop) == [("orders/updated", HOOKS)]


async def test_leases_follow_the_run_to_a_new_address(shop, leases, inbox):
    await leases.make(["orders/updated", "orders/paid"], HOOKS)

    await leases.move(f"{HOOKS}/now")

    assert kept(shop) == [("orders/updated", f"{HOOKS}/now"), ("orders/paid", f"{HOOKS}/now")]
    assert {lease.uri for lease in open_leases(inbox)} == {f"{HOOKS}/now"}
    assert (await leases.remove_all()).left == ()
    assert kept(shop) == []


@pytest.fixture
def journal(inbox):
    """Makes the files of the inbox read-only for this process, and writable again."""

    def switch(*, writable):
        inbox.reading_connection().execute(f"PRAGMA query_only = {int(not writable)}")

    return switch


@pytest.mark.parametrize("version", ["2026-01", "2026-10"])
async def test_a_subscription_whose_id_cannot_be_stored_is_removed_again(shop, inbox, journal, version):
    client = await shop.client(api_version=version)
    leases = Leases(inbox, client, clock=shop.clock)
    foreign = strangers(shop, uri=f"{HOOKS}/other")
    create = shop.subscriptions.create

    def created(*arguments, **options):
        journal(writable=False)
        return create(*arguments, **options)

    shop.subscriptions.create = created
    with pytest.raises(InboxError, match="cannot be written"):
        await leases.make(["orders/updated"], HOOKS)
    shop.subscriptions.create = create
    journal(writable=True)

    assert list(shop.subscriptions) == [foreign]
    assert leases.open() == []
    assert len((await leases.make(["orders/updated"], HOOKS)).subscriptions) == 1


async def test_all_leases_move_although_the_journal_cannot_be_written(shop, leases, journal, inbox):
    await leases.make(["orders/updated", "orders/paid"], HOOKS)
    journal(writable=False)

    with pytest.raises(InboxError, match="cannot be written"):
        await leases.move(f"{HOOKS}/now")

    assert [uri for _, uri in kept(shop)] == [f"{HOOKS}/now"] * 2
    assert {lease.proven for lease in open_leases(inbox)} == {True}
    assert (await leases.remove_all()).left == ()
    assert kept(shop) == []
    assert leases.open() == []


async def test_a_vanished_lease_is_reported_once_the_journal_can_be_written(shop, leases, journal):
    created = await leases.make(["orders/updated", "orders/paid"], HOOKS)
    shop.subscriptions.remove(created.subscriptions[0].id)
    journal(writable=False)

    with pytest.raises(InboxError, match="cannot be written"):
        await leases.vanished()
    journal(writable=True)

    assert [lease.topic for lease in await leases.vanished()] == ["orders/updated"]
    assert [lease.topic for lease in leases.lost] == ["orders/updated"]


async def test_an_address_that_the_shop_refuses_is_reported(leases):
    await leases.make(["orders/updated"], HOOKS)

    with pytest.raises(DevhookError, match="https"):
        await leases.move("http://hooks.example.com")


async def test_a_lease_that_the_shop_has_lost_is_reported_once(shop, leases, inbox):
    created = await leases.make(["orders/updated", "orders/paid"], HOOKS)
    shop.subscriptions.remove(created.subscriptions[0].id)

    first, second = await leases.vanished(), await leases.vanished()

    assert [lease.topic for lease in first] == ["orders/updated"]
    assert second == []
    assert [lease.topic for lease in leases.open()] == ["orders/paid"]


async def test_leases_of_another_shop_are_left_alone(client, inbox, leases):
    ask_lease(
        inbox,
        shop="another.myshopify.com",
        topic="orders/updated",
        uri=HOOKS,
        api_version="2026-10",
        name="devhook-a",
    )

    removal = await leases.clean_up()

    assert (removal.removed, removal.left) == ((), ())
    assert len(open_leases(inbox, "another.myshopify.com")) == 1


def asked(inbox, shop, name, topic="orders/updated", version="2026-10"):
    """The leftovers of a run that was killed between its request and the shop's answer."""
    with Inbox.open(inbox.path) as killed:
        ask_lease(killed, shop=shop.domain, topic=topic, uri=HOOKS, api_version=version, name=name)


async def test_a_lease_killed_before_its_answer_is_found_by_its_name(shop, leases, inbox):
    asked(inbox, shop, "devhook-ours")
    strangers(shop, name="devhook-ours")
    others = strangers(shop, topic="orders/paid", name="devhook-theirs")

    removal = await leases.clean_up()

    assert len(removal.removed) == 1
    assert list(shop.subscriptions) == [others]
    assert open_leases(inbox) == []


@pytest.mark.parametrize("name", [None, "their-own"])
async def test_a_lease_that_was_never_created_removes_no_subscription(shop, leases, inbox, name):
    asked(inbox, shop, "devhook-ours")
    others = strangers(shop, name=name)
    shop.clock.advance(**LATE)

    removal = await leases.clean_up()

    assert len(removal.removed) == 1
    assert list(shop.subscriptions) == [others]
    assert open_leases(inbox) == []


async def test_a_lease_asked_for_a_moment_ago_may_yet_be_made_and_is_kept_in_the_journal(shop, leases, inbox):
    asked(inbox, shop, "devhook-ours")

    removal = await leases.clean_up()
    late = strangers(shop, name="devhook-ours")
    again = await leases.clean_up()

    assert removal.left[0].reason == (
        "harbour-lamps.myshopify.com may still be creating the subscription to orders/updated."
    )
    assert len(again.removed) == 1
    assert shop.subscriptions.get(late.id) is None


async def test_without_names_nothing_is_removed_without_consent(shop, inbox):
    """The request failed, and the developer's own app subscribed to the topic at the same address later."""
    client = await shop.client(api_version="2026-01")
    leases = Leases(inbox, client, clock=shop.clock)
    shop.clock.advance(hours=-1)
    before = strangers(shop)
    shop.clock.advance(hours=1)
    asked(inbox, shop, "", version="2026-01")
    asked(inbox, shop, "", topic="orders/paid", version="2026-01")
    shop.clock.advance(seconds=1)
    since = strangers(shop, topic="orders/paid")
    shop.clock.advance(**LATE)

    removal = await leases.clean_up()

    assert [lease.topic for lease in removal.removed] == ["orders/updated"]
    assert list(shop.subscriptions) == [before, since]
    (left,) = removal.left
    assert "Nothing proves" in left.reason
    assert [each.id for each in left.candidates] == [since.id]
    assert [lease.topic for lease in open_leases(inbox)] == ["orders/paid"]


@pytest.mark.parametrize("ours", [True, False])
async def test_an_unproven_lease_is_removed_only_by_the_users_decision(shop, inbox, ours):
    client = await shop.client(api_version="2026-01")
    leases = Leases(inbox, client, clock=shop.clock)
    asked(inbox, shop, "", version="2026-01")
    shop.clock.advance(seconds=1)
    strangers(shop)
    (left,) = (await leases.clean_up()).left

    if ours:
        await leases.remove_candidate(left, left.candidates[0])
    else:
        leases.dismiss(left)

    assert kept(shop) == ([] if ours else [("orders/updated", HOOKS)])
    assert open_leases(inbox) == []


async def test_leases_without_names_are_made_and_removed_in_an_older_version(shop, inbox):
    client = await shop.client(api_version="2026-01")
    leases = Leases(inbox, client, clock=shop.clock)

    created = await leases.make(["orders/updated"], HOOKS)
    names = [lease.name for lease in leases.open()]
    await leases.remove_all()

    assert created.subscriptions[0].name is None
    assert names == [""]
    assert kept(shop) == []


async def test_a_request_that_was_heard_and_sent_again_gives_one_lease(shop, inbox, client):
    leases = Leases(inbox, client, clock=shop.clock, new_mark=lambda: "aaaa")
    strangers(shop, name="devhook-orders-updated-aaaa")

    created = await leases.make(["orders/updated"], HOOKS)

    assert [each.name for each in created.subscriptions] == ["devhook-orders-updated-aaaa"]
    assert (await leases.remove_all()).left == ()
    assert kept(shop) == []


async def test_an_address_that_somebody_else_has_is_refused_and_stays_theirs(shop, leases, inbox):
    others = strangers(shop)

    created = await leases.make(["orders/updated"], HOOKS)
    await leases.remove_all()

    assert created.refused[0].refusal.code == "taken"
    assert list(shop.subscriptions) == [others]


async def test_a_broken_connection_leaves_the_lease_open_until_the_shop_can_be_asked(
    shop, inbox, client, stranger
):
    async def break_off(request):
        request.transport.abort()
        raise ConnectionResetError

    stranger.answers = [break_off]
    broken = await shop.client(origin=stranger.origin)
    with Inbox.open(inbox.path) as killed:
        leases = Leases(killed, broken, clock=shop.clock)
        with pytest.raises(NetworkError):
            await leases.make(["orders/updated"], HOOKS)
        assert [lease.state for lease in leases.open()] == [LeaseState.ASKED]
    shop.clock.advance(**LATE)
    assert len((await Leases(inbox, client, clock=shop.clock).clean_up()).removed) == 1
