"""Finds the versions around one: by the clocks that both carry, where they share none by their arrival.

See `analysis.clocks` for the two clocks: `triggered` is X-Shopify-Triggered-At, `updated` the body's
updated_at. Every statement reads an index from the place of the version on.
"""

import sqlite3
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final, NamedTuple

from devhook.analysis.clocks import VersionClocks, VersionOrder

Found = sqlite3.Row
Query = Callable[..., Sequence[Found]]

LATEST: Final = 2**63 - 1
"""The highest id that SQLite can give."""

_ORDER: Final = "order"
# A version of the same topic is looked for among so many.
_LOOKED_AT: Final = 50
# So many versions after one are looked at. Unless clocks contradict each other, only the next one of them was
# compared with the version before.
_FOLLOWING: Final = 200

# ?1 to ?3 the subject, ?4 the part, ?5 triggered, ?6 updated, ?7 the delivery's id. ?8: only lower ids count.
_SELECT: Final = """
SELECT r.delivery_id, d.topic, d.event_id, r.document, r.part, r.triggered, r.updated, r.digest
FROM readings.readings r JOIN deliveries d ON d.id = r.delivery_id
WHERE r.trusted = 1 AND r.verdict <> 'duplicate' AND r.shop = ?1 AND r.kind = ?2 AND r.subject = ?3
"""
_BY_UPDATE: Final = """
    AND r.part = ?4 AND r.updated <= ?6 AND (r.updated < ?6 OR r.delivery_id < ?7) AND r.delivery_id < ?8
ORDER BY r.updated DESC, r.delivery_id DESC
"""
# Where both clocks show the same time, arrival decides.
PREVIOUS_BY_TRIGGER: Final = f"""{_SELECT}
    AND r.part = ?4 AND r.triggered <= ?5 AND r.delivery_id < ?8 AND CASE
        WHEN r.triggered < ?5 THEN 1
        WHEN r.updated <> ?6 THEN r.updated < ?6
        ELSE r.delivery_id < ?7 END
ORDER BY r.triggered DESC, r.updated DESC, r.delivery_id DESC
"""
PREVIOUS_BY_UPDATE: Final = f"{_SELECT} {_BY_UPDATE}"
UNTRIGGERED_BY_UPDATE: Final = f"{_SELECT} AND r.triggered IS NULL {_BY_UPDATE}"
PREVIOUS_BY_ARRIVAL: Final = f"""{_SELECT}
    AND r.part = ?4 AND r.delivery_id < min(?7, ?8)
    AND (r.triggered IS NULL OR ?5 IS NULL) AND (r.updated IS NULL OR ?6 IS NULL)
ORDER BY r.delivery_id DESC
"""
# Not an order's body of the same moment: one action tells of the order and of the part in no certain order.
ORDER_BY_TRIGGER: Final = f"""{_SELECT}
    AND r.part = 'order' AND r.triggered < ?5 AND r.delivery_id < ?8
ORDER BY r.triggered DESC, r.updated DESC, r.delivery_id DESC LIMIT 1
"""
ORDER_BY_ARRIVAL: Final = f"""{_SELECT}
    AND r.part = 'order' AND (r.triggered IS NULL OR ?5 IS NULL) AND r.delivery_id < min(?7, ?8)
ORDER BY r.delivery_id DESC LIMIT 1
"""
# One that is newer by one clock and older by the other is not known to be newer. What one action (?9) tells
# of several parts is one version, whatever the clocks of its deliveries say.
NEWER_BY_TRIGGER: Final = f"""{_SELECT}
    AND r.triggered >= ?5 AND r.delivery_id < min(?7, ?8) AND CASE
        WHEN r.triggered = ?5 THEN r.part = ?4 AND r.updated > ?6
        WHEN r.part <> ?4 THEN r.event_id IS NULL OR ?9 IS NULL OR r.event_id <> ?9
        ELSE ifnull(r.updated >= ?6, 1) END
ORDER BY r.triggered DESC, r.delivery_id DESC LIMIT 1
"""
_UPDATED_LATER: Final = """
    AND r.part = ?4 AND r.updated > ?6 AND r.delivery_id < min(?7, ?8)
ORDER BY r.updated DESC, r.delivery_id DESC LIMIT 1
"""
NEWER_BY_UPDATE: Final = f"{_SELECT} {_UPDATED_LATER}"
UNTRIGGERED_NEWER: Final = f"{_SELECT} AND r.triggered IS NULL {_UPDATED_LATER}"

_READINGS: Final = """
SELECT r.delivery_id, r.compared_with, d.topic
FROM readings.readings r JOIN deliveries d ON d.id = r.delivery_id
WHERE r.trusted = 1 AND r.verdict <> 'duplicate' AND r.shop = ?1 AND r.kind = ?2 AND r.subject = ?3
"""
# The versions of the same part that may have to be compared with this one, `?8` at most by each clock.
AFTER_BY_TRIGGER: Final = f"""{_READINGS}
    AND r.part = ?4 AND r.triggered >= ?5 AND r.delivery_id <> ?7
ORDER BY r.triggered, r.updated, r.delivery_id LIMIT ?8
"""
_AFTER: Final = """
    AND r.part = ?4 AND r.updated >= ?6 AND r.delivery_id <> ?7 ORDER BY r.updated, r.delivery_id LIMIT ?8
"""
AFTER_BY_UPDATE: Final = f"{_READINGS} {_AFTER}"
UNTRIGGERED_AFTER: Final = f"{_READINGS} AND r.triggered IS NULL {_AFTER}"
AFTER_BY_ARRIVAL: Final = f"""{_READINGS}
    AND r.part = ?4 AND r.delivery_id > ?7
    AND (r.triggered IS NULL OR ?5 IS NULL) AND (r.updated IS NULL OR ?6 IS NULL)
ORDER BY r.delivery_id LIMIT ?8
"""
# The parts of an order that were told after one of its bodies and not after the next one.
_NEXT_ORDER: Final = """
SELECT min(o.triggered) FROM readings.readings o
WHERE o.trusted = 1 AND o.verdict <> 'duplicate' AND o.shop = ?1 AND o.kind = ?2 AND o.subject = ?3
    AND o.part = 'order' AND o.triggered > ?5
"""
PARTS: Final = f"""{_READINGS}
    AND r.part <> 'order' AND r.triggered > ?5 AND r.triggered <= ifnull(({_NEXT_ORDER}), {LATEST})
ORDER BY r.triggered, r.delivery_id LIMIT ?8
"""
BASE: Final = """
SELECT delivery_id, part, triggered, updated FROM readings.readings WHERE delivery_id = ?
"""


