from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.webhook.subject import Subject, subject_of, updated_of, version_of
from devhook.webhook.topics import topics

ORDER = 820982911946154508
NOON = datetime(2026, 11, 24, 12, 0, 0, 250_000, tzinfo=UTC)
NOON_IN_NANOSECONDS = 1_795_521_600_250_000_000


def order(document: str, name: str | None = None) -> Subject:
    return Subject(kind="order", id=str(ORDER), name=name, document=document)


MOVED = {
    "original_fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/61", "status": "closed"},
    "moved_fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/62", "status": "open"},
}

# The keys that are looked at, so that a hostile document has something in each of them.
keys = st.sampled_from(
    [
        *(
            "id",
            "admin_graphql_api_id",
            "order_id",
            "order",
            "order_edit",
            "name",
            "title",
            "token",
            "updated_at",
        ),
        *("fulfillment_order", "fulfillment_order_merges", "fulfillment", "product"),
        *("inventory_item_id", "location_id"),
    ]
)
hostile = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals()
    | st.text()
    | st.sampled_from(["gid://shopify/Order/5", "half \udfff", "2026-11-24T12:00:00Z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=20,
)


class TestAnOrder:
    @pytest.mark.parametrize(
        "action",
        ["create", "updated", "paid", "fulfilled", "partially_fulfilled", "cancelled", "link_requested"],
    )
    def test_the_order_itself_is_one_document_whatever_happened_to_it(self, action):
        body = {"id": ORDER, "name": "#2044", "note": None}

        assert subject_of(f"orders/{action}", body) == order("order", "#2044")

    def test_what_is_left_of_a_deleted_order_is_not_compared_with_the_order(self):
        assert subject_of("orders/delete", {"id": ORDER}) == order("orders/delete")

    def test_an_edit_is_a_document_of_its_own(self):
        body = {"order_edit": {"id": 31, "order_id": ORDER, "staff_note": ""}}

        assert subject_of("orders/edited", body) == order("order_edit 31")

    def test_a_risk_assessment_names_its_order_by_number_or_gid(self):
        topic = "orders/risk_assessment_changed"

        assert subject_of(topic, {"order_id": str(ORDER), "risk_level": "low"}) == order(topic)
        gid = f"gid://shopify/Order/{ORDER}"
        assert subject_of(topic, {"order_id": None, "admin_graphql_api_order_id": gid}) == order(topic)

    def test_a_wrapped_order_is_unwrapped(self):
        assert subject_of("orders/updated", {"order": {"id": ORDER, "name": "#2044"}}) == order(
            "order", "#2044"
        )

    @pytest.mark.parametrize(
        "body", [{}, {"note": "tea"}, {"customer": {"id": 7}}, {"line_items": [{"id": 41}]}]
    )
    def test_without_the_id_there_is_no_subject(self, body):
        assert subject_of("orders/updated", body) is None


class TestAPartOfAnOrder:
    @pytest.mark.parametrize(
        ("topic", "document"),
        [
            ("fulfillments/create", "fulfillment 9"),
            ("fulfillments/update", "fulfillment 9"),
            ("fulfillment_events/create", "fulfillment_event 9"),
            ("fulfillment_events/delete", "fulfillment_events/delete 9"),
            ("refunds/create", "refund 9"),
            ("order_transactions/create", "transaction 9"),
            ("tender_transactions/create", "tender_transaction 9"),
            ("disputes/update", "dispute 9"),
            ("returns/close", "returns/close 9"),
        ],
    )
    def test_the_subject_is_the_order_and_the_part_is_the_document(self, topic, document):
        assert subject_of(topic, {"id": 9, "order_id": ORDER}) == order(document)

    @pytest.mark.parametrize("topic", ["returns/request", "returns/approve"])
    def test_a_return_holds_its_order(self, topic):
        gid = f"gid://shopify/Order/{ORDER}"

        assert subject_of(topic, {"id": 5, "order": {"id": ORDER, "name": "#2044"}}) == order(
            "return 5", "#2044"
        )
        assert subject_of(topic, {"id": 5, "order": {"admin_graphql_api_id": gid}}) == order("return 5")

    @pytest.mark.parametrize(
        ("name", "order_name"),
        [
            ("#2044.1", "#2044"),
            ("#2044-F12", "#2044"),
            ("№ 20.44.3", "№ 20.44"),
            ("shipment", None),
            ("", None),
            (None, None),
        ],
    )
    def test_a_fulfillment_is_named_after_its_order(self, name, order_name):
        body = {"id": 9, "order_id": ORDER, "name": name}

        assert subject_of("fulfillments/create", body) == order("fulfillment 9", order_name)

    def test_a_part_that_does_not_name_its_order_is_its_own_subject(self):
        body = {"admin_graphql_api_id": "gid://shopify/Return/5"}

        assert subject_of("returns/update", body) == Subject(
            kind="return", id="5", document="returns/update 5"
        )

    def test_a_part_without_an_id_has_no_subject(self):
        assert subject_of("refunds/create", {"order_id": ORDER}) is None


class TestAFulfillmentOrder:
    @pytest.mark.parametrize(
        ("topic", "body"),
        [
            ("fulfillment_orders/moved", MOVED),
            (
                "fulfillment_orders/hold_released",
                {"fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/61"}},
            ),
            ("fulfillment_orders/cancelled", {"fulfillment_order": {"id": 61}}),
            ("fulfillment_orders/fulfillment_request_submitted", {"submitted_fulfillment_order": {"id": 61}}),
            (
                "fulfillment_orders/merged",
                {
                    "fulfillment_order_merges": {
                        "fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/61"}
                    },
                    "merge_intents": [],
                },
            ),
            ("fulfillment_holds/added", {"fulfillment_hold": {"id": 8}, "fulfillment_order": {"id": 61}}),
        ],
    )
    def test_where_no_order_is_named_it_is_its_own_subject_and_the_topic_its_document(self, topic, body):
        assert subject_of(topic, body) == Subject(kind="fulfillment_order", id="61", document=f"{topic} 61")

    @pytest.mark.parametrize(
        "body",
        [
            {"fulfillment_order": {"id": 61, "order_id": ORDER}},
            {"fulfillment_order": {"id": 61, "order": {"id": ORDER}}},
            {"fulfillment_order": {"id": 61}, "order_id": f"gid://shopify/Order/{ORDER}"},
        ],
    )
    def test_where_the_order_is_named_it_is_the_subject(self, body):
        topic = "fulfillment_orders/placed_on_hold"

        assert subject_of(topic, body) == order(f"{topic} 61")

    @pytest.mark.parametrize("body", [{}, {"order_id": ORDER}, {"fulfillment_order": []}])
    def test_without_its_id_there_is_no_subject(self, body):
        assert subject_of("fulfillment_orders/split", body) is None


