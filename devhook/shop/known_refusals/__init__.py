"""The known refusals of Shopify, one object for each, in modules by what they are about."""
