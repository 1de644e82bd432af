import pytest
from graphql import validate_schema

from devhook.simulator.admin.schema import schema
from devhook.webhook.topics import topics


@pytest.mark.parametrize("version", ["2026-01", "2026-04", "2026-07", "2026-10", "2027-01", "unstable"])
def test_the_schema_of_every_version_is_valid(version):
    assert validate_schema(schema(version)) == []


def test_the_newest_schema_has_every_topic_of_the_catalogue():
    assert set(schema("2026-10").type_map["WebhookSubscriptionTopic"].values) == {
        topic.enum for topic in topics()
    }


@pytest.mark.parametrize(
    ("version", "topic", "known"),
    [
        ("2026-01", "FULFILLMENT_ORDERS_PROGRESS_REPORTED", False),
        ("2026-04", "FULFILLMENT_ORDERS_PROGRESS_REPORTED", True),
        ("2026-04", "INVENTORY_TRANSFERS_UPDATED", False),
        ("2026-07", "INVENTORY_TRANSFERS_UPDATED", True),
        ("unstable", "INVENTORY_TRANSFERS_UPDATED", True),
    ],
)
def test_a_topic_is_unknown_before_the_version_it_came_with(version, topic, known):
    assert (topic in schema(version).type_map["WebhookSubscriptionTopic"].values) is known


def test_a_subscription_has_a_name_since_2026_04():
    for type_name in ("WebhookSubscription", "WebhookSubscriptionInput"):
        assert "name" not in schema("2026-01").type_map[type_name].fields
        assert "name" in schema("2026-04").type_map[type_name].fields
    assert "name" in schema("2026-01").type_map["Shop"].fields
