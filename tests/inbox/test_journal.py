from datetime import UTC, datetime
from functools import partial

import pytest

from devhook.analysis.verdict import Verdict
from devhook.errors import InputError
from devhook.inbox.database import Inbox
from devhook.inbox.folder import file_of
from devhook.inbox.journal import (
    UNLINKED,
    LeaseState,
    Link,
    Send,
    add_sends,
    ask_lease,
    confirm_lease,
    keep_links,
    move_lease,
    open_leases,
    orphaned_leases,
    sends,
    strike_lease,
    unlinked,
    unproven_leases,
)
from devhook.inbox.readings import Reader
from devhook.inbox.timeline import timeline
from devhook.user_key import data_folder
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.delivery import Origin, Signature


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


def test_a_lease_is_stored_before_shopify_is_asked(inbox, ask, path):
    before = datetime.now(UTC)
    lease_id = ask()

    with Inbox.open(path) as after_a_kill:
        (lease,) = open_leases(after_a_kill)

    assert (lease.id, lease.state, lease.subscription_id) == (lease_id, LeaseState.ASKED, None)
    assert (lease.shop, lease.topic) == ("lavender.myshopify.com", "orders/updated")
    assert (lease.uri, lease.api_version, lease.name) == ("https://hooks.example.com", "2026-10", "devhook-1")
    assert before.replace(microsecond=0) <= lease.asked_at <= datetime.now(UTC)


def test_a_confirmed_lease_has_the_id_of_its_subscription(inbox, ask):
    lease_id = ask()

    confirm_lease(inbox, lease_id, "gid://shopify/WebhookSubscription/77")

    (lease,) = open_leases(inbox)
    assert (lease.state, lease.subscription_id) == (LeaseState.MADE, "gid://shopify/WebhookSubscription/77")


@pytest.mark.parametrize("state", [LeaseState.REMOVED, LeaseState.VANISHED])
def test_a_struck_lease_is_not_open(inbox, ask, state):
    kept, struck = ask("orders/paid"), ask("orders/edited")

    strike_lease(inbox, struck, state)

    assert [lease.id for lease in open_leases(inbox)] == [kept]


def test_a_lease_is_proven_by_the_key_of_the_user_who_made_it(inbox, ask, path, monkeypatch, tmp_path):
    confirm_lease(inbox, ask(), "gid://shopify/WebhookSubscription/77")
    move_lease(inbox, 1, "https://moved.example.com")
    (own,) = open_leases(inbox)

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "another user"))
    with Inbox.open(path) as elsewhere:
        (foreign,) = open_leases(elsewhere)
        assert orphaned_leases(elsewhere, "lavender.myshopify.com") == []
        assert unproven_leases(elsewhere, "lavender.myshopify.com") == [foreign]

    assert (own.proven, foreign.proven) == (True, False)


@pytest.mark.parametrize(
    "change",
    [
        "subscription_id = 'gid://shopify/WebhookSubscription/1'",
        "uri = 'https://production.example.com'",
        "topic = 'orders/paid'",
        "shop = 'another.myshopify.com'",
        "name = ''",
        "asked_at = 0",
        "mac = NULL",
        "mac = 'ü'",
    ],
)
def test_a_lease_that_somebody_altered_proves_nothing(inbox, ask, change):
    ask()

    with inbox.writing() as connection:
        connection.execute(f"UPDATE journal.leases SET {change}")

    assert not any(lease.proven for lease in open_leases(inbox))


def test_without_a_readable_key_no_lease_is_stored_or_loses_its_proof(inbox, ask):
    lease_id = ask()
    key = data_folder() / "user.key"
    whole = key.read_bytes()
    key.write_bytes(b"short")

    for change in (ask, partial(confirm_lease, inbox, lease_id, "gid://shopify/WebhookSubscription/77")):
        with pytest.raises(InputError, match="is damaged"):
            change()
    key.write_bytes(whole)

    assert [(lease.subscription_id, lease.proven) for lease in open_leases(inbox)] == [(None, True)]


