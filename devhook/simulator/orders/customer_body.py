"""Writes a customer and an address as in a body."""

from typing import Any

from devhook.simulator.orders.catalogue import Catalogue, Customer
from devhook.simulator.orders.values import gid


def address_body(customer: Customer, catalogue: Catalogue) -> dict[str, Any]:
    """Return an order's `billing_address` or `shipping_address`, or a fulfilment's `destination`."""
    address = customer.address
    return {
        "first_name": customer.first_name,
        "address1": address.address1,
        "phone": address.phone,
        "city": address.city,
        "zip": address.zip,
        "province": catalogue.provinces.get(address.province_code or ""),
        "country": catalogue.countries[address.country_code],
        "last_name": customer.last_name,
        "address2": address.address2,
        "company": address.company,
        "latitude": address.latitude,
        "longitude": address.longitude,
        "name": customer.name,
        "country_code": address.country_code,
        "province_code": address.province_code,
    }


def customer_body(customer: Customer, catalogue: Catalogue, updated_at: str) -> dict[str, Any]:
    """Return an order's `customer`; `updated_at` is written as in a body."""
    address = customer.address
    return {
        "id": customer.id,
        "created_at": catalogue.time(customer.created_at),
        "updated_at": updated_at,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "state": customer.state,
        "note": customer.note,
        "verified_email": True,
        "multipass_identifier": None,
        "tax_exempt": False,
        "email": customer.email,
        "phone": customer.phone,
        "currency": catalogue.currency,
        "tax_exemptions": [],
        "admin_graphql_api_id": gid("Customer", customer.id),
        "default_address": {
            "id": address.id,
            "customer_id": customer.id,
            "first_name": customer.first_name,
            "last_name": customer.last_name,
            "company": address.company,
            "address1": address.address1,
            "address2": address.address2,
            "city": address.city,
            "province": catalogue.provinces.get(address.province_code or ""),
            "country": catalogue.countries[address.country_code],
            "zip": address.zip,
            "phone": address.phone,
            "name": customer.name,
            "province_code": address.province_code,
            "country_code": address.country_code,
            "country_name": catalogue.countries[address.country_code],
            "default": True,
        },
    }
