"""Everything that the detail shows of one delivery, fetched once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial
from threading import Lock
from typing import Final, Self

from devhook.analysis.story import told_whole
from devhook.analysis.verdict import Reading
from devhook.errors import InputError
from devhook.inbox.app_answers import AppAnswer, app_answers
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row
from devhook.inbox.refusals import refusal
from devhook.inbox.timeline import Around, Evidence, case_of, evidence, mask_of
from devhook.privacy.mask import Mask
from devhook.signature_doctor.app_refusal import ExplainedRefusal, explain
from devhook.signature_doctor.doctor import Diagnosis, diagnose
from devhook.webhook.delivery import Delivery, Signature
from devhook.webhook.signature import Check, Secret, check

_SENDS: Final = 20
# Bytes of a payload that is read once more to tell the whole of what happened: 64 KB take 2 ms.
_READ_AGAIN: Final = 64 * 2**10


class _Once:
    """Calls a function once, whichever thread asks first: two tabs show its result."""

    def __init__(self, work: Callable[[], ExplainedRefusal]) -> None:
        self._work = work
        self._lock = Lock()
        self._result: ExplainedRefusal | None = None

    def __call__(self) -> ExplainedRefusal:
        with self._lock:
            if self._result is None:
                self._result = self._work()
            return self._result


@dataclass(frozen=True)
class DeliveryView:
    """One delivery, its reading, and the check of its signature against the secrets known now.

    `row`, `reading`, `delivery`, `answers`: for display, masked if there is a `mask`.
    `exact`: the delivery as it came, to count and check its bytes.
    `compared_at`: when the delivery that the changes are compared with was received.
    `secrets`: the names of the known secrets.
    `check`: the check of the signature against them.
    `around`: the deliveries of the same action and the causes, as of the fetch.
    `evidence`: the deliveries that share its ids or its body.
    `subscribed_version`: the API version of this session's subscription to the topic; None if there is none.
    `diagnose`: finds the mistake in an invalid signature, which may take seconds: call it in a thread. None
    if the signature is not invalid.
    `explain`: finds why a target refused the delivery although its signature is valid, in a thread too. None
    if none did.
    """

    row: Row
    exact: Delivery
    reading: Reading | None
    compared_at: datetime | None
    secrets: tuple[str, ...]
    check: Check
    around: Around = field(default_factory=Around)
    evidence: Evidence = field(default_factory=Evidence)
    answers: tuple[AppAnswer, ...] = ()
    diagnose: Callable[[], Diagnosis] | None = None
    explain: Callable[[], ExplainedRefusal] | None = None
    mask: Mask | None = None
    subscribed_version: str | None = None

    @cached_property
    def head(self) -> Delivery:
        """The delivery for display, without its body."""
        return replace(self, exact=self.exact.model_copy(update={"body": b""})).delivery

    @cached_property
    def delivery(self) -> Delivery:
        """The delivery for display. Masking takes about 15 ms for 100 KB, the first time."""
        return self.mask.delivery(self.exact) if self.mask else self.exact

    @property
    def beside(self) -> tuple[object, ...]:
        """What is added after a delivery was read: answers, related deliveries, those with the same ids."""
        return self.answers, self.around, self.evidence

    @cached_property
    def happened(self) -> str:
        """The description of what happened; of a long payload as in the list. Empty before it is read."""
        row = self.row
        if len(self.exact.body) > _READ_AGAIN or not row.summary:
            return row.summary
        return told_whole(row.summary, row.signature, self.reading, self.delivery)

    @classmethod
    def fetch(
        cls,
        inbox: Inbox,
        secrets: Sequence[Secret],
        row: Row,
        *,
        mistakable: Sequence[Secret] = (),
        mask: Mask | None = None,
        subscribed_version: str | None = None,
    ) -> Self:
        """Fetch the delivery of `row` from the inbox. Raises InputError when it is no longer there.

        `mistakable` is what may have been taken for one of the secrets.
        """
        delivery = inbox.delivery(row.id)
        reading = inbox.reading(row.id)
        mask = mask and mask_of(mask, inbox, row.id)
        checked = check(secrets, delivery.body, delivery.hmac)
        wrong = checked.signature is Signature.INVALID
        refused = refusal(inbox, row)
        return cls(
            row=row.masked(mask) if mask else row,
            exact=delivery,
            reading=mask.reading(reading, row.topic) if mask and reading else reading,
            compared_at=_received_at(inbox, reading.compared_with if reading else None),
            secrets=tuple(secret.name for secret in secrets),
            around=Around.of(inbox, row, reading),
            evidence=evidence(inbox, row),
            check=checked,
            answers=tuple(each.masked(mask) if mask else each for each in app_answers(inbox, row.id, _SENDS)),
            diagnose=partial(diagnose, case_of(inbox, row.id, delivery), secrets, mistakable)
            if wrong
            else None,
            explain=_Once(partial(explain, refused)) if refused else None,
            mask=mask,
            subscribed_version=subscribed_version,
        )


def _received_at(inbox: Inbox, delivery_id: int | None) -> datetime | None:
    """Return when a delivery was received; None if it is no longer in the inbox."""
    try:
        return None if delivery_id is None else inbox.row(delivery_id).received_at
    except InputError:
        return None


def clock(moment: datetime) -> str:
    """Return a moment in local time, `14:02:11`."""
    return moment.astimezone().strftime("%H:%M:%S")
