"""What answers in front of an app: tunnels, proxies, development servers, frameworks."""
