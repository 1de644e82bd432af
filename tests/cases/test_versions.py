"""Which version is newer, what repeats what, why nothing changed: inputs that were told wrong, and reports.

Each input has what every delivery of it is told to be: its verdict, what it is compared with, and words that
the lines and the screen both contain or must not contain.
"""

import json
from typing import NamedTuple

import pytest

GITHUB = "https://github.com/"
LATE = "do not overwrite"
UNKNOWN = "is not known"


def webhook(topic, body, headers, status=200, **more):
    return {"topic": topic, "body": body, "headers": headers, "status": status} | more


def order(**fields):
    return json.dumps({"id": 4711, "name": "#4711", "financial_status": "pending"} | fields)


def at(triggered=None, event=None, webhook=None, **more):
    headers = {"X-Shopify-Triggered-At": triggered and f"2026-11-03T12:00:{triggered}Z"}
    headers |= {"X-Shopify-Event-Id": event}
    return headers | ({"X-Shopify-Webhook-Id": webhook} if webhook else {}) | more


def updated(second, **fields):
    return order(updated_at=f"2026-11-03T12:00:{second:02}Z", **fields)


class Told(NamedTuple):
    """What is told of one delivery: verdict, base or original, attempt, words in it, words not in it."""

    verdict: str
    base: int | None = None
    attempt: int = 1
    words: tuple[str, ...] = ()
    never: tuple[str, ...] = (LATE, UNKNOWN)


class Case(NamedTuple):
    """An input: its name or the address of its report, the webhooks, what is told of each."""

    name: str
    webhooks: list[dict]
    told: list[Told]


MOVED = {
    "original_fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/8"},
    "moved_fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/9"},
    "destination_location_id": "gid://shopify/Location/2",
    "source_location": {"id": "gid://shopify/Location/1"},
}

CASES = [
    Case(
        "late on two clocks",
        [
            webhook("orders/updated", updated(0), at("03.000000000")),
            webhook("orders/updated", updated(2, financial_status="paid"), at()),
        ],
        [Told("first"), Told("changed", 1, words=('financial_status "pending" → "paid"',))],
    ),
    Case(
        "the other way round: the older one has the later header",
        [
            webhook("orders/updated", updated(9, financial_status="paid"), at()),
            webhook("orders/updated", updated(4), at("30.5")),
        ],
        [Told("changed", 2), Told("late", None, words=(LATE,), never=(UNKNOWN,))],
    ),
    Case(
        "no clock in both",
        [
            webhook("orders/updated", order(), at("09.5")),
            webhook("orders/updated", updated(2, financial_status="paid"), at()),
            webhook("orders/updated", order(financial_status="voided"), at()),
        ],
        [
            Told("first"),
            Told("changed", 1, words=(UNKNOWN, "X-Shopify-Triggered-At or updated_at"), never=(LATE,)),
            Told("changed", 2, words=(UNKNOWN,), never=(LATE,)),
        ],
    ),
    Case(
        "the clocks disagree",
        [
            webhook("orders/updated", updated(9), at("01.5")),
            webhook("orders/updated", updated(5, financial_status="paid"), at("02.5")),
            webhook("orders/updated", updated(7, financial_status="voided"), at("01.0")),
        ],
        [
            Told("changed", 3),
            Told("changed", 1, words=(UNKNOWN, "disagree"), never=(LATE,)),
            Told("late", None, words=(LATE,), never=(UNKNOWN,)),
        ],
    ),
    Case(
        "one that comes later lets an earlier one be judged",
        [
            webhook("orders/updated", updated(1), at()),
            webhook("orders/updated", updated(5, financial_status="paid", note="b"), at("05.5")),
            webhook("orders/updated", updated(3, note="a"), at()),
        ],
        [
            Told("first"),
            Told("changed", 3, words=('note "a" → "b"', "financial_status")),
            Told("late", 1, words=(LATE, 'note "a"'), never=(UNKNOWN,)),
        ],
    ),
    Case(
        "refused three times, then right",
        [webhook("orders/updated", updated(0), at("00.1", "e", "m"), 401, secret="wrong") for _ in range(3)]
        + [webhook("orders/updated", updated(0), at("00.1", "e", "m")) for _ in range(2)],
        [
            Told("first", words=("signature",)),
            Told("first", None, 2),
            Told("first", None, 3),
            Told("first", None, 4, ("Attempt 4 of this message: delivery 1", "3 min before")),
            Told("duplicate", 4, 5, ("Attempt 5", "handle it once")),
        ],
    ),
    Case(
        "one Webhook-Id on two topics",
        [
            webhook("orders/create", updated(0), at("00.1", "e", "m")),
            webhook("orders/paid", updated(0), at("00.1", "e", "m")),
        ],
        [
            Told("first"),
            Told("unchanged", 1, words=("an action triggers several topics",), never=("Attempt",)),
        ],
    ),
    Case(
        "two subscriptions",
        [
            webhook("orders/create", updated(0), at("00.1", "e")),
            webhook("orders/create", updated(0), at("00.1", "e")),
        ],
        [
            Told("first"),
            Told(
                "unchanged",
                1,
                words=("wo subscriptions",),
                never=("metafield", "risk", "location", "include_fields"),
            ),
        ],
    ),
    Case(
        "two subscriptions, with another topic of the action between",
        [
            webhook("orders/create", updated(0), at("00.1", "e")),
            webhook("orders/paid", updated(0), at("00.1", "e")),
            webhook("orders/create", updated(0), at("00.1", "e")),
        ],
        [
            Told("first"),
            Told("unchanged", 1, never=("metafield", "risk", "location")),
            Told("unchanged", 2, words=("orders/create at the same moment",), never=("metafield", "risk")),
        ],
    ),
    Case(
        "redundant, with another topic between",
        [
            webhook("orders/updated", updated(0), at("00.1", "e1")),
            webhook("orders/paid", updated(0), at("20.1", "e2")),
            webhook("orders/updated", updated(0), at("40.1", "e3")),
        ],
        [
            Told("first"),
            Told("unchanged", 1, never=("Redundant",)),
            Told("unchanged", 2, words=("Redundant: delivery 1 had the same content under other ids.",)),
        ],
    ),
    Case(
        "the true cause, and another action seconds before",
        [
            webhook("orders/updated", updated(0), at("00.1", "e0")),
            webhook("orders/risk_assessment_changed", order(), at("17.0", "e1")),
            webhook("orders/updated", updated(20), at("20.0", "e2")),
            webhook(
                "fulfillment_orders/moved",
                json.dumps(MOVED | {"order_id": 4711}),
                at("20.2", "e2"),
            ),
        ],
        [
            Told("first"),
            Told("first"),
            Told(
                "unchanged",
                1,
                words=("moved from location 1 to location 2",),
                never=("risk_assessment_changed", "risk of the order", "Two subscriptions"),
            ),
            Told("first"),
        ],
    ),
]

