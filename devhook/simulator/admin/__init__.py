"""The simulated shop's Admin API: GraphQL over HTTP, as Shopify answers it."""
