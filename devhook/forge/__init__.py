"""Forges deliveries: takes a payload, edits it, signs it, tampers with it, sends or prints it."""
