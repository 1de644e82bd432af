"""Orders of the simulated shop, and everything that can happen to them. Pure."""
