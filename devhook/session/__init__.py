"""One session: what is opened in which order, shown by one output, and closed in the reverse order."""
