"""The inbox: every delivery as it came, what was concluded from it, and the journal of leases."""
