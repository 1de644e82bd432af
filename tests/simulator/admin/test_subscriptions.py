from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest

from devhook.simulator.admin.installation import Installation
from devhook.simulator.admin.subscriptions import (
    Refused,
    SubscriptionFormat,
    SubscriptionInput,
    Subscriptions,
    shaped,
)

START = datetime(2026, 11, 23, 9, 30, 15, 999_999, tzinfo=UTC)
HOOKS = "https://tunnel.example/hooks"


class Registry:
    def __init__(self, **installation):
        self.now = START
        self.installation = Installation(clock=lambda: self.now, **installation)
        self.kept = Subscriptions(
            self.installation,
            domain="lamps.myshopify.com",
            clock=lambda: self.now,
            numbers=count(501),
            custom_domain="lamps.example",
        )

    def create(self, topic="orders/updated", uri=HOOKS, **wish):
        return self.kept.create(topic, SubscriptionInput(uri=uri, **wish), api_version="2026-10")

    def update(self, gid, **wish):
        return self.kept.update(gid, SubscriptionInput(**wish))


def refusal(call, *arguments, **wish):
    with pytest.raises(Refused) as refused:
        call(*arguments, **wish)
    return [(error.field, error.message) for error in refused.value.user_errors]


@pytest.fixture
def registry():
    return Registry()


def test_a_subscription_is_kept_as_it_was_asked_for(registry):
    made = registry.create(format=SubscriptionFormat.XML, include_fields=("id",), name="devhook-1")

    assert made.id == "gid://shopify/WebhookSubscription/501"
    assert made.number == 501
    assert (made.topic, made.uri, made.format) == ("orders/updated", HOOKS, SubscriptionFormat.XML)
    assert (made.include_fields, made.name, made.filter) == (("id",), "devhook-1", None)
    assert made.created_at == made.updated_at == START.replace(microsecond=0)
    assert list(registry.kept) == [made]
    assert registry.kept.get(made.id) == made


def test_subscriptions_are_found_by_topic_oldest_first(registry):
    first = registry.create()
    registry.create("orders/paid")
    second = registry.create(uri=f"{HOOKS}/2")

    assert registry.kept.for_topic("orders/updated") == [first, second]
    assert registry.kept.for_topic("orders/edited") == []


def test_white_space_round_an_address_is_dropped_and_nothing_else_is_blank(registry):
    made = registry.create(uri=f"  {HOOKS} \n")

    assert made.uri == HOOKS
    blank = [(("webhookSubscription", "callbackUrl"), "Address can't be blank")]
    assert refusal(registry.create, uri="   ") == blank
    assert refusal(registry.create, uri=None) == blank


def test_the_same_delivery_is_not_made_twice(registry):
    registry.create(filter="")

    taken = [(("webhookSubscription", "callbackUrl"), "Address for this topic has already been taken")]
    assert refusal(registry.create) == taken
    assert refusal(registry.create, include_fields=("id",)) == taken
    assert len(registry.kept) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"topic": "orders/paid"},
        {"uri": f"{HOOKS}/other"},
        {"format": SubscriptionFormat.XML},
        {"filter": "currency:EUR"},
    ],
)
def test_another_topic_address_format_or_filter_is_another_delivery(registry, other):
    registry.create()

    registry.create(**other)

    assert len(registry.kept) == 2


def test_a_name_is_unique_whatever_its_case(registry):
    first = registry.create(name="OrderHook")
    second = registry.create("orders/paid")

    taken = [(("webhookSubscription", "name"), "Name already exists, no duplicate allowed")]
    assert refusal(registry.create, "orders/edited", name="orderhook") == taken
    assert refusal(registry.update, second.id, name="ORDERHOOK") == taken
    assert registry.update(first.id, name="orderhook").name == "orderhook"


def test_several_faults_are_told_together(registry):
    assert refusal(
        registry.create, "returns/approve", uri="http://a.example", format=SubscriptionFormat.XML, name=""
    ) == [
        (("webhookSubscription", "callbackUrl"), "Address protocol http:// is not supported"),
        (
            ("webhookSubscription", "format"),
            "Format 'xml' is invalid for this webhook topic. Allowed formats: json",
        ),
        (("webhookSubscription", "name"), "Name is too short (minimum is 1 character)"),
        (
            ("webhookSubscription", "name"),
            "Name name field can only contain alphanumeric characters, underscores, and hyphens",
        ),
    ]


