"""A public address that leads to the receiver: ngrok's, or one the user has."""
