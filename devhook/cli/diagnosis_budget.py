"""How much of a face's time the signature doctor gets: a flood of forgeries must not hold up what is true."""

import asyncio
import time
from typing import Final

from devhook.inbox.namesakes import case_of
from devhook.inbox.rows import Row
from devhook.session.session import Session
from devhook.signature_doctor.doctor import Diagnosis, diagnose
from devhook.webhook.delivery import Signature

# Seconds that may be spent at once, enough for ten large orders, and the share of the time that comes after.
_SAVED: Final = 3.0
_SHARE: Final = 0.2


class DiagnosisBudget:
    """Asks the doctor of the deliveries of a run, as long as time is left for it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._left = _SAVED
        self._counted = time.monotonic()

    async def about(self, row: Row) -> Diagnosis | None:
        """What is wrong with a delivery's signature; None when nothing is, or there is no time."""
        if row.signature is not Signature.INVALID:
            return None
        begun = time.monotonic()
        self._left = min(_SAVED, self._left + _SHARE * (begun - self._counted))
        self._counted = begun
        if self._left <= 0:
            return None
        case = case_of(self._session.inbox, row.id, self._session.inbox.delivery(row.id))
        diagnosis = await asyncio.to_thread(diagnose, case, self._session.secrets, self._session.mistakable)
        self._left -= time.monotonic() - begun
        return diagnosis
