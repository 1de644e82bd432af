"""Sends webhooks as Shopify would at scale, and says whether the endpoint keeps up. Locust is the engine."""
