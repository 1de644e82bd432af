import pytest

from devhook.errors import NetworkError
from devhook.shop.registrations import Holder
from devhook.simulator.admin.server import AdminFault

DEAD = "ngrok has no agent for it (ERR_NGROK_3200)"


def topics_of(shop):
    return [each.topic for each in shop.subscriptions]


async def test_each_subscription_is_shown_with_its_owner_and_its_address(
    opened, session, canned_registrations, entry, lost_lease
):
    session.registrations = canned_registrations(
        entry(1, "orders/updated", Holder.LEASE),
        entry(2, "orders/paid", Holder.DEVHOOK, dead=DEAD),
        entry(3, "products/update", uri="https://app.example.com/hooks", name=None, format="XML"),
        lost=(lost_lease(),),
    )
    async with opened() as terminal:
        await terminal.press("s")

        await terminal.shows("Subscriptions harbour-lane · 1 temporary · 2 other · 1 dead · 1 vanished")
        assert terminal.line("orders/edited").split()[:3] == ["│▌✗", "orders/edited", "vanished"]
        assert terminal.line("orders/updated").split()[1:4] == ["●", "orders/updated", "temporary"]
        assert terminal.line("orders/paid").split()[1:5] == ["✗", "orders/paid", "other", "devhook"]
        assert terminal.line("products/update").split()[1:8] == [
            "○", "products/update", "other", "XML", "2026-10", "2026-03-14", "14:02",
        ]  # fmt: skip
        assert f"dead tunnel: {DEAD}" in terminal.text
        assert "→ https://app.example.com/hooks" in terminal.text


async def test_s_and_escape_lead_back_to_the_deliveries_which_are_counted_meanwhile(
    opened, session, canned_registrations, entry
):
    session.registrations = canned_registrations(entry(1))
    async with opened() as terminal:
        for count, key in enumerate(("s", "escape"), 1):
            await terminal.press("s")
            await terminal.shows("0 temporary · 1 other")
            session.deliver()
            await terminal.press(key)
            await terminal.shows(f"Deliveries {count} · following")


async def test_without_access_to_a_shop_the_key_opens_no_page(opened):
    async with opened() as terminal:
        await terminal.press("s")

        assert "Subscriptions" not in terminal.text


async def test_a_shop_without_subscriptions_says_how_to_make_one(opened, session, canned_registrations):
    session.registrations = canned_registrations()
    async with opened() as terminal:
        await terminal.press("s")

        await terminal.shows("This app has no subscription in the shop.", "n subscribes to topics.")
        assert "renew" not in terminal.text


async def test_a_shop_that_does_not_answer_is_reported_and_can_be_asked_again(
    opened, session, canned_registrations, entry
):
    session.registrations = canned_registrations(entry(1))
    session.registrations.failure = NetworkError(
        "The shop cannot be reached.", "See that this machine is online."
    )
    async with opened() as terminal:
        await terminal.press("s")
        await terminal.shows("See that this machine is online.", "not loaded")
        session.registrations.failure = None
        await terminal.press("r")

        await terminal.shows("0 temporary · 1 other")


async def test_a_subscription_that_the_journal_does_not_prove_ours_is_not_removed(
    opened, session, canned_registrations, entry
):
    session.registrations = canned_registrations(entry(1, holder=Holder.DEVHOOK), entry(2, "products/update"))
    async with opened() as terminal:
        await terminal.press("s")
        await terminal.shows("2 other")
        await terminal.press("x", "down", "delete")

        await terminal.until(lambda: len(terminal.notices) == 2)
        topics = [title.partition("subscription to ")[2].split()[0] for title, _ in terminal.notices]
        assert topics == ["orders/paid", "products/update"]
        assert terminal.notices[1][1] == "Your app created it. Remove it in the app."
        assert session.registrations.removed == []


