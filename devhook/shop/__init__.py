"""Shopify's Admin API as devhook uses it: access, subscriptions, leases, and its refusals in plain words."""
