"""Lists the API versions of Shopify and the features that only some of them have.

https://shopify.dev/docs/api/usage/versioning
"""

import re
from typing import Final

from devhook.errors import InputError

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
