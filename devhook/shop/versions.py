"""Shopify's API versions: which are answered, which is the newest, what is not in all of them.

https://shopify.dev/docs/api/usage/versioning
"""

import re
from typing import Final

from devhook.errors import InputError

STABLE: Final = ("2026-01", "2026-04", "2026-07", "2026-10")
"""Every stable version that is answered, oldest first. Each lives for a year; 2026-01 ends on 2027-01-16."""

CANDIDATE: Final = "2027-01"
UNSTABLE: Final = "unstable"
NEWEST: Final = STABLE[-1]

_NAMES_SINCE: Final = "2026-04"
_SHAPE: Final = re.compile(r"\d{4}-\d{2}\Z")


def is_version(text: str) -> bool:
    """Whether `text` has the form of an API version (`2026-10`, `unstable`), answered or not."""
    return text == UNSTABLE or _SHAPE.match(text) is not None


def answered(version: str) -> str:
    """The version that Shopify answers with when `version` is asked for.

    One that is not served falls forward to the oldest stable one that is.
    """
    return version if version in {*STABLE, CANDIDATE, UNSTABLE} else STABLE[0]


def checked(version: str) -> str:
    """Return `version` when Shopify answers with it. Raises InputError for one that would fall forward."""
    if is_version(version) and answered(version) == version:
        return version
    reason = "is not answered any more" if is_version(version) and version < STABLE[0] else "does not exist"
    raise InputError(
        f"Shopify's API version {version} {reason}.",
        f"Use --api-version {NEWEST}, the newest stable one, or one of {', '.join(STABLE[:-1])}.",
    )


def has_name(version: str) -> bool:
    """Whether subscriptions have a `name` in this version: since 2026-04.

    https://shopify.dev/changelog/webhook-subscriptions-now-support-a-name-field-for-identification
    """
    return answered(version) >= _NAMES_SINCE  # "unstable" sorts after every number