def test_what_happens_to_an_unproven_lease_does_not_prove_it(inbox, ask):
    lease_id = ask()
    with inbox.writing() as connection:
        connection.execute("UPDATE journal.leases SET mac = NULL")

    confirm_lease(inbox, lease_id, "gid://shopify/WebhookSubscription/77")
    move_lease(inbox, lease_id, "https://moved.example.com")

    (lease,) = open_leases(inbox)
    assert (lease.subscription_id, lease.proven) == ("gid://shopify/WebhookSubscription/77", False)


def test_leases_of_two_shops_are_kept_apart(inbox, ask):
    mine, _ = ask(), ask(shop="other.myshopify.com")

    assert [lease.id for lease in open_leases(inbox, "lavender.myshopify.com")] == [mine]
    assert len(open_leases(inbox)) == 2


def test_a_lease_that_shopify_may_still_have_is_open():
    assert [state for state in LeaseState if state.open] == [LeaseState.ASKED, LeaseState.MADE]


NOW = datetime(2026, 7, 4, 12, 0, 1, 250000, tzinfo=UTC)


def send(**facts):
    given = {
        "sent_at": NOW,
        "origin": Origin.REPLAY,
        "url": "http://localhost:3000/",
        "delivery_id": 7,
        "topic": "orders/updated",
        "headers": (("X-Shopify-Topic", "orders/updated"), ("x-b", "\xff")),
        "answer": Answer(status=200, headers=(("Server", "x"),), body=b"ok\x00", seconds=0.0125),
    }
    return Send(**given | facts)


def without_ids(found):
    return [each.model_copy(update={"id": 0}) for each in found]


def test_sends_are_returned_unchanged_newest_first(inbox):
    first = send()
    second = send(
        origin=Origin.FORGED,
        delivery_id=None,
        body=b'{"id":1}\xff',
        answer=Answer(seconds=5.0, failure=Failure.NO_ANSWER, error="No complete answer within 5 s."),
    )

    add_sends(inbox, [first, second])

    found = sends(inbox)
    assert without_ids(found) == [second, first]
    assert found[0].id > found[1].id > 0


def test_the_sends_of_one_delivery_are_found(inbox):
    add_sends(inbox, [send(), send(delivery_id=8), send()])

    assert [each.delivery_id for each in sends(inbox, 7)] == [7, 7]
    assert len(sends(inbox, 7, limit=1)) == 1


def test_sends_are_kept_over_a_restart_and_beside_the_inbox(path):
    with Inbox.open(path) as inbox:
        add_sends(inbox, [send()])
    before = file_of(path, "deliveries").read_bytes()

    with Inbox.open(path) as inbox:
        add_sends(inbox, [send()])
        found = sends(inbox)

    assert len(found) == 2
    assert file_of(path, "deliveries").read_bytes() == before


def test_without_sends_nothing_is_written(inbox):
    add_sends(inbox, [])

    assert sends(inbox) == []


SHOP = "lavender.myshopify.com"
ORDER_ID = 5_000_000_000_001


@pytest.fixture
def reader(inbox):
    return Reader(inbox)


def told(arrival, number=31, topic="fulfillment_orders/placed_on_hold", **facts):
    body = {"fulfillment_order": {"id": f"gid://shopify/FulfillmentOrder/{number}", "status": "on_hold"}}
    return arrival(topic, body, **facts)


def test_a_fulfillment_order_has_its_own_subject_and_a_hint_says_why(inbox, reader, arrival):
    inbox.add([told(arrival)])

    (row,) = reader.read_new()

    assert (row.subject.kind, row.subject.id) == ("fulfillment_order", "31")
    assert row.hint.startswith(
        "The fulfilment order is on hold. The body lacks the order id, and devhook has"
    )
    assert unlinked(inbox, SHOP) == ["31"]


