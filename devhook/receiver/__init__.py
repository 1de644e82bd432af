"""The process that takes deliveries in, and the session's handle on it."""
