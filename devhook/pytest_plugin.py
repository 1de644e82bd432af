"""The pytest plugin: the fixtures `shopify_webhooks` and `shopify_shop`.

pytest loads this file in every environment that devhook is installed in. So it imports nothing of devhook
until a fixture is used.
"""

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from devhook.testing import ShopifyShop, Webhooks


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the settings of the fixtures to pytest's configuration."""
    parser.addini("shopify_client_secret", "client secret that shopify_webhooks signs with", default="")
    parser.addini("shopify_webhook_path", "path that shopify_webhooks delivers to", default="/webhooks")


@pytest.fixture
def shopify_webhooks(pytestconfig: pytest.Config) -> "Webhooks":
    """Signed Shopify webhooks, see devhook.testing.Webhooks.

    The secret is `shopify_client_secret` of pytest's configuration, else the variable SHOPIFY_API_SECRET,
    else one of its own: give the app `shopify_webhooks.secret`.
    """
    from devhook.testing import Webhooks  # noqa: PLC0415 - see the first lines

    configured = pytestconfig.getini("shopify_client_secret") or os.environ.get("SHOPIFY_API_SECRET")
    return Webhooks(
        configured or "shpss_0123456789abcdef0123456789abcdef",
        path=pytestconfig.getini("shopify_webhook_path"),
    )


@pytest.fixture
def shopify_shop(shopify_webhooks: "Webhooks") -> "ShopifyShop":
    """A simulated shop that `shopify_webhooks` signs for, see devhook.testing.ShopifyShop."""
    from devhook.testing import ShopifyShop  # noqa: PLC0415 - see the first lines

    return ShopifyShop(shopify_webhooks)
