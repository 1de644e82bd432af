"""Recorded deliveries sent again: in which order, how fast, with which headers."""
