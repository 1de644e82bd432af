"""The checks that an endpoint is probed with."""
