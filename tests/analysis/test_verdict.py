from decimal import Decimal

import pytest

from devhook.analysis.clocks import VersionOrder
from devhook.analysis.diff import Kind
from devhook.analysis.earlier import Earlier, Newest, Original, Previous
from devhook.analysis.verdict import Reading, Verdict, conclude
from devhook.webhook.delivery import Signature
from devhook.webhook.payload import read_json, write_json
from devhook.webhook.subject import Subject

ORDER = {"id": 77, "name": "#1001", "note": None, "updated_at": "2026-03-01T10:00:00Z"}
SUBJECT = Subject(kind="order", id="77", name="#1001", document="order")


def previous(delivery_id=41, **given):
    return Previous(
        **{"id": delivery_id, "topic": "orders/create", "event_id": "E1", "document": ORDER} | given
    )


def read(**given):
    return conclude(
        **{
            "topic": "orders/updated",
            "signature": Signature.VALID,
            "event_id": "E2",
            "subject": SUBJECT,
            "version": 200,
            "document": ORDER,
            "earlier": Earlier(),
        }
        | given
    )


def test_a_delivery_of_a_new_order_is_the_first():
    reading = read(topic="orders/create")

    assert reading == Reading(subject=SUBJECT, version=200, verdict=Verdict.FIRST)


@pytest.mark.parametrize(
    ("topic", "hint"),
    [
        ("orders/updated", "devhook received no earlier version of this order."),
        ("orders/paid", "devhook received no earlier version of this order."),
        ("orders/partially_fulfilled", "devhook received no earlier version of this order."),
        ("products/update", "devhook received no earlier version of this order."),
        ("refunds/create", ""),
        ("orders/edited", ""),
        (None, ""),
    ],
)
def test_the_first_one_seen_of_what_was_there_before_says_so(topic, hint):
    reading = read(topic=topic)

    assert (reading.verdict, reading.hint) == (Verdict.FIRST, hint)


def test_a_document_that_says_not_what_it_is_about_is_a_first_one_without_a_hint():
    reading = read(subject=None, document=None)

    assert (reading.verdict, reading.hint, reading.compared_with) == (Verdict.FIRST, "", None)


def test_a_version_with_a_loud_change_is_changed_and_keeps_the_quiet_ones_apart():
    reading = read(
        document={**ORDER, "note": "Ring twice", "updated_at": "2026-03-01T10:00:09Z"},
        earlier=Earlier(previous=previous()),
    )

    assert reading.verdict is Verdict.CHANGED
    assert [(change.kind, change.path, change.after) for change in reading.changes] == [
        (Kind.CHANGED, "note", "Ring twice")
    ]
    assert [change.path for change in reading.noise] == ["updated_at"]
    assert (reading.compared_with, reading.hint) == (41, "")


@pytest.mark.parametrize("updated_at", ["2026-03-01T10:00:00Z", "2026-03-01T10:00:09Z"])
def test_an_order_updated_without_a_visible_change_points_to_what_is_not_in_the_body(updated_at):
    reading = read(document={**ORDER, "updated_at": updated_at}, earlier=Earlier(previous=previous()))

    assert (reading.verdict, reading.changes, reading.compared_with) == (Verdict.UNCHANGED, (), 41)
    assert "not in the body" in reading.hint
    assert "metafields" in reading.hint
    assert "fulfillment_orders/moved" in reading.hint


def test_an_unchanged_version_of_another_topic_says_what_is_the_same():
    same = read(topic="orders/paid", earlier=Earlier(previous=previous()))
    touched = read(
        topic="orders/paid", document={**ORDER, "updated_at": "x"}, earlier=Earlier(previous=previous())
    )

    assert (same.verdict, touched.verdict) == (Verdict.UNCHANGED, Verdict.UNCHANGED)
    assert same.hint == "The body is the same as that of delivery 41."
    assert touched.hint == "Only updated_at differs from delivery 41."
    assert [change.path for change in touched.noise] == ["updated_at"]


def test_one_action_that_fires_several_topics_is_recognised():
    reading = read(event_id="E1", earlier=Earlier(previous=previous()))

    assert reading.verdict is Verdict.UNCHANGED
    assert reading.hint == (
        "The same action as delivery 41 (orders/create): an action triggers several topics."
    )


def test_two_subscriptions_to_one_topic_are_suspected():
    reading = read(event_id="E1", earlier=Earlier(previous=previous(topic="orders/updated")))

    assert reading.hint == "The same action and topic as delivery 41: two subscriptions select it."


def test_deliveries_without_an_event_id_are_not_one_action():
    reading = read(event_id=None, topic="orders/paid", earlier=Earlier(previous=previous(event_id=None)))

    assert reading.hint == "The body is the same as that of delivery 41."


