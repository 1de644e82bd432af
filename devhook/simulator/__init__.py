"""A shop without an account: orders and what can happen to them, the Admin API, Shopify's delivery with retries."""
