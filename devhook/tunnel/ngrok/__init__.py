"""An ngrok tunnel: the agent, its configuration, its log and its error codes."""