REPORTS = [
    Case(
        # orders/updated a second before or after orders/create, told apart by updated_at alone.
        f"{GITHUB}Shopify/shopify-app-js/issues/603",
        [
            webhook("orders/updated", updated(32, note="a"), at()),
            webhook("orders/create", updated(32), at()),
        ],
        [Told("first"), Told("changed", 1, words=(UNKNOWN, "their times are equal"), never=(LATE,))],
    ),
    Case(
        # orders/paid before orders/create.
        f"{GITHUB}frappe/ecommerce_integrations/pull/425",
        [
            webhook("orders/paid", updated(6, financial_status="paid"), at("06.2", "pay")),
            webhook("orders/create", updated(5), at("05.1", "create")),
        ],
        [Told("changed", 2), Told("late", None, words=(LATE, "orders/paid"), never=(UNKNOWN,))],
    ),
    Case(
        # Declared subscriptions beside those made through the API: each event twice.
        f"{GITHUB}Shopify/shopify-app-template-remix/issues/805",
        [
            webhook("products/update", '{"id":3,"title":"Tea"}', at("00.1", "e", "declared")),
            webhook("products/update", '{"id":3,"title":"Tea"}', at("00.1", "e", "made")),
        ],
        [
            Told("first"),
            Told("unchanged", 1, words=("wo subscriptions",), never=("metafield", "include_fields")),
        ],
    ),
    Case(
        # The same webhooks several times, sometimes at one moment.
        f"{GITHUB}nozzlegear/ShopifySharp/issues/919",
        [webhook("orders/updated", updated(0), at("00.1", "e", "m")) for _ in range(3)],
        [Told("first"), Told("duplicate", 1, 2, ("handle it once",)), Told("duplicate", 1, 3)],
    ),
    Case(
        # "the webhook failed to validate 11 times, and then succeed on the 12th attempt"
        f"{GITHUB}Shopify/shopify-api-js/issues/354",
        [webhook("orders/fulfilled", updated(0), at("00.1", "e", "m"), 403, secret="x") for _ in range(11)]
        + [webhook("orders/fulfilled", updated(0), at("00.1", "e", "m"))],
        [Told("first")]
        + [Told("first", None, number) for number in range(2, 12)]
        + [Told("first", None, 12, ("Attempt 12 of this message: delivery 1",))],
    ),
    Case(
        # Webhooks signed with a revoked secret are refused; the retry is signed with the new one.
        f"{GITHUB}Shopify/shopify-app-js/issues/3183",
        [
            webhook("orders/create", updated(0), at("00.1", "e", "m"), 401, secret="the revoked one"),
            webhook("orders/create", updated(0), at("00.1", "e", "m")),
        ],
        [Told("first"), Told("first", None, 2, ("Attempt 2 of this message", "its signature was invalid"))],
    ),
    Case(
        # The same order again and again although the answer is 200 in time.
        f"{GITHUB}Shopify/shopify_app/issues/1173",
        [
            webhook("orders/paid", updated(0), at("00.1", "e1")),
            webhook("orders/paid", updated(0), at("30.1", "e2")),
        ],
        [Told("first"), Told("unchanged", 1, words=("Redundant",), never=("Two subscriptions ask",))],
    ),
    Case(
        # A minute after orders/paid, orders/paid once more, with another updated_at.
        f"{GITHUB}Shopify/shopify-api-js/issues/916",
        [
            webhook("orders/paid", updated(0), at("00.1", "e1")),
            webhook("orders/paid", updated(59), at("59.1", "e2")),
        ],
        [Told("first"), Told("unchanged", 1, words=("Only updated_at differs",), never=("Redundant",))],
    ),
    Case(
        # Moving a fulfilment order changes nothing in the order's body.
        "https://community.shopify.com/c/webhooks-and-events/fulfillmentorder-and-fulfillmentorderlineitem-create-update/td-p/2445856",
        [
            webhook("orders/updated", updated(0), at("00.1", "e0")),
            webhook("fulfillment_orders/moved", json.dumps(MOVED | {"order_id": 4711}), at("20.2", "e2")),
            webhook("orders/updated", updated(20), at("20.0", "e2")),
        ],
        [
            Told("first"),
            Told("first"),
            Told(
                "unchanged", 1, words=("moved from location 1 to location 2",), never=("risk of the order",)
            ),
        ],
    ),
    Case(
        # "merged/updated" years later: the webhook of an old order is the newest version all the same.
        "https://til.abd.dev/shopify/shopify-webhook-date-trap",
        [
            webhook("orders/updated", order(updated_at="2018-03-01T09:00:00Z"), at()),
            webhook("orders/updated", updated(0, note="merged"), at("00.1")),
        ],
        [Told("first"), Told("changed", 1, words=("note",))],
    ),
    Case(
        # An order's messages in bursts, out of order, with the header of some proxies stripped.
        "https://www.tekate.co.uk/?p=2172",
        [
            webhook("orders/paid", updated(3, financial_status="paid"), at("03.5", "pay")),
            webhook("orders/create", order(), at()),
        ],
        [Told("first"), Told("changed", 1, words=(UNKNOWN,), never=(LATE,))],
    ),
]


@pytest.mark.parametrize("case", [*CASES, *REPORTS], ids=lambda case: case.name)
def test_every_delivery_of_an_input_is_told_right(said, case):
    for number, (one, told) in enumerate(zip(said(*case.webhooks), case.told, strict=True), 1):
        where = f"delivery {number}: {one.line}\n{one.tab}"
        assert one.json["verdict"] == told.verdict, where
        trusted = one.json["signature"] == "valid"
        if trusted:
            base = (one.json["repeats"] or {"id": one.json["compared_with"]})["id"]
            assert base == told.base, where
        assert one.json["attempt"] == told.attempt, where
        shown = f"{' '.join(one.line.split())} {one.tab}"
        for words in told.words:
            assert words in " ".join(one.line.split()), (words, where)
            assert words in one.tab or trusted is False, (words, where)
        for words in told.never:
            assert words not in shown, (words, where)
        assert (LATE in shown) is (told.verdict == "late")


def test_redundant_deliveries_are_found_by_their_word(said):
    told = said(*next(case for case in CASES if case.name.startswith("redundant")).webhooks)

    assert [each.json["redundant"] for each in told] == [False, False, True]
    assert [each.row.redundant for each in told] == [False, False, True]
