"""The journal of leases: which temporary subscriptions devhook made and must remove."""

from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict


class LeaseState(StrEnum):
    """How far a lease has come.

    `asked`: written down before Shopify is asked, so that a kill in between leaves a trace. `made`: Shopify
    gave it an id. `removed`: Shopify confirmed that it is gone. `vanished`: it never came to be, or went by
    itself.
    """

    ASKED = "asked"
    MADE = "made"
    REMOVED = "removed"
    VANISHED = "vanished"

    @property
    def open(self) -> bool:
        """Whether Shopify may still know the subscription."""
        return self in {LeaseState.ASKED, LeaseState.MADE}


class Lease(BaseModel):
    """A temporary subscription, from the moment before Shopify is asked for it.

    `topic` is written as `orders/updated`, `subscription_id` is Shopify's `gid://…`, None until it is known.
    `owner` is the token of the run that made it.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    shop: str
    topic: str
    uri: str
    api_version: str
    name: str
    subscription_id: str | None = None
    state: LeaseState
    owner: str
    asked_at: AwareDatetime


ASK: Final = """
INSERT INTO journal.leases (shop, topic, uri, api_version, name, state, owner, asked_at)
VALUES (?, ?, ?, ?, ?, 'asked', ?, ?)
"""
CONFIRM: Final = "UPDATE journal.leases SET state = 'made', subscription_id = ? WHERE id = ?"
MOVE: Final = "UPDATE journal.leases SET uri = ? WHERE id = ?"
STRIKE: Final = "UPDATE journal.leases SET state = ? WHERE id = ?"
OPEN: Final = """
SELECT id, shop, topic, uri, api_version, name, subscription_id, state, owner, asked_at FROM journal.leases
WHERE state IN ('asked', 'made') AND (? IS NULL OR shop = ?) ORDER BY id
"""
