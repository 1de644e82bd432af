"""The known refusals of Shopify, one object for each: subscriptions, access, requests, connections, libraries."""
