"""What a webhook is: the request, its signature, its document, its topic, its subject. Pure."""
