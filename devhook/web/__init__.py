"""The screen in a browser: a devhook on a pseudo-terminal, its page, and a page for an audience."""
