"""What the project in the current folder says of itself: shopify.app.toml, .env, its stack. It is data."""