@pytest.mark.parametrize(
    ("facts", "hint"),
    [
        (
            {"status": 200, "accepted": True},
            "The same Webhook-Id as delivery 40; handle it once. Attempt 2, 41 s later.",
        ),
        (
            {"status": 500, "accepted": True, "attempts": 2},
            "The same Webhook-Id as delivery 40; handle it once. Attempt 3, 41 s later.",
        ),
        ({"status": 302}, "A retry: delivery 40 was answered 302. Attempt 2, 41 s later."),
        (
            {"status": 500, "attempts": 7},
            "A retry: delivery 40 was answered 500. Attempt 8, 41 s later.",
        ),
        ({"status": 0}, "A retry: delivery 40 got no answer. Attempt 2, 41 s later."),
        (
            {"status": 500, "other_body": True},
            "A retry: delivery 40 was answered 500. Attempt 2, 41 s later, with another body.",
        ),
    ],
)
def test_a_second_copy_is_a_duplicate_and_after_a_failure_a_retry(facts, hint):
    original = Original(id=40, signature=Signature.VALID, at=1_000_000, **facts)
    earlier = Earlier(original=original, previous=previous(), newer=Newest(id=45))

    reading = read(document={**ORDER, "note": "x"}, earlier=earlier, received_at=42_000_000)

    assert (reading.verdict, reading.original, reading.hint) == (Verdict.DUPLICATE, 40, hint)
    assert (reading.attempt, reading.waited) == (original.attempts + 1, 41_000_000)
    assert reading.first_answer == original.status
    assert (reading.changes, reading.compared_with, reading.newer) == ((), None, None)


@pytest.mark.parametrize(
    ("own", "of_twin", "verdict"),
    [
        (Signature.VALID, Signature.VALID, Verdict.DUPLICATE),
        (Signature.UNCHECKED, Signature.UNCHECKED, Verdict.DUPLICATE),
        (Signature.VALID, Signature.INVALID, Verdict.FIRST),
        (Signature.INVALID, Signature.VALID, Verdict.FIRST),
        (Signature.MISSING, Signature.MISSING, Verdict.FIRST),
    ],
)
def test_only_between_trusted_deliveries_is_there_a_duplicate(own, of_twin, verdict):
    reading = read(signature=own, earlier=Earlier(original=Original(id=40, status=200, signature=of_twin)))

    assert reading.verdict is verdict


def test_a_late_version_is_marked_late_and_compared_with_the_one_before_it():
    newer = Newest(id=47, topic="orders/paid")

    reading = read(document={**ORDER, "note": "x"}, earlier=Earlier(previous=previous(), newer=newer))

    assert (reading.verdict, reading.newer) == (Verdict.LATE, 47)
    assert reading.hint == (
        "Delivery 47 (orders/paid) is newer and arrived first; do not overwrite its values."
    )
    assert [change.path for change in reading.changes] == ["note"]
    assert reading.compared_with == 41


def test_a_late_version_may_have_none_before_it():
    reading = read(earlier=Earlier(newer=Newest(id=47)))

    assert (reading.verdict, reading.changes, reading.compared_with) == (Verdict.LATE, (), None)


def test_where_no_clock_says_which_version_is_newer_the_hint_says_that_it_is_not_known():
    told = "Which is newer, this or delivery 41, is not known: "
    for order, why in (
        (VersionOrder.UNKNOWN, "no X-Shopify-Triggered-At or updated_at is in both."),
        (VersionOrder.SAME, "their times are equal."),
        (VersionOrder.CONTRADICTORY, "X-Shopify-Triggered-At and updated_at disagree."),
    ):
        changed = ORDER | {"note": "x"}
        reading = read(document=changed, earlier=Earlier(previous=previous(order=order)))

        assert (reading.verdict, reading.hint, reading.unordered) == (Verdict.CHANGED, told + why, 41)
        assert "not known" not in read(earlier=Earlier(previous=previous(order=order))).hint
        assert (
            read(event_id="E1", document=changed, earlier=Earlier(previous=previous(order=order))).hint == ""
        )
    known = read(document=changed, earlier=Earlier(previous=previous()))
    assert (known.hint, known.unordered) == ("", None)


def test_the_attempts_of_one_message_are_counted_from_the_first_refused_one():
    for signature, words in (
        (Signature.INVALID, "its signature was invalid"),
        (Signature.MISSING, "its signature was missing"),
    ):
        refused = Original(id=38, status=401, signature=signature, attempts=3, at=0)

        reading = read(topic="orders/create", earlier=Earlier(original=refused), received_at=300_000_000)

        assert (reading.verdict, reading.original) == (Verdict.FIRST, None)
        assert (reading.attempt, reading.waited, reading.first_answer) == (4, 300_000_000, 401)
        assert reading.hint == (
            f"Attempt 4 of this message: delivery 38 brought the same bytes 5 min before, but {words}."
        )


