"""A check: what it is called, what it demands and by which page of Shopify's, and how it is made."""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from devhook.probe.bench import Bench
from devhook.probe.judging import Judgement

_DOCS: Final = "https://shopify.dev/docs"
VERIFY: Final = f"{_DOCS}/apps/build/webhooks/verify-deliveries"
TROUBLE: Final = f"{_DOCS}/apps/build/webhooks/troubleshoot"
STRUCTURE: Final = f"{_DOCS}/apps/build/webhooks/delivery-structure"
ABOUT: Final = f"{_DOCS}/apps/build/webhooks"
REFERENCE: Final = f"{_DOCS}/api/webhooks/latest"
PRIVACY: Final = f"{_DOCS}/apps/build/compliance/privacy-law-compliance"


class Check(NamedTuple):
    """One thing that is demanded of an endpoint. `source` is the page that demands it, if one does."""

    name: str
    requirement: str
    make: Callable[[Bench], Awaitable[Judgement]]
    source: str = ""
