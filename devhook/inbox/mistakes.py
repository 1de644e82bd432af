"""Which known mistake made a signature wrong: found within a bound, kept beside the reading.

A diagnosis takes up to 4 s of a processor (see `signature_doctor`), so a delivery that arrives gets none. The
screen, `listen` and `log` diagnose what they show.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from devhook.analysis.story import mistake_words
from devhook.errors import InputError
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row, storable
from devhook.inbox.readings import MARK_REVISED
from devhook.inbox.timeline import case_of
from devhook.signature_doctor.doctor import Diagnosis, diagnose
from devhook.webhook.delivery import Signature
from devhook.webhook.signature import Secret

_KEEP: Final = """
INSERT OR IGNORE INTO readings.mistakes (delivery_id, what)
SELECT delivery_id, ?2 FROM readings.readings WHERE delivery_id = ?1
"""

SecretsOf = Callable[[Row], tuple[Sequence[Secret], Sequence[Secret]]]
"""Returns the secrets of a delivery's shop, and what may have been taken for one of them."""


def keep_mistake(inbox: Inbox, delivery_id: int, diagnosis: Diagnosis) -> None:
    """Store the mistake that a diagnosis found, if any, for all outputs."""
    for mistake in diagnosis.mistakes[:1]:
        with inbox.writing() as connection:
            kept = connection.execute(_KEEP, (delivery_id, storable(mistake_words(mistake.what))))
            if kept.rowcount:
                connection.execute(MARK_REVISED, (delivery_id,))


def explained(inbox: Inbox, rows: Iterable[Row], secrets_of: SecretsOf, seconds: float) -> Iterator[Row]:
    """Yield the rows; those with a wrong signature are diagnosed as long as `seconds` last."""
    left = seconds
    for row in rows:
        if row.signature is not Signature.INVALID or row.is_explained or left <= 0:
            yield row
            continue
        started = time.monotonic()
        secrets, mistakable = secrets_of(row)
        try:
            if secrets:
                case = case_of(inbox, row.id, inbox.delivery(row.id))
                keep_mistake(inbox, row.id, diagnose(case, secrets, mistakable))
            yield inbox.row(row.id)
        except InputError:
            yield row  # it was removed meanwhile
        left -= time.monotonic() - started
