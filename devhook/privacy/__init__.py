"""Masking: which fields are personal, what free text gives away, and what is shown in their place. Pure."""
