"""Orders of the simulated shop, and all actions on them. Pure."""
