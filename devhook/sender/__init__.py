"""Sends requests: the HTTP client, the target it may send to, and the answers."""
