"""Scenarios: TOML files that describe what happens to an order, step by step."""
