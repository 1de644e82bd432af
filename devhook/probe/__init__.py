"""Checks an endpoint against what Shopify requires."""
