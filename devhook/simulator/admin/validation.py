"""Validates a requested subscription, with Shopify's error messages.

The messages are those of recorded answers: https://github.com/airhorns/shopify-draft-proxy
"""

import ipaddress
import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from devhook.webhook.topics import Topic

TOPIC_REFUSED: Final = "You cannot create a webhook subscription with the specified topic"
CUSTOMER_DATA_REFUSED: Final = (
    "This app is not approved to subscribe to webhook topics containing protected customer data."
    " See https://shopify.dev/docs/apps/launch/protected-customer-data for more details."
)
TAKEN: Final = "Address for this topic has already been taken"
NAME_TAKEN: Final = "Name already exists, no duplicate allowed"
UNKNOWN: Final = "Webhook subscription does not exist"

_FILTER_INVALID: Final = (
    "The specified filter is invalid, please ensure you specify the field(s) you wish to filter on."
)
_LONGEST_ADDRESS: Final = 64 * 1024
_LONGEST_NAME: Final = 50
# Not documented; the limit of the address is used.
_LONGEST_FILTER: Final = 64 * 1024
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_PUBSUB: Final = re.compile(r"pubsub://[^:/]+:[^:/]+\Z")
_EVENT_BRIDGE: Final = re.compile(r"arn:aws:events:[a-z0-9-]+::event-source/aws\.partner/shopify\.com/.+\Z")
_NAME: Final = re.compile(r"[A-Za-z0-9_-]+\Z")
_INTERNAL: Final = ("localhost", "local", "internal", "shopify.com", "myshopify.com")
# RETURNS_APPROVE was recorded; the other topics were documented after the end of XML.
_JSON_ONLY: Final = (
    "returns/",
    "reverse_deliveries/",
    "reverse_fulfillment_orders/",
    "fulfillment_orders/",
    "fulfillment_holds/",
    "inventory_shipments/",
    "inventory_transfers/",
    "metaobjects/",
)
# One term of Shopify's search syntax: a bracket, a connective, or a field with its value.
_TERM: Final = re.compile(
    r"""\s* (?: [()]
           | (?:AND|OR|NOT)(?=[\s()])
           | -?[\w.]+ : (?:[<>]=?)? (?:"[^"]*" | '[^']*' | [^\s()"']+) )""",
    re.VERBOSE,
)


def is_cloud(uri: str) -> bool:
    """Return whether deliveries go to a cloud queue instead of HTTPS."""
    return uri.startswith(("pubsub://", "arn:"))


def own_domains(domain: str, custom: str | None) -> tuple[str, ...]:
    """Return the shop's own domains, in the order of Shopify's error message.

    https://github.com/craftcms/shopify/issues/193
    """
    shop = domain.removesuffix(".myshopify.com")
    storefront = (custom, f"www.{custom}", f"checkout.{custom}") if custom else ()
    return (domain, *storefront, f"{shop}.account.myshopify.com")


def address_errors(uri: str, own: Sequence[str]) -> Iterator[str]:
    """Yield the errors of the address `uri`, which is already trimmed."""
    scheme = _SCHEME.match(uri)
    if not uri:
        yield "Address can't be blank"
    elif len(uri.encode()) > _LONGEST_ADDRESS:
        yield "Address is too big (maximum is 64 KB)"
    elif uri.startswith("arn:"):
        if not _EVENT_BRIDGE.match(uri):
            yield "Address is invalid"
    elif scheme is None:
        yield "Address is invalid"
    elif scheme[1].lower() == "pubsub":
        if not _PUBSUB.match(uri):
            yield "Address protocol pubsub:// is not supported"
            yield "Address is not a valid GCP pub/sub format. Format should be pubsub://project:topic"
    elif scheme[1].lower() != "https":
        yield f"Address protocol {scheme[1].lower()}:// is not supported"
    else:
        yield from _host_errors(uri, own)


def format_errors(format_name: str, topic: Topic, uri: str) -> Iterator[str]:
    """Yield the errors of the format `format_name` (`JSON`, `XML`)."""
    if format_name != "XML":
        return
    if is_cloud(uri):
        yield "Format can only be used with format: 'json'"
    elif topic.name.startswith(_JSON_ONLY):
        yield "Format 'xml' is invalid for this webhook topic. Allowed formats: json"


def name_errors(name: str) -> Iterator[str]:
    """Yield the errors of the name, except that another subscription has it."""
    if not name:
        yield "Name is too short (minimum is 1 character)"
    if len(name) > _LONGEST_NAME:
        yield f"Name is too long (maximum is {_LONGEST_NAME} characters)"
    if not _NAME.match(name):
        yield "Name name field can only contain alphanumeric characters, underscores, and hyphens"


def filter_errors(text: str, topic: Topic) -> Iterator[str]:
    """Yield the errors of the filter, in which every term must name its field.

    https://shopify.dev/docs/apps/build/webhooks/delivery-filtering
    """
    if len(text) > _LONGEST_FILTER:
        yield "The specified filter exceeds the maximum allowed size."
    elif not text.strip():
        if topic.filter_required:
            yield _FILTER_INVALID
    elif _TERM.sub("", text).strip() or text.count("(") != text.count(")"):
        yield _FILTER_INVALID


def _host_errors(uri: str, own: Sequence[str]) -> Iterator[str]:
    try:
        host = urlsplit(uri).hostname or ""
    except ValueError:
        host = ""
    if not host or any(character.isspace() for character in uri):
        yield "Address is invalid"
    elif host in own:
        yield f"Address cannot be any of the domains: {', '.join(own)}"
    elif _is_internal(host):
        yield "Address cannot be a Shopify or an internal domain"


def _is_internal(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return any(host == domain or host.endswith(f".{domain}") for domain in _INTERNAL)
