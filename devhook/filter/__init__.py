"""The filter words: what each of them matches, how it is looked up, and which deliveries are meant."""
