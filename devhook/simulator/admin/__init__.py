"""The simulated shop's Admin API: GraphQL over HTTP, with Shopify's answers."""
