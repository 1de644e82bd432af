"""Classifies the fields of Shopify's documents that hold personal data.

A field is classified by its name, by the object that contains it, and by the topic of the document; never by
its neighbours or its value, so that a field has the same class in every version.
Inside a customer, an address or a company all text is personal unless it is known to be harmless; elsewhere
the fields listed here are. Shopify's protected customer data are name, address, phone, e-mail, and what is
linked to them: https://shopify.dev/docs/apps/launch/protected-customer-data

Not personal: ids and gids, order names (#1001), products, money, times, countries and provinces (tax lines
contain them), the shop's domain, which the headers name too, and the buyer's language. They are needed to
understand a delivery and identify nobody.
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

# An order has some three hundred fields. Judging each once makes masking a document twice as fast.
_FIELDS_KEPT: Final = 4096


class Personal(StrEnum):
    """The kind of a personal value; it decides the form of its pseudonym."""

    CITY = "city"
    COMPANY = "company"
    COORDINATE = "coordinate"
    EMAIL = "email"
    IP = "ip"
    LINK = "link"
    NAME = "name"
    PHONE = "phone"
    SERIAL = "serial"
    STREET = "street"
    TAGS = "tags"
    TEXT = "text"
    TOKEN = "token"  # noqa: S105 - a kind of value
    VISIT = "visit"


class Area(StrEnum):
    """The kind of object that contains a field, at any depth."""

    ANYTHING = "anything"
    PERSON = "person"
    COMPANY = "company"
    RECEIPT = "receipt"


class Field(NamedTuple):
    """A field: its name, the name of its direct parent, and its area. A list's items have its field."""

    key: str
    around: str
    area: Area

    def inside(self, key: str) -> "Field":
        """Return the field `key` of the object that this field holds."""
        return _inside(self, key)


def root(topic: str | None) -> Field:
    """Return the document of a delivery with this topic as a field, by the topic's resource."""
    resource = re.split("[/.]", topic or "")[0]
    area = Area.PERSON if resource.startswith("customers_") else _AREAS.get(resource, Area.ANYTHING)
    return Field(resource, "", area)


@lru_cache(_FIELDS_KEPT)
def kind_of(field: Field) -> Personal | None:
    """Return the kind of personal data in the field; None if it holds none."""
    place = (field.around, field.key)
    if place in _PLACES:
        return _PLACES[place]
    if is_free(field):
        return None if field.key == "name" else Personal.TEXT
    if field.area is Area.RECEIPT:
        # A payment provider writes this in its own form.
        return Personal.TOKEN
    kind = _KEYS.get(field.key) or _by_ending(field.key)
    if kind is not None or field.area is Area.ANYTHING:
        return kind
    return _about_somebody(field)


def is_free(field: Field) -> bool:
    """Return whether the merchant or the buyer chose the key of the field."""
    return field.around in _FREE


@lru_cache(_FIELDS_KEPT)
def _inside(field: Field, key: str) -> Field:
    # A merchant chooses the keys of a buyer's attributes: `Name` is such a key, `name` is Shopify's.
    plain = key if field.key in _FREE else _plain(key)
    area = field.area if field.area is Area.RECEIPT else _AREAS.get(plain, field.area)
    return Field(plain, field.key, area)


def _about_somebody(field: Field) -> Personal | None:
    if field.key in {"name", "display_name"}:
        return Personal.COMPANY if field.area is Area.COMPANY else Personal.NAME
    if field.key == "tags":
        return Personal.TAGS
    return None if field.key in _HARMLESS or field.key.endswith(_HARMLESS_ENDINGS) else Personal.TEXT


def _by_ending(key: str) -> Personal | None:
    return next((kind for ending, kind in _ENDINGS.items() if key.endswith(ending)), None)


def _plain(key: str) -> str:
    """Return `first_name` for `firstName` of newer payloads and `first-name` of XML."""
    if key.isascii() and key.islower() and "-" not in key:
        return key
    return _HUMP.sub("_", key).replace("-", "_").lower()


_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_AREAS: Final = {
    **dict.fromkeys(
        (
            "address",
            "addresses",
            "billing_address",
            "buyer",
            "contact",
            "customer",
            "customer_payment_methods",
            "customers",
            "default_address",
            "destination",
            "main_contact",
            "origin_address",
            "payer",
            "purchaser",
            "recipient",
            "sender",
            "shipping_address",
            "shipping_addresses",
            "staff_member",
            "user",
        ),
        Area.PERSON,
    ),
    **dict.fromkeys(
        ("companies", "company", "company_contacts", "company_location", "company_locations"), Area.COMPANY
    ),
    "company_contact": Area.PERSON,
    "receipt": Area.RECEIPT,
}

# Objects and lists whose keys the merchant or the buyer chooses.
_FREE: Final = frozenset(
    {
        "attributes",
        "custom_attributes",
        "localization_extensions",
        "localized_fields",
        "note_attributes",
        "properties",
    }
)

# Fields that only name and parent together classify: (parent, name).
_PLACES: Final[dict[tuple[str, str], Personal | None]] = {
    # A cart's id is its token, and so is that of a checkout as a subject.
    ("cart", "id"): Personal.TOKEN,
    ("carts", "id"): Personal.TOKEN,
    ("checkout", "id"): Personal.TOKEN,
    ("credit_card", "number"): Personal.SERIAL,
    ("gift_card", "code"): Personal.TOKEN,
    ("gift_cards", "code"): Personal.TOKEN,
    ("redeem_code", "code"): Personal.TOKEN,
    # The payment provider's answer; it holds nothing about the buyer.
    ("order_transactions", "message"): None,
    ("transactions", "message"): None,
}

