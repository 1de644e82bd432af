"""The catalogue of topics: all 218 that the Admin API of 2026-10 can subscribe to.

https://shopify.dev/docs/api/admin-graphql/latest/enums/WebhookSubscriptionTopic
"""

import fnmatch
import re
from functools import cache
from importlib.resources import files
from typing import Final

from pydantic import BaseModel, ConfigDict, TypeAdapter

from devhook.errors import InputError
from devhook.text import did_you_mean, nearest

CATALOGUE: Final = "the Admin API 2026-10"
"""Where the topics are from, for sentences about those that are not among them."""

COMPLIANCE: Final = ("customers/data_request", "customers/redact", "shop/redact")
"""What every app has to answer. No part of the API's enum: an app declares them in its TOML.

https://shopify.dev/docs/apps/build/webhooks/subscribe
"""

UNDOCUMENTED: Final = frozenset(
    {
        "finance_app_staff_member/delete",
        "finance_app_staff_member/grant",
        "finance_app_staff_member/revoke",
        "finance_app_staff_member/update",
        "finance_kyc_information/update",
        "returns/process",
    }
)
"""Topics whose payload Shopify does not document, so that its fields are unknown.

https://shopify.dev/docs/api/webhooks/latest. The payloads of `subscription_billing_attempts/*`, which it does
not show either, are in Shopify's own app: https://github.com/Shopify/subscriptions-reference-app
"""

_WILDCARDS: Final = re.compile(r"[*?\[]")
_LIKE_THIS: Final = (
    "A topic is written orders/updated or ORDERS_UPDATED; orders/* are all that begin so."
    " All topics: devhook topics"
)


class Topic(BaseModel):
    """One topic that can be subscribed to.

    `name` is what the header says (`orders/updated`), `enum` what the API asks for (`ORDERS_UPDATED`). One of
    `scopes` is enough; none means that none is needed. `order_ref` is the path of the order's id in the body
    (`order_edit.order_id`), None where there is none or it is not documented. `first_seen_in` is the oldest
    API version known to have it. `http_delivery` is False where Shopify delivers to a cloud queue only,
    `filter_required` is True where a subscription must say which objects it means.
    `protected_customer_data` is a guess: Shopify documents categories, not topics.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    enum: str
    scopes: tuple[str, ...]
    order_ref: str | None
    first_seen_in: str
    http_delivery: bool
    filter_required: bool
    protected_customer_data: bool


@cache
def topics() -> tuple[Topic, ...]:
    """Return all topics, by name."""
    catalogue = files("devhook.webhook").joinpath("topics.json").read_bytes()
    return TypeAdapter(tuple[Topic, ...]).validate_json(catalogue)


@cache
def topic_names() -> tuple[str, ...]:
    """Return the names of all topics that a delivery can have, compliance topics included, sorted."""
    return tuple(sorted((*COMPLIANCE, *(each.name for each in topics()))))


def topic(word: str) -> Topic:
    """Return the topic that `word` names: `orders/updated` or `ORDERS_UPDATED`.

    This is for what a user typed; a delivery may bear a topic that is in no catalogue. Raises InputError,
    with the nearest names.
    """
    wanted = word.strip()
    found = _by_word().get(wanted)
    if found is not None:
        return found
    for name in COMPLIANCE:
        if _folded(wanted) == _folded(name):
            raise InputError(
                f"{name} cannot be subscribed to through the Admin API.",
                f'In shopify.app.toml, under [[webhooks.subscriptions]]: compliance_topics = ["{name}"]',
            )
    raise InputError(f"There is no topic {wanted!r}.", _nearest(wanted))


def name_meant(word: str) -> str:
    """Return the name of the topic that `word` means, compliance topics included: a delivery may have them.

    Raises InputError, with the nearest names.
    """
    wanted = word.strip()
    found = _by_word().get(wanted)
    name = (
        found.name if found else next((name for name in COMPLIANCE if _folded(wanted) == _folded(name)), "")
    )
    if not name:
        near = did_you_mean(nearest(wanted, topic_names()))
        raise InputError(f"There is no topic {wanted!r}.", near or "All topics: devhook topics")
    return name


def matching(pattern: str) -> tuple[Topic, ...]:
    """Return the topics that `pattern` means: one by its name, or all that a glob (`orders/*`) matches.

    Raises InputError where there is none.
    """
    wanted = pattern.strip()
    if not _WILDCARDS.search(wanted):
        return (topic(wanted),)
    found = tuple(
        each
        for each in topics()
        if fnmatch.fnmatchcase(each.name, wanted) or fnmatch.fnmatchcase(each.enum, wanted)
    )
    if not found:
        raise InputError(f"No topic matches {wanted!r}.", _nearest_family(wanted))
    return found


@cache
def _by_word() -> dict[str, Topic]:
    return {word: each for each in topics() for word in (each.name, each.enum)}


def _folded(word: str) -> str:
    """Return the word without case and separators (`/ . _ -`), which are easily mistaken."""
    return re.sub(r"[^a-z0-9]+", "_", word.lower()).strip("_")


def _nearest(word: str) -> str:
    near = nearest(word, (each.name for each in topics()))
    return did_you_mean(near) or _nearest_family(word)


def _nearest_family(pattern: str) -> str:
    families = sorted({re.split(r"[/.]", each.name)[0] for each in topics()})
    near = nearest(re.split(r"[/.]", pattern)[0], families)
    return did_you_mean([f"{family}/*" for family in near]) or _LIKE_THIS
