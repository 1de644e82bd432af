"""What stands in the way of a run: independent checks, each with its remedy."""
