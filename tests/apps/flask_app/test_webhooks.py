"""The tests that the developer of this app writes with devhook.testing."""

import pytest
from app import create_app

from devhook.testing import (
    ShopifyShop,
    assert_idempotent,
    assert_order_independent,
    assert_rejects_bad_signatures,
)


@pytest.fixture
def client():
    return create_app().test_client()


def test_only_shopifys_requests_are_taken(client, shopify_webhooks):
    assert_rejects_bad_signatures(shopify_webhooks, client)


def test_a_delivery_that_comes_twice_counts_once(client, shopify_webhooks):
    assert_idempotent(shopify_webhooks, client, "orders/paid", state=lambda: client.get("/orders").get_json())


def test_the_newest_version_is_kept_in_whatever_order_they_come(shopify_webhooks):
    shop = ShopifyShop(shopify_webhooks, topics=["orders/updated"])

    def fresh():
        client = create_app().test_client()
        return client, lambda: client.get("/orders").get_json()

    requests = [*shop.check_out(), *shop.pay(), *shop.refund()]
    assert_order_independent(shopify_webhooks, requests, fresh)
