"""The filter language: its words, the search for deliveries that match, and the selection of deliveries."""
