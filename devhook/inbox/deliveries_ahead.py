"""Deliveries that are about to be sent: many are read by one query, within a bound of bytes.

A send takes 0.24 ms, and 0.28 ms with a query for each. What is read stays compressed, and a damaged row is
noticed when it is its turn.
"""

import json
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Found, delivery_of
from devhook.inbox.failures import DamagedInbox, reading_rows
from devhook.webhook.delivery import Delivery

AT_ONCE: Final = 64
"""How many deliveries are worth one query."""
# Of bodies; larger deliveries are read one by one.
_MOST_BYTES: Final = 4 * 2**20

_SIZES: Final = "SELECT id, size FROM deliveries WHERE id IN (SELECT value FROM json_each(?))"
_DELIVERIES: Final = """
SELECT d.*, b.* FROM deliveries d JOIN bodies b ON b.delivery_id = d.id
WHERE d.id IN (SELECT value FROM json_each(?))
"""


class DeliveriesAhead:
    """The deliveries with certain ids, as they were when this was made."""

    def __init__(self, inbox: Inbox, ids: Sequence[int], most_bytes: int = _MOST_BYTES) -> None:
        self._inbox = inbox
        self._found: dict[int, Found] = {}
        if len(ids) > 1:
            self._read(ids, most_bytes)

    def _read(self, ids: Sequence[int], most_bytes: int) -> None:
        try:
            sizes = dict(self._inbox.select(_size_of, _SIZES, json.dumps(ids)))
            total = accumulate(sizes.get(number, 0) for number in ids)
            chosen = [number for number, size in zip(ids, total, strict=True) if size <= most_bytes]
            rows = self._inbox.query(_DELIVERIES, json.dumps(chosen))
            self._found = {each["id"]: each for each in rows}
        except DamagedInbox:
            # The deliveries before the damaged one can be sent.
            self._found = {}

    def delivery(self, delivery_id: int) -> Delivery:
        """Return a delivery. Raise InputError when there is none, and DamagedInbox where it is damaged."""
        found = self._found.get(delivery_id)
        if found is None:
            return self._inbox.delivery(delivery_id)
        with reading_rows(self._inbox.path):
            return delivery_of(found)


def _size_of(found: Found) -> tuple[int, int]:
    return int(found["id"]), int(found["size"])
