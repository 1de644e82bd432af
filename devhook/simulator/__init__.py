"""A shop without an account: orders, what can happen to them, the Admin API, deliveries with retries."""
