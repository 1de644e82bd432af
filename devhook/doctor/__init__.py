"""What prevents a session: independent checks, each with its remedy."""
