"""One session: its parts are opened in order, one output shows it, and they are closed in reverse order."""