async def test_a_dead_tunnel_of_others_is_removed_only_when_the_user_says_yes(
    opened, session, canned_registrations, entry
):
    session.registrations = canned_registrations(entry(1, dead=DEAD))
    where = "orders/paid to https://a.ngrok.app/hooks"
    async with opened() as terminal:
        await terminal.press("s")
        await terminal.shows("1 dead")
        for key, removed in (("n", 0), ("escape", 0), ("y", 1)):
            await terminal.press("x")
            await terminal.shows("Remove this subscription?", where, "y yes")
            await terminal.press(key)
            await terminal.hides("Remove this subscription?")
            await terminal.app.workers.wait_for_complete()
            assert len(session.registrations.removed) == removed


async def test_a_lease_is_removed_and_the_subscriptions_of_others_stay(opened, side, shop):
    before = topics_of(shop)
    await side.subscribe(["refunds/create"])
    async with opened() as terminal:
        await terminal.press("s")
        await terminal.shows("1 temporary · 5 other")
        await terminal.press("g", "x")

        await terminal.shows("0 temporary · 5 other", "Removed refunds/create")
        assert topics_of(shop) == before


async def test_topics_are_chosen_and_subscribed_to(opened, side, shop):
    async with opened() as terminal:
        await terminal.press("s")
        await terminal.shows("0 temporary · 5 other")
        await terminal.press("n")
        await terminal.shows("Topics 218")
        await terminal.type("refunds/")
        await terminal.shows("Topics 1 of 218")
        await terminal.press("enter")

        await terminal.shows("1 temporary · 5 other", "Subscribed to refunds/create.")
        assert "refunds/create" in topics_of(shop)
        assert side.topics == {"refunds/create"}


async def test_a_refusal_of_the_shop_and_its_failure_are_shown(opened, side, shop):
    async with opened() as terminal:
        await terminal.press("s")
        await terminal.shows("5 other")
        shop.admin.fail_next(AdminFault(status=500))
        await terminal.press("n")
        await terminal.until(lambda: any("answered 500" in title for title, _ in terminal.notices))

        await terminal.press("n")
        await terminal.shows("Topics 218")
        shop.installation.scopes = frozenset()
        await terminal.type("refunds/")
        await terminal.press("enter")
        await terminal.until(lambda: any("refunds/create:" in title for title, _ in terminal.notices))
        assert "refunds/create" not in topics_of(shop)


async def test_vanished_leases_can_be_renewed(opened, side, shop):
    made = await side.subscribe(["refunds/create"])
    shop.subscriptions.remove(made.subscriptions[0].id)
    async with opened() as terminal:
        await terminal.press("s")
        await terminal.shows("0 temporary · 5 other · 1 vanished", "v creates it again", "v renew")
        await terminal.press("v")

        await terminal.shows("1 temporary · 5 other", "Subscribed to refunds/create.")
        assert "refunds/create" in topics_of(shop)
        await terminal.hides("v make again")


@pytest.mark.thorough
async def test_the_page_follows_what_happens_in_the_shop_while_it_is_open(
    opened, session, canned_registrations, entry, lost_lease, monkeypatch
):
    monkeypatch.setattr("devhook.tui.screens.subscriptions._AGAIN", 0.0)
    session.registrations = canned_registrations(entry(1, "orders/edited", Holder.LEASE))
    async with opened() as terminal:
        await terminal.press("s")
        await terminal.shows("1 temporary · 0 other")
        session.registrations.standing = canned_registrations(entry(2), lost=(lost_lease(),)).standing
        await terminal.shows("0 temporary · 1 other · 1 vanished", "v renew")
        assert terminal.notices == [
            ("The shop removed the subscription to orders/edited.", "v creates it again.")
        ]

        session.registrations.failure = NetworkError("The shop cannot be reached.", "")
        await terminal.shows("· not loaded", "orders/edited")
        session.registrations.failure = None
        session.registrations.standing = canned_registrations(entry(2)).standing
        await terminal.shows("0 temporary · 1 other")
        await terminal.hides("vanished")
        assert len(terminal.notices) == 1