_KEYS: Final = {
    "abandoned_checkout_url": Personal.LINK,
    "account_activation_url": Personal.LINK,
    "address": Personal.STREET,
    "account_number": Personal.SERIAL,
    "address1": Personal.STREET,
    "address2": Personal.TEXT,
    "author": Personal.NAME,
    "authorization": Personal.TOKEN,
    "birth_date": Personal.SERIAL,
    "birthday": Personal.SERIAL,
    "browser_ip": Personal.IP,
    "cardholder_name": Personal.NAME,
    "city": Personal.CITY,
    "comment": Personal.TEXT,
    "comments": Personal.TEXT,
    "company": Personal.COMPANY,
    "company_name": Personal.COMPANY,
    "confirmation_number": Personal.SERIAL,
    "contact_name": Personal.NAME,
    "credit_card_bin": Personal.SERIAL,
    "credit_card_name": Personal.NAME,
    "credit_card_number": Personal.SERIAL,
    "customer_name": Personal.NAME,
    "date_of_birth": Personal.SERIAL,
    "email": Personal.EMAIL,
    "email_address": Personal.EMAIL,
    "external_id": Personal.SERIAL,
    "family_name": Personal.NAME,
    "fax": Personal.PHONE,
    "first_name": Personal.NAME,
    "full_name": Personal.NAME,
    "gift_card_code": Personal.TOKEN,
    "given_name": Personal.NAME,
    "iban": Personal.SERIAL,
    "invoice_url": Personal.LINK,
    "ip": Personal.IP,
    "ip_address": Personal.IP,
    "landing_site": Personal.VISIT,
    "landing_site_ref": Personal.TOKEN,
    "last_characters": Personal.SERIAL,
    "last_digits": Personal.SERIAL,
    "last_name": Personal.NAME,
    "latitude": Personal.COORDINATE,
    "longitude": Personal.COORDINATE,
    "message": Personal.TEXT,
    "middle_name": Personal.NAME,
    "mobile": Personal.PHONE,
    "multipass_identifier": Personal.TOKEN,
    "note": Personal.TEXT,
    "notes": Personal.TEXT,
    "order_status_url": Personal.LINK,
    "password": Personal.TOKEN,
    "phone": Personal.PHONE,
    "phone_number": Personal.PHONE,
    "po_number": Personal.SERIAL,
    "postal_code": Personal.SERIAL,
    "preferred_name": Personal.NAME,
    "recipient_name": Personal.NAME,
    "referring_site": Personal.VISIT,
    "remote_reference": Personal.TOKEN,
    "session_hash": Personal.TOKEN,
    "shop_owner": Personal.NAME,
    "source_url": Personal.VISIT,
    "status_page_url": Personal.LINK,
    "street": Personal.STREET,
    "surname": Personal.NAME,
    "tax_id": Personal.SERIAL,
    "tax_number": Personal.SERIAL,
    "tax_registration_id": Personal.SERIAL,
    "token": Personal.TOKEN,
    "tracking_number": Personal.SERIAL,
    "tracking_numbers": Personal.SERIAL,
    "tracking_url": Personal.LINK,
    "tracking_urls": Personal.LINK,
    "user_agent": Personal.TEXT,
    "username": Personal.NAME,
    "vat_id": Personal.SERIAL,
    "vat_number": Personal.SERIAL,
    "zip": Personal.SERIAL,
    "zip_code": Personal.SERIAL,
}
_ENDINGS: Final = {
    "_checkout_url": Personal.LINK,
    "_email": Personal.EMAIL,
    "_email_address": Personal.EMAIL,
    "_ip": Personal.IP,
    "_instructions": Personal.TEXT,
    "_message": Personal.TEXT,
    "_note": Personal.TEXT,
    "_notes": Personal.TEXT,
    "_password": Personal.TOKEN,
    "_phone": Personal.PHONE,
    "_secret": Personal.TOKEN,
    "_tax_id": Personal.SERIAL,
    "_token": Personal.TOKEN,
}

# Text of a customer, an address or a company that identifies nobody.
_HARMLESS: Final = frozenset(
    {
        "amount",
        "brand",
        "collected_from",
        "consent_collected_from",
        "country",
        "country_name",
        "currency",
        "customer_since",
        "field",
        "id",
        "instrument_type",
        "key",
        "kind",
        "last_order_name",
        "locale",
        "marketing_opt_in_level",
        "marketing_state",
        "namespace",
        "opt_in_level",
        "product_subscriber_status",
        "province",
        "role",
        "shop_domain",
        "state",
        "status",
        "tax_exemptions",
        "total_spent",
        "type",
    }
)
_HARMLESS_ENDINGS: Final = ("_at", "_id", "_code", "_currency", "_type")

FIELD_WORDS: Final = frozenset(
    word
    for name in (*_AREAS, *_KEYS, *_ENDINGS, *_HARMLESS, *_HARMLESS_ENDINGS)
    for word in name.strip("_").split("_")
)
"""The words of Shopify's names of fields."""
