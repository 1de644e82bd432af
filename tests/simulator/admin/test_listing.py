import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from graphql import GraphQLError

from devhook.simulator.admin.listing import Listing, page, selected
from devhook.simulator.admin.subscriptions import SimulatedSubscription, SubscriptionFormat

START = datetime(2026, 11, 23, 9, tzinfo=UTC)


def subscription(number, minutes, topic="orders/updated", **more):
    moment = START + timedelta(minutes=minutes)
    return SimulatedSubscription(
        id=f"gid://shopify/WebhookSubscription/{number}",
        topic=topic,
        uri=more.pop("uri", f"https://tunnel.example/{number}"),
        api_version="2026-10",
        created_at=moment,
        updated_at=moment + timedelta(hours=1),
        **more,
    )


# Created in this order; 30 and 10 in the same second.
KEPT = [subscription(30, 0), subscription(10, 0), subscription(40, 1), subscription(20, 2)]


def numbers(listing):
    return [each.number for each in page(KEPT, listing).items]


def test_the_order_is_by_creation_and_then_by_id():
    assert numbers(Listing(first=9)) == [10, 30, 40, 20]
    assert numbers(Listing(first=9, reverse=True)) == [20, 40, 30, 10]
    assert numbers(Listing(first=9, by_id=True)) == [10, 20, 30, 40]
    assert numbers(Listing(first=9, by_id=True, reverse=True)) == [40, 30, 20, 10]


@pytest.mark.parametrize("by_id", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
def test_pages_forward_give_each_subscription_once(by_id, reverse):
    seen, after = [], None
    while True:
        one = page(KEPT, Listing(first=3, after=after, by_id=by_id, reverse=reverse))
        seen += [each.number for each in one.items]
        if not one.has_next:
            break
        after = one.cursors[-1]

    assert seen == numbers(Listing(first=9, by_id=by_id, reverse=reverse))


@pytest.mark.parametrize("reverse", [False, True])
def test_pages_backward_give_each_subscription_once(reverse):
    seen, before = [], None
    while True:
        one = page(KEPT, Listing(last=3, before=before, reverse=reverse))
        seen = [each.number for each in one.items] + seen
        if not one.has_previous:
            break
        before = one.cursors[0]

    assert seen == numbers(Listing(first=9, reverse=reverse))


def test_a_page_says_what_lies_before_and_behind_it():
    whole = page(KEPT, Listing(first=9))

    middle = page(KEPT, Listing(last=1, before=whole.cursors[2]))

    assert [each.number for each in middle.items] == [30]
    assert (middle.has_previous, middle.has_next) == (True, True)
    assert (whole.has_previous, whole.has_next) == (False, False)


def test_a_cursor_outlives_the_subscription_it_points_to():
    cursor = page(KEPT, Listing(first=2)).cursors[-1]

    rest = page([each for each in KEPT if each.number != 30], Listing(first=9, after=cursor))

    assert [each.number for each in rest.items] == [40, 20]


def test_a_cursor_is_written_as_shopify_writes_it():
    by_creation = page(KEPT, Listing(first=1)).cursors[0]
    by_id = page(KEPT, Listing(first=1, by_id=True)).cursors[0]

    assert base64.b64decode(by_creation) == b'{"last_id":10,"last_value":"2026-11-23 09:00:00.000000"}'
    assert base64.b64decode(by_id) == b'{"last_id":10,"last_value":"10"}'


@pytest.mark.parametrize(
    "cursor", ["", "!", "bm8=", base64.b64encode(json.dumps({"last_id": 1}).encode()).decode(), "W10="]
)
def test_a_cursor_that_is_none_is_refused(cursor):
    with pytest.raises(GraphQLError, match="Invalid cursor for current pagination sort"):
        page(KEPT, Listing(first=1, after=cursor))


def test_a_list_needs_a_size():
    with pytest.raises(GraphQLError, match="you must provide one of first or last"):
        page(KEPT, Listing())


def test_a_list_is_narrowed_by_topic_format_and_address():
    kept = [
        subscription(1, 0),
        subscription(2, 0, topic="orders/paid"),
        subscription(3, 0, format=SubscriptionFormat.XML),
        subscription(4, 0, uri="https://other.example/"),
    ]

    def found(**narrowed):
        return [each.number for each in page(kept, Listing(first=9, **narrowed)).items]

    assert found(topics=("orders/paid",)) == [2]
    assert found(topics=()) == []
    assert found(format=SubscriptionFormat.XML) == [3]
    assert found(uri="https://other.example/") == [4]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (None, [30, 10, 40, 20]),
        ("", [30, 10, 40, 20]),
        ("id:40", [40]),
        ("id:gid://shopify/WebhookSubscription/40", [40]),
        ("id:>=30", [30, 40]),
        ("id:>10 id:<40", [30, 20]),
        ("id:>10 AND id:<40", [30, 20]),
        ("id:x", []),
        ("created_at:>2026-11-23T09:00:30Z", [40, 20]),
        ("created_at:<='2026-11-23T09:01:00Z'", [30, 10, 40]),
        ("created_at:>2026-11-22", [30, 10, 40, 20]),
        ("updated_at:<=2026-11-23T10:00:00+00:00", [30, 10]),
        ("created_at:yesterday", []),
        ('endpoint:"https://tunnel.example/20"', [20]),
        ("topic:orders/updated", [30, 10, 40, 20]),
        ("colour:red", [30, 10, 40, 20]),
    ],
)
def test_a_query_holds_for_what_it_describes(query, found):
    assert [each.number for each in selected(KEPT, query)] == found
