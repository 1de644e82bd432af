"""The checks that an endpoint is probed with, and what they find."""
