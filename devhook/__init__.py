"""See every Shopify webhook your app gets. This file holds the version and imports nothing."""

__version__ = "0.2.0"
