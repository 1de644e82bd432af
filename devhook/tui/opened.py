"""A delivery that was opened: everything the detail says of it, fetched once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from devhook.errors import InputError
from devhook.inbox.life import Around, Evidence, evidence
from devhook.inbox.rows import Row
from devhook.inbox.store import Inbox
from devhook.reading.verdict import Reading
from devhook.webhook.delivery import Delivery
from devhook.webhook.signature import Check, Secret, check


@dataclass(frozen=True)
class Opened:
    """One delivery, what was read out of it, and what its signature is worth against today's secrets.

    `compared_at` is when the delivery that the changes count from was received; `around` what came beside it
    until it was fetched.
    """

    row: Row
    delivery: Delivery
    reading: Reading | None
    compared_at: datetime | None
    secrets: tuple[str, ...]
    check: Check
    around: Around = field(default_factory=Around)
    evidence: Evidence = field(default_factory=Evidence)

    @classmethod
    def fetch(cls, inbox: Inbox, secrets: Sequence[Secret], row: Row) -> Self:
        """Fetch the delivery of `row` from the inbox. Raises InputError when it is no longer there."""
        delivery = inbox.delivery(row.id)
        reading = inbox.reading(row.id)
        return cls(
            row=row,
            delivery=delivery,
            reading=reading,
            compared_at=_received_at(inbox, reading.compared_with if reading else None),
            secrets=tuple(secret.name for secret in secrets),
            check=check(secrets, delivery.body, delivery.hmac),
            around=Around.of(inbox, row, reading),
            evidence=evidence(inbox, row),
        )


def _received_at(inbox: Inbox, delivery_id: int | None) -> datetime | None:
    """When a delivery came; None when it is no longer in the inbox."""
    try:
        return None if delivery_id is None else inbox.row(delivery_id).received_at
    except InputError:
        return None


def clock(moment: datetime) -> str:
    """A moment as the user's clock showed it."""
    return moment.astimezone().strftime("%H:%M:%S")