class TestAnyOtherResource:
    @pytest.mark.parametrize(
        ("topic", "body", "kind", "own_id", "document"),
        [
            ("products/update", {"id": 5}, "product", "5", "product"),
            ("products/delete", {"id": 5}, "product", "5", "products/delete"),
            ("customers/enable", {"id": 5}, "customer", "5", "customer"),
            ("inventory_items/update", {"id": 5}, "inventory_item", "5", "inventory_item"),
            (
                "companies/create",
                {"admin_graphql_api_id": "gid://shopify/Company/5"},
                "company",
                "5",
                "company",
            ),
            ("shipping_addresses/update", {"id": 5}, "shipping_address", "5", "shipping_address"),
            ("payment_terms/update", {"id": 5}, "payment_terms", "5", "payment_terms"),
            ("shop/update", {"id": 5}, "shop", "5", "shop"),
            ("carts/update", {"id": "c1a0", "token": "c1a0"}, "cart", "c1a0", "cart"),
            ("checkouts/update", {"token": "f00d"}, "checkout", "f00d", "checkout"),
            ("checkouts/delete", {"id": 5}, "checkout", "5", "checkouts/delete"),
            ("metaobjects/update", {"id": "gid://shopify/Metaobject/5"}, "metaobject", "5", "metaobject"),
            (
                "product_listings/add",
                {"product_listing": {"product_id": 5}},
                "product_listing",
                "5",
                "product_listing",
            ),
            (
                "app_subscriptions/update",
                {"app_subscription": {"admin_graphql_api_id": "gid://shopify/AppSubscription/5"}},
                "app_subscription",
                "5",
                "app_subscription",
            ),
            (
                "app_purchases_one_time/update",
                {"app_purchase_one_time": {"admin_graphql_api_id": "gid://shopify/AppPurchaseOneTime/5"}},
                "app_purchase_one_time",
                "5",
                "app_purchase_one_time",
            ),
            (
                "customer.tags_added",
                {"customerId": "gid://shopify/Customer/5", "tags": ["vip"]},
                "customer",
                "5",
                "customer.tags_added",
            ),
            ("customers/redact", {"shop_id": 1, "customer": {"id": 5}}, "customer", "5", "customers/redact"),
            ("tea_pots/steep", {"id": 5}, "tea_pot", "5", "tea_pots/steep"),
        ],
    )
    def test_the_kind_is_one_of_the_topics_resources(self, topic, body, kind, own_id, document):
        assert subject_of(topic, body) == Subject(kind=kind, id=own_id, document=document)

    def test_it_is_called_by_its_name_or_its_title(self):
        assert subject_of("draft_orders/update", {"id": 5, "name": "#D7"}).name == "#D7"
        assert subject_of("products/update", {"id": 5, "title": "Oolong"}).name == "Oolong"

    def test_an_inventory_level_is_an_item_at_a_location(self):
        body = {"inventory_item_id": 5, "location_id": 6, "available": 3}

        assert subject_of("inventory_levels/update", body) == Subject(
            kind="inventory_level", id="5:6", document="inventory_level"
        )
        assert subject_of("inventory_levels/disconnect", body).document == "inventory_levels/disconnect"

    @pytest.mark.parametrize("missing", ["inventory_item_id", "location_id"])
    def test_an_inventory_level_needs_both(self, missing):
        body = {"inventory_item_id": 5, "location_id": 6} | {missing: None}

        assert subject_of("inventory_levels/update", body) is None


