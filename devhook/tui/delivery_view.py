"""A delivery that was opened: everything the detail says of it, fetched once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Final, Self

from devhook.analysis.verdict import Reading
from devhook.errors import InputError
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Answered, Row
from devhook.inbox.journal import Send, sends
from devhook.inbox.timeline import Around, Evidence, case_of, evidence
from devhook.privacy.mask import Mask
from devhook.signature_doctor.doctor import Diagnosis, diagnose
from devhook.webhook.delivery import Delivery, Signature
from devhook.webhook.signature import Check, Secret, check

_SENDS: Final = 20


@dataclass(frozen=True)
class DeliveryView:
    """One delivery, what was read out of it, and what its signature is worth against today's secrets.

    `row`, `reading`, `delivery` and `answers` (of the targets that it was forwarded to) are to be looked at:
    masked, where there is a `mask`. `exact` is the delivery as it came, for whatever counts or checks its
    bytes. `compared_at` is when the delivery that the changes count from was received. `diagnose` finds out
    what is wrong with the signature, which may take seconds: in a thread; None where nothing is.
    `around` is what came beside it until it was fetched, `sends` what was made of it and sent, newest first.
    """

    row: Row
    exact: Delivery
    reading: Reading | None
    compared_at: datetime | None
    secrets: tuple[str, ...]
    check: Check
    around: Around = field(default_factory=Around)
    evidence: Evidence = field(default_factory=Evidence)
    answers: tuple[Answered, ...] = ()
    sends: tuple[Send, ...] = ()
    diagnose: Callable[[], Diagnosis] | None = None
    mask: Mask | None = None

    @cached_property
    def delivery(self) -> Delivery:
        """The delivery to look at. Masking takes some 15 ms for 100 KB, the first time."""
        return self.mask.delivery(self.exact) if self.mask else self.exact

    @classmethod
    def fetch(
        cls,
        inbox: Inbox,
        secrets: Sequence[Secret],
        row: Row,
        *,
        mistakable: Sequence[Secret] = (),
        mask: Mask | None = None,
    ) -> Self:
        """Fetch the delivery of `row` from the inbox. Raises InputError when it is no longer there.

        `mistakable` is what may have been taken for one of the secrets.
        """
        delivery = inbox.delivery(row.id)
        reading = inbox.reading(row.id)
        checked = check(secrets, delivery.body, delivery.hmac)
        wrong = checked.signature is Signature.INVALID
        return cls(
            row=row.masked(mask) if mask else row,
            exact=delivery,
            reading=mask.reading(reading, row.topic) if mask and reading else reading,
            compared_at=_received_at(inbox, reading.compared_with if reading else None),
            secrets=tuple(secret.name for secret in secrets),
            around=Around.of(inbox, row, reading),
            evidence=evidence(inbox, row),
            check=checked,
            answers=tuple(each.masked(mask) if mask else each for each in inbox.answers(row.id)),
            sends=tuple(_masked(send, mask) if mask else send for send in sends(inbox, row.id, _SENDS)),
            diagnose=partial(diagnose, case_of(inbox, row.id, delivery), secrets, mistakable)
            if wrong
            else None,
            mask=mask,
        )


def _masked(send: Send, mask: Mask) -> Send:
    return send.model_copy(update={"url": mask.text(send.url), "answer": mask.answer(send.answer)})


def _received_at(inbox: Inbox, delivery_id: int | None) -> datetime | None:
    """When a delivery came; None when it is no longer in the inbox."""
    try:
        return None if delivery_id is None else inbox.row(delivery_id).received_at
    except InputError:
        return None


def clock(moment: datetime) -> str:
    """A moment as the user's clock showed it."""
    return moment.astimezone().strftime("%H:%M:%S")
