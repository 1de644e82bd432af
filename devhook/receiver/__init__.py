"""The process that takes deliveries in, and the side of it that the run holds."""
