"""Lists the API versions of Shopify, the features that only some have, and the differences between them.

https://shopify.dev/docs/api/usage/versioning
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from devhook.errors import InputError
from devhook.text import listed, plural

STABLE: Final = ("2026-01", "2026-04", "2026-07", "2026-10")
"""The supported stable versions, oldest first. Support lasts a year; that of 2026-01 ends on 2027-01-16."""

CANDIDATE: Final = "2027-01"
UNSTABLE: Final = "unstable"
NEWEST: Final = STABLE[-1]

_NAMES_SINCE: Final = "2026-04"
_SHAPE: Final = re.compile(r"\d{4}-\d{2}\Z")


def is_version(text: str) -> bool:
    """Return whether `text` has the form of an API version (`2026-10`, `unstable`), supported or not."""
    return text == UNSTABLE or _SHAPE.match(text) is not None


def answered(version: str) -> str:
    """Return the version of Shopify's answer to a request for `version`.

    An unsupported version falls forward to the oldest supported stable version.
    """
    return version if version in {*STABLE, CANDIDATE, UNSTABLE} else STABLE[0]


def checked(version: str) -> str:
    """Return `version` if Shopify supports it. Raises InputError for a version that falls forward."""
    if is_version(version) and answered(version) == version:
        return version
    reason = "is no longer supported" if is_version(version) and version < STABLE[0] else "does not exist"
    raise InputError(
        f"Shopify's API version {version} {reason}.",
        f"Use --api-version {NEWEST}, the newest stable one, or one of {', '.join(STABLE[:-1])}.",
    )


def has_name(version: str) -> bool:
    """Return whether subscriptions have a `name` in this version: since 2026-04.

    https://shopify.dev/changelog/webhook-subscriptions-now-support-a-name-field-for-identification
    """
    return answered(version) >= _NAMES_SINCE  # "unstable" sorts after every number


APP_DECIDES: Final = (
    "The app's own version decides: set api_version under [webhooks] in shopify.app.toml, and type: shopify "
    "app deploy. Until then read the fields of the version that it has."
)
"""The hint for a subscription with another version than was requested.

A recorded answer to a request in 2026-04 has the version 2026-07: https://github.com/airhorns/shopify-draft-proxy
"""


def answered_difference(requested: str, answered_in: str | None) -> str:
    """Return how the version of the shop's answers differs from the requested one; empty if it does not."""
    if answered_in in {None, requested}:
        return ""
    return f"API version {requested} was requested, but the shop answers in {answered_in}."


def subscribed_differences(requested: str, subscribed: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield each other version than `requested` that subscriptions have, once, with all their topics.

    `subscribed`: the topics of the subscriptions and their versions.
    """
    topics: dict[str, list[str]] = {}
    for topic, version in subscribed:
        if version != requested:
            topics.setdefault(version, []).append(topic)
    for version, named in topics.items():
        them = f"{plural('subscription') if named[1:] else 'subscription'} to {listed(named, 'and')}"
        verb = "have" if named[1:] else "has"
        yield f"API version {requested} was requested, but the {them} {verb} {version}."


def delivered_difference(subscribed: str | None, delivered: str | None, topic: str = "") -> str:
    """Return how a payload's version differs from its subscription's; empty if it does not, or is unknown."""
    if not subscribed or not delivered or subscribed == delivered:
        return ""
    payload = f"The payload of {topic}" if topic else "The payload"
    return f"{payload} has API version {delivered}, but its subscription has {subscribed}."
