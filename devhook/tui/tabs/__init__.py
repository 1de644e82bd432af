"""The tabs of the detail: one widget each, and the layouts that they show."""