class TestAStrangersDocument:
    @pytest.mark.parametrize(
        "topic", [None, "", "orders", "orders/", "a/b/c", "ORDERS_UPDATED", "x" * 99 + "/y", "\ud800/x"]
    )
    def test_without_a_topic_that_can_be_one_there_is_no_subject(self, topic):
        assert subject_of(topic, {"id": 5}) is None

    @pytest.mark.parametrize("document", [None, [], [{"id": 5}], "id", 5, True, Decimal(5)])
    def test_what_is_no_object_has_no_subject(self, document):
        assert subject_of("products/update", document) is None

    @pytest.mark.parametrize(
        "own_id",
        [
            True,
            -1,
            2**64,
            pytest.param(10**5000, id="5001 digits"),
            Decimal(5),
            None,
            "",
            "two words",
            "\ud800",
            "\x1b]52;c;x",
            "x" * 256,
            [5],
            {"id": 5},
            "gid://shopify/Product/",
            "gid://shopify/Product/\n",
        ],
    )
    def test_what_cannot_be_an_id_is_none(self, own_id):
        assert subject_of("products/update", {"id": own_id}) is None

    @pytest.mark.parametrize(
        "own_id", [5, "5", "gid://shopify/Product/5", "gid://shopify/Product/5?key=value"]
    )
    def test_an_id_is_the_same_as_a_number_as_text_and_as_a_gid(self, own_id):
        assert subject_of("products/update", {"id": own_id}).id == "5"

    @pytest.mark.parametrize("name", ["", 7, None, ["#1"], "x" * 256, "half \udfff"])
    def test_what_cannot_be_a_name_is_left_out(self, name):
        assert subject_of("orders/updated", {"id": ORDER, "name": name}) == order("order")

    def test_a_name_with_terminal_controls_is_kept_as_it_came(self):
        assert subject_of("orders/updated", {"id": ORDER, "name": "\x1b]52;c;x"}).name == "\x1b]52;c;x"

    @given(st.sampled_from([each.name for each in topics()]) | st.text(), hostile)
    def test_any_document_gives_a_sane_subject_or_none(self, topic, document):
        found = subject_of(topic, document)

        if found is not None:
            for text in (found.kind, found.id, found.document, found.name or ""):
                assert len(text.encode()) <= 1100
            assert found.id

    @given(hostile, hostile)
    def test_any_document_gives_a_version_that_a_database_can_hold(self, triggered_at, document):
        assert -(2**63) <= version_of(triggered_at, document, NOON) < 2**63


