"""Recordings and other people's formats: deliveries written into files, and taken in from them."""
