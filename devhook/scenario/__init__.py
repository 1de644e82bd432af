"""The TOML that says what happens to an order, step by step."""
