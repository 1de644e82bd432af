import pytest

from devhook.analysis.verdict import Verdict
from devhook.inbox.life import timeline
from devhook.inbox.links import UNLINKED, Link, keep_links, unlinked
from devhook.inbox.reader import Reader
from devhook.webhook.delivery import Signature

SHOP = "lavender.myshopify.com"
ORDER_ID = 5_000_000_000_001


@pytest.fixture
def face(inbox):
    return Reader(inbox)


def told(arrival, number=31, topic="fulfillment_orders/placed_on_hold", **facts):
    body = {"fulfillment_order": {"id": f"gid://shopify/FulfillmentOrder/{number}", "status": "on_hold"}}
    return arrival(topic, body, **facts)


def test_a_fulfilment_order_stands_under_its_own_id_and_says_why(inbox, face, arrival):
    inbox.add([told(arrival)])

    (row,) = face.read_new()

    assert (row.subject.kind, row.subject.id) == ("fulfillment_order", "31")
    assert row.hint.startswith(
        "The fulfilment order is on hold. The body lacks the order id, and devhook has"
    )
    assert unlinked(inbox, SHOP) == ["31"]


def test_once_its_order_is_known_it_stands_under_it_those_that_were_read_too(inbox, face, arrival, order):
    inbox.add([arrival("orders/create", order()), told(arrival)])
    assert [row.id for row in face.read_new()] == [1, 2]

    keep_links(inbox, SHOP, [Link(fulfillment_order="31", order_id=str(ORDER_ID), order_name="#2001")])
    inbox.add([told(arrival, seconds=5)])
    (later,) = face.read_new()

    (earlier,) = face.revised()
    assert (earlier.id, later.id) == (2, 3)
    assert earlier.subject.name == later.subject.name == "#2001"
    assert [row.id for row in timeline(inbox, later)] == [1, 2, 3]
    assert (later.verdict, later.compared_with) == (Verdict.UNCHANGED, 2)
    assert unlinked(inbox, SHOP) == []


def test_what_was_already_newer_makes_those_of_the_order_late(inbox, face, arrival, order):
    one, two = "2026-07-04T12:00:01Z", "2026-07-04T12:00:02Z"
    inbox.add([told(arrival, triggered_at=two), arrival(document=order(), triggered_at=one)])
    assert [row.verdict for row in face.read_new()] == [Verdict.FIRST, Verdict.FIRST]

    keep_links(inbox, SHOP, [Link(fulfillment_order="31", order_id=str(ORDER_ID))])
    face.read_new()

    assert [row.verdict for row in face.revised()] == [Verdict.FIRST, Verdict.LATE]
    assert inbox.reading(2).newer == 1


def test_a_link_is_of_one_shop_and_is_kept_for_the_next_readings(inbox, arrival):
    keep_links(inbox, SHOP, [Link(fulfillment_order="31", order_id="7", order_name="#7")])
    inbox.add([told(arrival), told(arrival, shop="other.myshopify.com")])

    linked, other = Reader(inbox).read_new()

    assert (linked.subject.kind, linked.subject.id, linked.subject.name) == ("order", "7", "#7")
    assert other.subject.kind == "fulfillment_order"


def test_what_nobody_vouches_for_is_asked_after_by_nobody(inbox, face, arrival):
    inbox.add([told(arrival, signature=Signature.INVALID)])
    face.read_new()

    assert unlinked(inbox, SHOP) == []


def test_what_is_to_be_asked_is_looked_up_by_index(inbox):
    steps = " ".join(step for *_, step in inbox.query(f"EXPLAIN QUERY PLAN {UNLINKED}", "s", 9))

    assert "SEARCH r USING COVERING INDEX timeline (shop=? AND kind=?)" in steps


def test_a_return_that_names_no_order_stands_under_the_one_that_another_of_its_deliveries_names(
    inbox, face, arrival
):
    update = {"admin_graphql_api_id": "gid://shopify/Return/77", "restocking_fees": {"updates": []}}
    inbox.add([arrival("returns/update", update, triggered_at="2026-07-04T12:00:03Z")])
    assert face.read_new()[0].subject.kind == "return"

    request = {"id": 77, "status": "requested", "name": "#2001-R1", "order": {"id": ORDER_ID}}
    close = {"id": 77, "status": "closed", "order_id": ORDER_ID}
    inbox.add(
        [
            arrival("returns/request", request, triggered_at="2026-07-04T12:00:01Z"),
            arrival("returns/close", close, triggered_at="2026-07-04T12:00:05Z"),
            arrival("returns/update", update, triggered_at="2026-07-04T12:00:06Z"),
        ]
    )
    rows = face.read_new()

    assert 1 in [row.id for row in face.revised()]
    assert {(row.subject.kind, row.subject.id, row.subject.name) for row in [inbox.row(1), *rows]} == {
        ("order", str(ORDER_ID), "#2001")
    }
    assert [row.id for row in timeline(inbox, rows[0])] == [2, 1, 3, 4]
