"""The requests that devhook sends: one HTTP client, where it may send to, and what came back."""
