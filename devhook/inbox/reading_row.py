"""The row of a reading and the row of its changes, as they are written."""

import json
from sqlite3 import Connection
from typing import Final, NamedTuple

from devhook.analysis.story import Summary
from devhook.analysis.summaries import says
from devhook.analysis.verdict import Reading
from devhook.inbox.change_columns import changes_text, paths_text
from devhook.inbox.deliveries import Values, shop_key, storable
from devhook.inbox.documents import Body
from devhook.privacy.known_values import KnownValues, personal_values
from devhook.privacy.mask import told_by
from devhook.privacy.patterns import edited
from devhook.webhook.delivery import Delivery, Signature
from devhook.webhook.document import Document
from devhook.webhook.subject import triggered_of, updated_of

_COLUMNS: Final = (
    *("delivery_id", "trusted", "shop", "webhook_id", "event_id", "digest", "says", "updated"),
    *("kind", "subject", "name", "document", "part", "triggered", "version", "verdict", "change_count"),
    *("hint", "original", "attempt", "waited", "first_answer", "redundant", "newer", "compared_with"),
    *("unordered", "unreadable", "api_version", "changed", "summary", "discreet"),
)
_VALUES: Final = f"({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)})"
ADD_READING: Final = f"INSERT OR IGNORE INTO readings.readings {_VALUES}"
# A revised one keeps its number and gets the next number of revision.
REVISE: Final = f"INSERT OR REPLACE INTO readings.readings {_VALUES}"
_ADD_CHANGES: Final = (
    "INSERT OR REPLACE INTO readings.changes (delivery_id, significant, noise, unlisted, repeated, remarks)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_DROP_CHANGES: Final = "DELETE FROM readings.changes WHERE delivery_id = ?"


class Content(NamedTuple):
    """What the body of a delivery says; `unreadable` says why it says nothing."""

    body: Body
    unreadable: str
    digest: bytes


def _discreet(summary: Summary, topic: str | None, document: Document, reading: Reading) -> str:
    """Return the summary for an output that masks: without a title that repeats a customer's name."""
    if not summary.quotes:
        return summary.discreet
    known = KnownValues((*personal_values(document, topic), *told_by(reading.changes, topic)))
    return edited(summary.discreet, known.edits(summary.discreet, lambda _kind, _text: "…"))


def values_of(
    delivery_id: int,
    delivery: Delivery,
    content: Content,
    signature: Signature,
    reading: Reading,
    summary: Summary,
) -> Values:
    """Return the columns of a reading."""
    subject = reading.subject
    return {
        "delivery_id": delivery_id,
        "trusted": signature.trusted,
        "shop": shop_key(delivery.shop),
        "webhook_id": storable(delivery.webhook_id),
        "event_id": storable(delivery.event_id),
        "digest": content.digest,
        "says": storable(says(delivery.topic, content.body.document)),
        "summary": storable(summary.text),
        "discreet": storable(_discreet(summary, delivery.topic, content.body.document, reading)),
        "updated": updated_of(content.body.document),
        "triggered": triggered_of(delivery.triggered_at),
        "kind": storable(subject.kind) if subject else None,
        "subject": storable(subject.id) if subject else None,
        "name": storable(subject.name) if subject else None,
        "document": storable(subject.document) if subject else None,
        "part": storable(subject.part) if subject else None,
        "version": reading.version,
        "verdict": reading.verdict.value,
        "change_count": reading.change_count,
        "changed": storable(paths_text(reading.changes)),
        "hint": storable(reading.hint),
        "original": reading.original,
        "attempt": reading.attempt,
        "waited": reading.waited,
        "first_answer": reading.first_answer,
        "redundant": reading.redundant,
        "newer": reading.newer,
        "compared_with": reading.compared_with,
        "unordered": reading.unordered,
        "unreadable": storable(reading.unreadable),
        "api_version": storable(delivery.api_version),
    }


def keep_changes(connection: Connection, delivery_id: int, reading: Reading) -> None:
    """Write the changes of a reading, inside the transaction that writes the reading."""
    told = (reading.changes, reading.noise, reading.repeated)
    if any(told) or reading.change_count or reading.unlisted_noise or reading.remarks:
        significant, noise, repeated = map(changes_text, told)
        unlisted = storable(json.dumps([reading.unlisted, reading.unlisted_noise]))
        remarks = storable(json.dumps(reading.remarks))
        connection.execute(_ADD_CHANGES, (delivery_id, significant, noise, unlisted, repeated, remarks))
    else:
        connection.execute(_DROP_CHANGES, (delivery_id,))
