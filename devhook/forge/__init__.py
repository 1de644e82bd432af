"""Deliveries made by hand: a payload, edited, signed, sent or printed; or tampered with on purpose."""