def test_a_fulfillment_order_moves_to_its_order_once_that_is_known_also_where_it_was_read_before(
    inbox, reader, arrival, order
):
    inbox.add([arrival("orders/create", order()), told(arrival)])
    assert [row.id for row in reader.read_new()] == [1, 2]

    keep_links(inbox, SHOP, [Link(fulfillment_order="31", order_id=str(ORDER_ID), order_name="#2001")])
    inbox.add([told(arrival, seconds=5)])
    (later,) = reader.read_new()

    (earlier,) = reader.revised()
    assert (earlier.id, later.id) == (2, 3)
    assert earlier.subject.name == later.subject.name == "#2001"
    assert [row.id for row in timeline(inbox, later)] == [1, 2, 3]
    assert (later.verdict, later.compared_with) == (Verdict.UNCHANGED, 2)
    assert unlinked(inbox, SHOP) == []


def test_deliveries_of_the_order_that_are_older_than_the_linked_ones_are_late(inbox, reader, arrival, order):
    one, two = "2026-07-04T12:00:01Z", "2026-07-04T12:00:02Z"
    inbox.add([told(arrival, triggered_at=two), arrival(document=order(), triggered_at=one)])
    assert [row.verdict for row in reader.read_new()] == [Verdict.FIRST, Verdict.FIRST]

    keep_links(inbox, SHOP, [Link(fulfillment_order="31", order_id=str(ORDER_ID))])
    reader.read_new()

    assert [row.verdict for row in reader.revised()] == [Verdict.FIRST, Verdict.LATE]
    assert inbox.reading(2).newer == 1


def test_a_link_is_of_one_shop_and_is_kept_for_the_next_readings(inbox, arrival):
    keep_links(inbox, SHOP, [Link(fulfillment_order="31", order_id="7", order_name="#7")])
    inbox.add([told(arrival), told(arrival, shop="other.myshopify.com")])

    linked, other = Reader(inbox).read_new()

    assert (linked.subject.kind, linked.subject.id, linked.subject.name) == ("order", "7", "#7")
    assert other.subject.kind == "fulfillment_order"


def test_untrusted_deliveries_cause_no_question_to_the_shop(inbox, reader, arrival):
    inbox.add([told(arrival, signature=Signature.INVALID)])
    reader.read_new()

    assert unlinked(inbox, SHOP) == []


def test_the_open_questions_are_looked_up_by_index(inbox):
    steps = " ".join(step for *_, step in inbox.query(f"EXPLAIN QUERY PLAN {UNLINKED}", "s", 9))

    assert "SEARCH r USING COVERING INDEX timeline (shop=? AND kind=?)" in steps


def test_a_return_without_an_order_gets_the_order_that_another_of_its_deliveries_names(
    inbox, reader, arrival
):
    update = {"admin_graphql_api_id": "gid://shopify/Return/77", "restocking_fees": {"updates": []}}
    inbox.add([arrival("returns/update", update, triggered_at="2026-07-04T12:00:03Z")])
    assert reader.read_new()[0].subject.kind == "return"

    request = {"id": 77, "status": "requested", "name": "#2001-R1", "order": {"id": ORDER_ID}}
    close = {"id": 77, "status": "closed", "order_id": ORDER_ID}
    inbox.add(
        [
            arrival("returns/request", request, triggered_at="2026-07-04T12:00:01Z"),
            arrival("returns/close", close, triggered_at="2026-07-04T12:00:05Z"),
            arrival("returns/update", update, triggered_at="2026-07-04T12:00:06Z"),
        ]
    )
    rows = reader.read_new()

    assert 1 in [row.id for row in reader.revised()]
    assert {(row.subject.kind, row.subject.id, row.subject.name) for row in [inbox.row(1), *rows]} == {
        ("order", str(ORDER_ID), "#2001")
    }
    assert [row.id for row in timeline(inbox, rows[0])] == [2, 1, 3, 4]
