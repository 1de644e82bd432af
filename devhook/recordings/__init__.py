"""Recordings and other file formats: writes deliveries to files and imports them."""
