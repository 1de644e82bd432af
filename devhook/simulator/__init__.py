"""Simulates a shop, without a Shopify account: its orders, its Admin API, its deliveries with retries."""
