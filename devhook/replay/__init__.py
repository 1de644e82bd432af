"""Sends recorded deliveries again: the order, the pace, the headers."""
