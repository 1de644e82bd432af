"""A quick tunnel of Cloudflare: it needs no account, and has a new address at every start."""