class TestTheVersion:
    def test_it_is_when_it_was_triggered_to_the_nanosecond(self):
        body = {"updated_at": "2026-11-24T12:59:59Z"}

        assert version_of("2026-11-24T12:00:00.123456789Z", body, NOON) == 1_795_521_600_123_456_789

    @pytest.mark.parametrize(
        ("instant", "nanoseconds"),
        [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T00:00:00.5Z", 500_000_000),
            ("1970-01-01T00:00:00.0000000019999Z", 1),
            ("1970-01-01T01:00:00+01:00", 0),
            ("1970-01-01T05:30:00+0530", 0),
            ("1969-12-31T19:00:01-05:00", 1_000_000_000),
            ("1969-12-31T23:59:59.999999999Z", -1),
            ("1970-01-01 00:00:00z", 0),
            ("2262-04-11T23:47:16.854775807Z", 2**63 - 1),
        ],
    )
    def test_an_instant_is_read_exactly_in_either_place(self, instant, nanoseconds):
        assert version_of(instant, {}, NOON) == nanoseconds
        assert version_of(None, {"updated_at": instant}, NOON) == nanoseconds

    @pytest.mark.parametrize(
        "nonsense",
        [
            None,
            "",
            "yesterday",
            "2026-11-24T12:00:00",
            "2026-02-30T12:00:00Z",
            "2026-11-24T25:00:00Z",
            "2026-11-24T12:00:00+99:00",
            "2262-04-11T23:47:16.854775808Z",
            "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59-23:59",
            "٢٠٢٦-11-24T12:00:00Z",
        ],
    )
    def test_nonsense_counts_as_absent(self, nonsense):
        assert version_of(nonsense, {"updated_at": "1970-01-01T00:00:01Z"}, NOON) == 1_000_000_000
        assert version_of(nonsense, {"updated_at": nonsense}, NOON) == NOON_IN_NANOSECONDS

    @pytest.mark.parametrize("document", [None, [], "x", {}, {"updated_at": 5}, {"updated_at": ["1970"]}])
    def test_without_any_instant_it_is_when_it_arrived(self, document):
        assert version_of(None, document, NOON) == NOON_IN_NANOSECONDS

    def test_an_arrival_in_another_zone_is_the_same_instant(self):
        elsewhere = NOON.astimezone(timezone(timedelta(hours=-9)))

        assert version_of(None, {}, elsewhere) == NOON_IN_NANOSECONDS

    def test_an_arrival_out_of_range_is_the_nearest_that_a_database_can_hold(self):
        assert version_of(None, {}, datetime.max.replace(tzinfo=UTC)) == 2**63 - 1
        assert version_of(None, {}, datetime.min.replace(tzinfo=UTC)) == -(2**63)


@pytest.mark.parametrize(
    ("document", "part"),
    [
        ("order", "order"),
        ("orders/delete", "orders/delete"),
        ("fulfillment 4423", "fulfillment 4423"),
        ("return 77", "return 77"),
        ("returns/close 77", "return 77"),
        ("fulfillment_orders/moved 61", "fulfillment_orders/moved 61"),
    ],
)
def test_documents_of_one_return_tell_of_the_same_part(document, part):
    assert order(document).part == part


def test_a_thing_can_be_placed_under_the_order_that_its_body_does_not_name():
    held = Subject(kind="fulfillment_order", id="61", document="fulfillment_orders/moved 61")

    assert held.of_order("7") == Subject(kind="order", id="7", document="fulfillment_orders/moved 61")


@pytest.mark.parametrize(
    ("document", "updated"),
    [
        ({"updated_at": "1970-01-01T01:00:01+01:00"}, 1_000_000_000),
        ({"updated_at": "yesterday"}, None),
        ({}, None),
        ([], None),
    ],
)
def test_a_document_may_say_when_it_was_updated(document, updated):
    assert updated_of(document) == updated