@pytest.mark.parametrize(
    ("signature", "hint"),
    [
        (Signature.INVALID, "An app must reject this delivery."),
        (Signature.MISSING, "An app must reject this delivery."),
    ],
)
def test_what_is_not_trusted_is_compared_and_said_to_count_for_nothing(signature, hint):
    earlier = Earlier(previous=previous())

    forged = read(signature=signature, document={**ORDER, "note": "Send it to me"}, earlier=earlier)

    assert forged.verdict is Verdict.CHANGED
    assert [change.after for change in forged.changes] == ["Send it to me"]
    assert (forged.compared_with, forged.hint) == (41, hint)
    assert read(signature=signature, earlier=earlier).hint == hint
    assert read(signature=signature, earlier=Earlier(newer=Newest(id=47))).hint == hint
    assert read(signature=signature).hint == hint


def test_an_unchecked_delivery_counts_like_a_valid_one():
    earlier = Earlier(previous=previous())

    assert read(signature=Signature.UNCHECKED, earlier=earlier) == read(earlier=earlier)


@pytest.mark.parametrize("before", [None, previous(), previous(topic="orders/updated", document={"id": 77})])
def test_a_deletion_is_a_change_without_fields(before):
    reading = read(topic="orders/delete", document={"id": 77}, earlier=Earlier(previous=before))

    assert (reading.verdict, reading.changes, reading.compared_with) == (Verdict.CHANGED, (), None)
    assert reading.hint == "The order was deleted."


def test_a_deletion_of_something_unknown_has_a_hint_too():
    assert read(topic="products/delete", subject=None, document={}).hint == "The resource was deleted."
    listing = Subject(kind="product_listing", id="3", document="product_listings/remove")
    assert read(topic="product_listings/remove", subject=listing).hint == "The product listing was deleted."


def test_a_deletion_told_twice_is_the_same_action():
    told = previous(topic="orders/delete", document={"id": 77})

    reading = read(topic="orders/delete", document={"id": 77}, event_id="E1", earlier=Earlier(previous=told))

    assert (reading.verdict, reading.compared_with) == (Verdict.UNCHANGED, 41)
    assert reading.hint.startswith("The same action and topic as delivery 41")


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (ORDER, {"id": 77}),
        (ORDER, {"id": 77, "admin_graphql_api_id": "gid://shopify/Order/77"}),
        ({"id": 77}, ORDER),
        ({"id": 77}, None),
    ],
)
def test_a_body_that_is_only_an_id_is_not_compared_with_a_whole_one(before, now):
    reading = read(document=now, earlier=Earlier(previous=previous(document=before)))

    assert (reading.verdict, reading.changes, reading.compared_with) == (Verdict.FIRST, (), None)
    assert reading.hint == "Not compared with delivery 41: one of the two bodies holds only the id."


def test_bodies_that_are_both_only_an_id_are_compared():
    reading = read(document={"id": 77}, earlier=Earlier(previous=previous(document={"id": 77})))

    assert (reading.verdict, reading.compared_with) == (Verdict.UNCHANGED, 41)


def test_a_previous_delivery_without_a_topic_is_compared_all_the_same():
    reading = read(
        topic=None, earlier=Earlier(previous=previous(topic=None, document={**ORDER, "note": "x"}))
    )

    assert (reading.verdict, reading.compared_with) == (Verdict.CHANGED, 41)


PARCEL = Subject(kind="order", id="77", name="#1001", document="fulfillment 5")
ALONE = {"id": 5, "order_id": 77, "status": "success", "tracking_number": "1Z", "email": "a@example.com"}
INSIDE = {"id": 5, "order_id": 77, "status": "success", "tracking_number": None, "service": "manual"}


def the_order(*parcels, **given):
    return previous(
        **{"id": 44, "topic": "orders/updated", "document": {"fulfillments": list(parcels)}} | given
    )


def read_parcel(previous=None, order=None, **given):
    about = {"topic": "fulfillments/update", "subject": PARCEL, "document": ALONE}
    return read(**about | given, earlier=Earlier(previous=previous, order=order))


def test_a_part_is_compared_with_what_its_order_told_of_it():
    reading = read_parcel(order=the_order(INSIDE))

    assert (reading.verdict, reading.compared_with) == (Verdict.CHANGED, 44)
    assert [(change.path, change.before) for change in reading.changes] == [("tracking_number", None)]


def test_what_the_order_does_not_tell_of_a_part_is_compared_with_the_version_before():
    before = previous(
        shape="fulfillment 5", document=ALONE | {"tracking_number": "0Z", "email": "b@example.com"}
    )

    reading = read_parcel(before, the_order(INSIDE))

    assert reading.compared_with == 44
    assert [(change.path, change.before) for change in reading.changes] == [
        ("tracking_number", None),
        ("email", "b@example.com"),
    ]


