"""Runs in the process of Locust only: devhook's own process imports none of it. Locust patches sockets."""