class VersionKey(NamedTuple):
    """Where a trusted delivery stands among the versions of its subject, as the readings hold it."""

    shop: str
    kind: str
    subject: str
    part: str
    triggered: int | None
    updated: int | None
    delivery_id: int
    name: str | None
    topic: str | None

    @property
    def subject_key(self) -> tuple[str, str, str]:
        """What identifies the subject."""
        return self.shop, self.kind, self.subject

    @property
    def clocks(self) -> VersionClocks:
        """What orders it among the others."""
        return VersionClocks(self.triggered, self.updated, self.part)

    def values(self, limit: int) -> tuple[str | int | None, ...]:
        """Return the parameters of a statement of this module; `limit` is the last one."""
        place = (self.part, self.triggered, self.updated, self.delivery_id)
        return (*self.subject_key, *place, limit)


def clocks_of(found: Found) -> VersionClocks:
    """Return the clocks in the columns triggered, updated and part."""
    return VersionClocks(found["triggered"], found["updated"], found["part"])


def previous(query: Query, key: VersionKey, bound: int, *, of_topic: bool = False) -> Found | None:
    """Return the version of the same part before `key`, among those with ids below `bound`.

    That is the newest of those that are known to be older; where no clock says which are, the last one that
    arrived before. `of_topic`: only versions of the same topic count.
    """

    def first(statement: str) -> Found | None:
        versions = query(f"{statement} LIMIT {_LOOKED_AT if of_topic else 1}", *key.values(bound))
        return next((each for each in versions if not of_topic or each["topic"] == key.topic), None)

    triggered = None if key.triggered is None else first(PREVIOUS_BY_TRIGGER)
    updated = None
    if key.updated is not None:
        updated = first(PREVIOUS_BY_UPDATE if key.triggered is None else UNTRIGGERED_BY_UPDATE)
    if triggered is None or updated is None:
        return triggered or updated or first(PREVIOUS_BY_ARRIVAL)
    later = triggered["updated"] is not None and updated["updated"] > triggered["updated"]
    return updated if later else triggered


def order_body(query: Query, key: VersionKey, bound: int) -> Found | None:
    """Return the last body of the order before `key`, which is about a part of the order."""
    by_trigger = () if key.triggered is None else query(ORDER_BY_TRIGGER, *key.values(bound))
    found = by_trigger or query(ORDER_BY_ARRIVAL, *key.values(bound))
    return found[0] if found else None


def is_later(version: Found, other: Found) -> bool:
    """Return whether `version` is newer than `other` or, where they share no clock, arrived later."""
    order = clocks_of(version).beside(clocks_of(other))
    if order is VersionOrder.UNKNOWN:
        return bool(version["delivery_id"] > other["delivery_id"])
    return order is VersionOrder.NEWER


def newer(query: Query, key: VersionKey, event_id: str | None) -> Found | None:
    """Return a version of the subject that arrived before `key` and is known to be newer; None for none.

    `event_id`: the action that the version is of.
    """
    found: Sequence[Found] = ()
    if key.triggered is not None:
        found = query(NEWER_BY_TRIGGER, *key.values(LATEST), event_id)
    if key.updated is not None and not found:
        statement = NEWER_BY_UPDATE if key.triggered is None else UNTRIGGERED_NEWER
        found = query(statement, *key.values(LATEST))
    return found[0] if found else None


def followers(query: Query, key: VersionKey) -> list[int]:
    """Return the deliveries whose readings `key`, which was not there before, may change.

    Those are compared with it now, or are the next ones of its topic. To read one again without need changes
    nothing.
    """
    statements = [] if key.triggered is None else [AFTER_BY_TRIGGER]
    if key.updated is not None:
        statements.append(AFTER_BY_UPDATE if key.triggered is None else UNTRIGGERED_AFTER)
    statements.append(AFTER_BY_ARRIVAL)
    if key.part == _ORDER and key.triggered is not None:
        statements.append(PARTS)
    changed: set[int] = set()
    for statement in statements:
        following = query(statement, *key.values(_FOLLOWING))
        changed.update(
            each["delivery_id"] for each in following if not _is_nearer(query, each["compared_with"], key)
        )
        same_topic = (each["delivery_id"] for each in following if each["topic"] == key.topic)
        changed.update(islice(same_topic, 1))
    return sorted(changed)


def _is_nearer(query: Query, base: int | None, key: VersionKey) -> bool:
    """Return whether what follows `key` is still to be compared with the version `base`, and nothing else.

    A part that is compared with its order's body takes from its own version before what the order lacks.
    """
    for found in () if base is None else query(BASE, base):
        if found["part"] == key.part or key.part == _ORDER:
            return key.clocks.beside(clocks_of(found)) is VersionOrder.OLDER
    return False
