"""Shopify webhooks in a test suite: forge, sign, deliver and simulate them, and check how an app takes them.

Everything in `__all__` is public and follows semantic versioning: what is removed or changes its meaning
makes a new major version, before 1.0 a new minor one.

    >>> from devhook.testing import Webhooks
    >>> webhooks = Webhooks("shpss_of_the_app")
    >>> request = webhooks.make("orders/paid", {"note": "gift"})
    >>> request.topic, request.json()["note"]
    ('orders/paid', 'gift')

With pytest the fixtures `shopify_webhooks` and `shopify_shop` are there without an import.
"""

from devhook.testing.checks import (
    assert_idempotent,
    assert_order_independent,
    assert_rejects_bad_signatures,
)
from devhook.testing.clients import WebhookResponse
from devhook.testing.requests import WebhookRequest, Webhooks, recorded
from devhook.testing.shop import ShopifyShop

__all__ = [
    "ShopifyShop",
    "WebhookRequest",
    "WebhookResponse",
    "Webhooks",
    "assert_idempotent",
    "assert_order_independent",
    "assert_rejects_bad_signatures",
    "recorded",
]