def test_a_filter_without_a_field_is_refused_as_a_whole(registry):
    assert refusal(registry.create, filter="lamp") == [
        (
            ("webhookSubscription",),
            "The specified filter is invalid, please ensure you specify the field(s) you wish to filter on.",
        )
    ]


def test_the_shops_own_domain_is_refused(registry):
    assert refusal(registry.create, uri="https://lamps.myshopify.com/") == [
        (
            ("webhookSubscription", "callbackUrl"),
            (
                "Address cannot be any of the domains: lamps.myshopify.com, lamps.example,"
                " www.lamps.example, checkout.lamps.example, lamps.account.myshopify.com"
            ),
        )
    ]


def test_a_topic_whose_scope_was_not_granted_is_refused():
    registry = Registry(scopes=["read_products"])

    assert refusal(registry.create) == [
        (
            ("webhookSubscription",),
            "You cannot create a webhook subscription with the specified topic",
        )
    ]
    registry.create("products/update")


def test_a_topic_of_protected_customer_data_needs_the_approval(registry):
    registry.installation.protected_customer_data = False

    assert refusal(registry.create) == [
        (
            ("webhookSubscription",),
            (
                "This app is not approved to subscribe to webhook topics containing protected customer data."
                " See https://shopify.dev/docs/apps/launch/protected-customer-data for more details."
            ),
        )
    ]
    registry.create("products/update")


def test_a_topic_that_is_not_delivered_over_https_is_refused_there():
    registry = Registry(scopes=["read_audit_events"])

    assert refusal(registry.create, "audit_events/admin_api_activity") == [
        (
            ("webhookSubscription",),
            "You cannot create a webhook subscription with the specified topic",
        )
    ]
    registry.create("audit_events/admin_api_activity", uri="pubsub://lamp-project:audit")


def test_an_update_changes_what_it_gives_and_leaves_the_rest(registry):
    made = registry.create(include_fields=("id",), filter="currency:EUR")
    registry.now += timedelta(minutes=5)

    updated = registry.update(made.id, uri=f"{HOOKS}/new", filter="")

    assert (updated.uri, updated.filter, updated.include_fields) == (f"{HOOKS}/new", "", ("id",))
    assert updated.created_at == made.created_at
    assert updated.updated_at == made.created_at + timedelta(minutes=5)
    assert registry.kept.get(made.id) == updated


def test_a_refused_update_changes_nothing(registry):
    made = registry.create()

    assert refusal(registry.update, made.id, uri="ftp://a.example") == [
        (("webhookSubscription", "callbackUrl"), "Address protocol ftp:// is not supported")
    ]
    assert registry.kept.get(made.id) == made


def test_a_missing_subscription_is_neither_updated_nor_deleted(registry):
    unknown = [(("id",), "Webhook subscription does not exist")]

    assert refusal(registry.update, "gid://shopify/WebhookSubscription/1") == unknown
    assert refusal(registry.kept.delete, "gid://shopify/WebhookSubscription/1") == unknown


def test_a_deleted_subscription_is_gone_and_its_address_free(registry):
    made = registry.create(name="again")

    registry.kept.delete(made.id)

    assert registry.kept.get(made.id) is None
    assert registry.create(name="again").id != made.id


def test_shopify_removes_a_subscription_without_being_asked(registry):
    made = registry.create()

    assert registry.kept.remove(made.id)
    assert not registry.kept.remove(made.id)
    assert len(registry.kept) == 0


ORDER = {
    "id": 1,
    "total": Decimal("10.50"),
    "customer": {"id": 2, "email": "ada@example.com"},
    "line_items": [{"id": 3, "sku": "LAMP", "tax_lines": [{"rate": Decimal("0.25"), "title": "VAT"}]}],
    "note": None,
}


@pytest.mark.parametrize(
    ("fields", "payload"),
    [
        ((), ORDER),
        (("total", "id"), {"id": 1, "total": Decimal("10.50")}),
        (("customer.id", "note"), {"customer": {"id": 2}, "note": None}),
        (("line_items.sku",), {"line_items": [{"sku": "LAMP"}]}),
        (("line_items.tax_lines.rate",), {"line_items": [{"tax_lines": [{"rate": Decimal("0.25")}]}]}),
        (("customer", "customer.id"), {"customer": ORDER["customer"]}),
        (("colour",), {}),
        (("note.text",), {"note": None}),
    ],
)
def test_a_payload_has_only_the_fields_that_were_asked_for(fields, payload):
    assert shaped(ORDER, fields) == payload


def test_fields_keep_the_payloads_own_order():
    assert list(shaped(ORDER, ("note", "line_items", "id"))) == ["id", "line_items", "note"]
