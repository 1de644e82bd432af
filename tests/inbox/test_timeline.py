import pytest

from devhook.analysis.verdict import Verdict
from devhook.inbox.readings import Reader
from devhook.inbox.timeline import (
    COPIES,
    SAME_ACTION,
    SAME_BODY,
    SAME_ID,
    SAME_MOMENT,
    SAME_WEBHOOK_ID,
    TIMELINE,
    Around,
    case_of,
    companions,
    evidence,
    history,
    timeline,
)
from devhook.webhook.delivery import Signature

ORDER_ID = 5_000_000_000_001


@pytest.fixture
def read(inbox):
    """Add arrivals and return their rows, read."""
    reader = Reader(inbox)

    def read(*arrivals):
        inbox.add(arrivals)
        return reader.read_new()

    return read


@pytest.mark.parametrize(
    ("statement", "values", "plan"),
    [
        (TIMELINE, ["s", "order", "1", 9], "INDEX timeline (shop=? AND kind=? AND subject=? AND trusted=?)"),
        (SAME_ACTION, [1, "e", "s"], "r USING INDEX actions (shop=? AND event_id=?)"),
        (
            SAME_MOMENT,
            [1, "e", "s", "order", "1", 1, 2, False, True],
            "INDEX timeline (shop=? AND kind=? AND subject=? AND trusted=? AND version>? AND version<?)",
        ),
        (COPIES, ["s", "e", "t", 1, 9], "r USING INDEX actions (shop=? AND event_id=?)"),
        (SAME_BODY, [1], "r USING INDEX timeline (shop=? AND kind=? AND subject=? AND trusted=?)"),
        (SAME_ID, ["s", "w", "t", 1, 9], "USING INDEX originals (shop=? AND webhook_id=?)"),
    ],
)
def test_the_timeline_uses_an_index(inbox, statement, values, plan):
    steps = [step for *_, step in inbox.query(f"EXPLAIN QUERY PLAN {statement}", *values)]

    assert plan in " ".join(steps)
    assert not any(step.startswith("SCAN") for step in steps)


def at(second):
    return f"2026-07-04T12:00:{second:06.3f}Z"


def moved(number=31):
    return {
        "original_fulfillment_order": {"id": f"gid://shopify/FulfillmentOrder/{number}"},
        "moved_fulfillment_order": {"id": f"gid://shopify/FulfillmentOrder/{number + 1}"},
        "destination_location_id": "gid://shopify/Location/6",
        "source_location": {"id": "gid://shopify/Location/5"},
    }


def test_a_timeline_has_every_topic_of_an_order_by_version_and_no_other_order(inbox, read, arrival, order):
    rows = read(
        arrival("orders/create", order(), triggered_at=at(0)),
        arrival("refunds/create", {"id": 9, "order_id": ORDER_ID}, triggered_at=at(7)),
        arrival("orders/updated", order(note="x"), triggered_at=at(3), webhook_id="w"),
        arrival("orders/updated", order(note="x"), triggered_at=at(3), webhook_id="w"),
        arrival("orders/updated", order(2), triggered_at=at(3)),
        arrival("orders/updated", order(), triggered_at=at(3), shop="other.myshopify.com"),
        arrival("orders/updated", order(note="y"), triggered_at=at(9), signature=Signature.INVALID),
    )

    life = timeline(inbox, rows[0])

    assert [(row.id, row.verdict) for row in life] == [
        (1, Verdict.FIRST),
        (3, Verdict.LATE),
        (4, Verdict.DUPLICATE),
        (2, Verdict.FIRST),
    ]
    assert [row.id for row in timeline(inbox, rows[0], limit=2)] == [4, 2]


def test_a_delivery_without_a_subject_has_no_timeline(inbox, read, arrival):
    (row,) = read(arrival(body=b"{"))

    assert (timeline(inbox, row), companions(inbox, row), history(inbox, row, "/x")) == ([], (), [])


def test_companions_have_the_same_action_or_the_same_moment_of_the_same_order(inbox, read, arrival, order):
    updated, *_ = read(
        arrival(document=order(), triggered_at=at(10), event_id="E", webhook_id="a"),
        arrival("fulfillment_orders/moved", moved(), triggered_at=at(10.2), event_id="E", webhook_id="b"),
        arrival("orders/paid", order(), triggered_at=at(15), event_id="F", webhook_id="c"),
        arrival("orders/paid", order(), triggered_at=at(4.999), event_id="G", webhook_id="d"),
        arrival("orders/paid", order(2), triggered_at=at(10), event_id="H", webhook_id="e"),
        arrival(document=order(), triggered_at=at(10), event_id="E", webhook_id="a"),
        arrival("orders/paid", order(), triggered_at=at(10), event_id="E", signature=Signature.INVALID),
        arrival("orders/paid", order(), triggered_at=at(10), event_id="E", shop="other.myshopify.com"),
    )

    found = companions(inbox, updated)

    assert [(each.id, each.same_action) for each in found] == [(2, True), (3, False)]
    assert [each.words() for each in found] == [
        "fulfillment_orders/moved 200 ms later says: moved from location 5 to location 6",
        "orders/paid 5 s later",
    ]
    assert companions(inbox, inbox.row(7)) == ()


def test_a_companion_that_comes_later_is_found_from_either_side(inbox, read, arrival, order):
    (updated,) = read(arrival(document=order(), triggered_at=at(10), event_id="E"))
    assert companions(inbox, updated) == ()

    (told,) = read(arrival("fulfillment_orders/moved", moved(), triggered_at=at(9), event_id="E"))

    assert [each.words() for each in companions(inbox, updated)] == [
        "fulfillment_orders/moved 1 s before says: moved from location 5 to location 6"
    ]
    assert [each.words() for each in companions(inbox, told)] == ["orders/updated 1 s later"]


