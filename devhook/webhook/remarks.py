"""Says what is wrong with a request that claims to be a webhook of Shopify's, a sentence each. Pure.

The signature and the payload are checked elsewhere; these are the headers, and the form of the body.
"""

from functools import lru_cache
from typing import Final

from devhook.text import did_you_mean, listed, nearest
from devhook.webhook.delivery import Delivery
from devhook.webhook.document import Document, Unreadable
from devhook.webhook.payload import is_xml, read_json
from devhook.webhook.topics import CATALOGUE, topic_names

# https://shopify.dev/docs/apps/build/webhooks/delivery-structure; Shopify's own library refuses a delivery
# that lacks one: https://github.com/Shopify/shopify-app-js
_ALWAYS: Final = ("Topic", "Shop-Domain", "API-Version", "Webhook-Id")
_NAMES_SHOWN: Final = 60
# A body that Shopify did not make may be a string of megabytes.
_LONGEST_STRING: Final = 2**20


def remarks(delivery: Delivery, document: Document, *, unreadable: bool) -> tuple[str, ...]:
    """Return the sentences about a delivery and the `document` in its body, unless it is `unreadable`."""
    found = [*_topic(delivery), *_missing(delivery), *_contradictory(delivery)]
    if delivery.body and not unreadable:
        found += [*_content_type(delivery), *_form(document)]
    return tuple(found)


def _topic(delivery: Delivery) -> list[str]:
    # The topics of Events, which send shopify-topic, are others:
    # https://shopify.dev/docs/apps/build/events/delivery-structure
    topic = delivery.topic
    if not topic or delivery.header("shopify-topic") is not None or topic in topic_names():
        return []
    return [_no_topic(topic[: _NAMES_SHOWN + 1])]


@lru_cache(maxsize=256)
def _no_topic(topic: str) -> str:
    if len(topic) > _NAMES_SHOWN:
        return f"There is no topic {topic[:_NAMES_SHOWN]}… in {CATALOGUE}."
    meant = did_you_mean(nearest(topic, topic_names(), 1))
    return f"There is no topic {topic} in {CATALOGUE}. {meant}".rstrip()


def _missing(delivery: Delivery) -> list[str]:
    names = [f"X-Shopify-{name}" for name in _ALWAYS if not delivery.shopify(name)]
    if not delivery.content_type:
        names.append("Content-Type")
    if not names:
        return []
    are, them = ("are", "them") if len(names) > 1 else ("is", "it")
    return [f"{listed(names, 'and')} {are} missing; Shopify documents {them} for every delivery."]


def _contradictory(delivery: Delivery) -> list[str]:
    given = {name: dict.fromkeys(delivery.values(f"X-Shopify-{name}")) for name in _ALWAYS}
    return [
        f"X-Shopify-{name} occurs {len(values)} times with different values; the first one counts."
        for name, values in given.items()
        if len(values) > 1
    ]


def _content_type(delivery: Delivery) -> list[str]:
    said = delivery.content_type
    kind = "xml" if is_xml(delivery.body, said) else "json"
    if not said or said.endswith(("/" + kind, "+" + kind)):
        return []
    said = said[:_NAMES_SHOWN]
    return [f"Content-Type says {said}, and the body is {kind.upper()}; Shopify sends application/{kind}."]


def _form(document: Document) -> list[str]:
    if isinstance(document, str) and len(document) <= _LONGEST_STRING:
        try:
            read_json(document.encode("utf-8", "surrogatepass"))
        except Unreadable:
            return ["The body is a text; Shopify sends an object."]
        return ["The body is a JSON text that holds JSON: it was encoded twice."]
    return [] if isinstance(document, dict) else ["The body is not an object; Shopify sends an object."]