def test_a_part_of_which_its_order_told_the_same_already_says_so():
    reading = read_parcel(order=the_order(INSIDE | {"tracking_number": "1Z"}))

    assert (reading.verdict, reading.redundant) == (Verdict.UNCHANGED, False)
    assert reading.hint == "Delivery 44 (orders/updated) already reported the same."


def test_a_part_that_its_order_did_not_have_is_the_first_or_follows_its_own_version():
    before = previous(shape="fulfillment 5", document=ALONE | {"status": "pending"})

    assert read_parcel(order=the_order(INSIDE | {"id": 6})).verdict is Verdict.FIRST
    assert read_parcel(before, the_order()).compared_with == 41
    assert [change.path for change in read_parcel(before, the_order()).changes] == ["status"]


def test_two_shapes_of_a_return_are_compared_in_what_they_share():
    returned = Subject(kind="order", id="77", document="returns/close 9")
    request = previous(
        shape="return 9", topic="returns/request", document={"id": 9, "status": "open", "x": 1}
    )

    closed = read(
        topic="returns/close",
        subject=returned,
        document={"id": 9, "order_id": 77, "status": "closed"},
        earlier=Earlier(previous=request),
    )

    assert [(change.path, change.before, change.after) for change in closed.changes] == [
        ("status", "open", "closed")
    ]


def test_two_shapes_with_nothing_in_common_are_not_compared():
    returned = Subject(kind="order", id="77", document="returns/update 9")
    request = previous(shape="return 9", topic="returns/request", document={"id": 9, "lines": [1]})

    reading = read(
        topic="returns/update",
        subject=returned,
        document={"id": 9, "lines": {"removals": []}},
        earlier=Earlier(previous=request),
    )

    assert (reading.verdict, reading.compared_with) == (Verdict.FIRST, None)


@pytest.mark.parametrize(
    ("given", "redundant"),
    [
        ({}, True),
        ({"event_id": None}, True),
        ({"event_id": "E1"}, False),
        ({"topic": "orders/paid"}, False),
        ({"document": ORDER | {"updated_at": "x"}}, False),
        ({"signature": Signature.INVALID}, False),
    ],
)
def test_the_same_content_and_topic_under_other_ids_is_redundant(given, redundant):
    reading = read(**{"topic": "orders/create"} | given, earlier=Earlier(previous=previous()))

    assert reading.redundant is redundant
    assert (reading.hint == "Redundant: delivery 41 had the same content under other ids.") is redundant


def test_what_another_topic_reported_between_does_not_hide_that_a_delivery_is_redundant():
    paid = previous(44, topic="orders/paid", event_id="E9")
    for given, redundant in (
        ({}, True),
        ({"same_topic": previous(40, topic="orders/updated", document=ORDER | {"note": "x"})}, False),
        ({"same_topic": previous(40, topic="orders/updated", event_id="E2")}, False),
        ({"same_topic": None}, False),
        ({"previous": previous(44, topic="orders/paid", document=ORDER | {"note": "x"})}, False),
    ):
        earlier = {"previous": paid, "same_topic": previous(40, topic="orders/updated")} | given

        reading = read(earlier=Earlier(**earlier))

        assert reading.redundant is redundant
        told = "Redundant: delivery 40 had the same content under other ids."
        assert (reading.hint == told) is redundant
        assert reading.compared_with == 44


def test_every_hint_fits_on_a_line():
    def told(**given):
        return len(read(**given).hint)

    far = 1_000_000
    newer = Newest(id=far, topic="orders/partially_fulfilled")
    order_paid = {"topic": "orders/paid", "document": {**ORDER, "updated_at": "x"}}

    assert told(earlier=Earlier(original=Original(id=far, status=200, signature=Signature.VALID))) <= 110
    assert told(earlier=Earlier(newer=newer)) <= 110
    for order in VersionOrder:
        other = previous(far, order=order, document=ORDER | {"note": "x"})
        assert told(earlier=Earlier(previous=other)) <= 110
    assert told(earlier=Earlier(previous=previous(far))) <= 110
    assert told(event_id="E1", earlier=Earlier(previous=previous(far))) <= 110
    assert told(event_id="E1", earlier=Earlier(previous=previous(far, topic="orders/updated"))) <= 110
    assert told(**order_paid, earlier=Earlier(previous=previous(far))) <= 110
    assert told(document={"id": 77}, earlier=Earlier(previous=previous(far))) <= 110


def test_a_reading_is_the_same_after_it_was_written_down():
    document = {**ORDER, "rate": Decimal("2.0"), "updated_at": "x"}
    reading = read(document=document, earlier=Earlier(previous=previous()))

    assert reading.changes
    assert reading.noise
    assert Reading.model_validate(read_json(write_json(reading.model_dump()))) == reading