def test_an_explanation_is_shown_on_both_deliveries_in_either_order(inbox, read, arrival, order):
    _, updated, told = read(
        arrival("orders/create", order(updated_at="x"), triggered_at=at(0)),
        arrival(document=order(updated_at="y"), triggered_at=at(10), event_id="E"),
        arrival("fulfillment_orders/moved", moved(), triggered_at=at(10.2), event_id="E"),
    )

    around_updated = Around.of(inbox, updated, inbox.reading(updated.id))
    around_told = Around.of(inbox, told, inbox.reading(told.id))

    assert around_updated.causes[0].topic == "fulfillment_orders/moved"
    assert around_updated.told == (
        "fulfillment_orders/moved 200 ms later says: moved from location 5 to location 6.",
    )
    assert around_told.told == ("That may be why nothing visible changed in delivery 2 (orders/updated).",)
    assert (around_updated.explains, around_told.causes) == ((), ())


def test_a_change_that_another_delivery_of_the_action_contained_needs_no_explanation(
    inbox, read, arrival, order
):
    *_, told = read(
        arrival("orders/create", order(), triggered_at=at(0), event_id="E"),
        arrival(document=order(), triggered_at=at(0), event_id="E"),
        arrival("fulfillment_orders/moved", moved(), triggered_at=at(0), event_id="E"),
    )

    assert Around.of(inbox, told, inbox.reading(told.id)).told == ()


def test_a_body_of_few_fields_is_suspected_of_include_fields(inbox, read, arrival, order):
    _, again = read(arrival(document=order()), arrival(document=order(), webhook_id="b"))

    around = Around.of(inbox, again, inbox.reading(again.id))

    assert "include_fields" in around.causes[0].what
    assert around.told == ()


def test_both_interpretations_of_the_ids_are_shown(inbox, read, arrival, order):
    first, *_ = read(
        arrival(document=order(), webhook_id="a", event_id="E"),
        arrival(document=order(), webhook_id="a", event_id="E"),
        arrival(document=order(), webhook_id="b", event_id="E"),
        arrival("orders/paid", order(), webhook_id="c", event_id="E"),
        arrival(document=order(note="x"), webhook_id="d", event_id="E"),
        arrival(document=order(), webhook_id="a", event_id="E", signature=Signature.INVALID),
        arrival(document=order(note="y"), webhook_id="a", event_id="E", signature=Signature.INVALID),
        arrival("orders/paid", order(), webhook_id="a", event_id="E"),
    )

    assert evidence(inbox, first).attempts == (1, 2, 6)
    assert evidence(inbox, first).copies == (1, 2, 3)
    assert evidence(inbox, inbox.row(6)).attempts == ()


def test_the_values_of_a_field_are_listed_through_the_versions_of_its_document(inbox, read, arrival, order):
    def item(number, quantity):
        return {"id": number, "quantity": quantity}

    rows = read(
        arrival(document=order(line_items=[item(1, 5), item(2, 7)]), triggered_at=at(1)),
        arrival(document=order(line_items=[item(2, 8)]), triggered_at=at(3)),
        arrival("refunds/create", {"id": 9, "order_id": ORDER_ID}, triggered_at=at(2)),
        arrival(document=order(line_items=[item(2, 6), item(1, 4)]), triggered_at=at(2)),
        arrival(body=b"{", triggered_at=at(2)),
    )

    told = history(inbox, rows[0], "/line_items/0/quantity")

    assert [(row.id, value.present, value.value) for row, value in told] == [
        (1, True, 5),
        (4, True, 4),
        (2, False, None),
    ]


def case(inbox, delivery_id):
    return case_of(inbox, delivery_id, inbox.delivery(delivery_id))


def test_other_bodies_of_the_same_webhook_id_are_found(inbox, arrival):
    inbox.add([arrival(body=b"old", webhook_id="w-1"), arrival(body=b"else", webhook_id="w-2")])
    inbox.add([arrival(body=b"new", webhook_id="w-1", signature=Signature.INVALID)])
    Reader(inbox).read_new()

    found = case(inbox, 3)

    assert found.body == b"new"
    assert [(other.id, other.body) for other in found.others] == [(1, b"old")]


def test_an_untrusted_delivery_explains_nothing(inbox, arrival):
    inbox.add([arrival(body=b"forged", webhook_id="w-1", signature=Signature.INVALID) for _ in range(2)])
    Reader(inbox).read_new()

    assert case(inbox, 2).others == ()


def test_equal_ids_of_two_shops_are_different(inbox, arrival):
    inbox.add(
        [arrival(body=b"old", webhook_id="w-1"), arrival(body=b"new", webhook_id="w-1", shop="b.example")]
    )
    Reader(inbox).read_new()

    assert case(inbox, 2).others == ()


def test_without_a_webhook_id_no_other_bodies_are_found(inbox, arrival):
    inbox.add([arrival(body=b"old"), arrival(body=b"new")])
    Reader(inbox).read_new()

    assert case(inbox, 2).others == ()
    assert case(inbox, 2).claimed == ""


def test_other_bodies_are_looked_up_by_index(inbox):
    steps = [step for *_, step in inbox.query(f"EXPLAIN QUERY PLAN {SAME_WEBHOOK_ID}", "s", "w", 9)]

    assert "USING INDEX originals (shop=? AND webhook_id=?)" in " ".join(steps)
