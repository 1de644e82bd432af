"""What a delivery means beside the ones before it: changes, verdict, hint. Pure."""
