"""A delivery as a line of the list, and the turning of deliveries and readings into columns and back."""

import json
import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.analysis.diff import Change
from devhook.analysis.verdict import Verdict
from devhook.privacy.mask import Mask
from devhook.webhook.answer import Failure
from devhook.webhook.delivery import Arrival, Delivery, Origin, Signature
from devhook.webhook.payload import read_json, write_json
from devhook.webhook.subject import Subject

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
# An order that is compared with another one differs in thousands of fields.
_PATHS_KEPT: Final = 200
# Level 1 makes a fifth of an order's body; more saves little and costs time before the acknowledgement.
_COMPRESSION: Final = 1


class TargetAnswer(BaseModel):
    """What the list needs to know of a target's answer: whose it is, and how long it took in seconds."""

    model_config = ConfigDict(frozen=True)

    by: str
    status: int | None
    seconds: float
    failure: Failure | None = None


class Row(BaseModel):
    """What the list needs to know of a delivery. `size` is the body's, in bytes.

    `status` is what devhook told the sender: 0 when the connection was dropped, None while nothing has been
    said. `target` is the last answer of a target that it was forwarded to.

    From `subject` on it is the reading's part, empty (`verdict` None) as long as the delivery is not read.
    `version` is in nanoseconds since 1970; `original` is the delivery that this one repeats,
    `compared_with` the one that the changes count from; `unreadable` says why the payload could not be read.
    `attempt` counts a duplicate (2 is the first retry), `redundant` tells that its content came before
    under other ids, `says` is what its body tells in words (`moved from location 1 to location 2`), empty
    where that is nothing.
    `changed` are the paths of the first changes.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    received_at: AwareDatetime
    topic: str | None
    shop: str | None
    webhook_id: str | None
    event_id: str | None
    signature: Signature
    signed_with: str | None
    origin: Origin
    status: int | None
    path: str
    size: int
    target: TargetAnswer | None = None
    subject: Subject | None = None
    version: int | None = None
    verdict: Verdict | None = None
    change_count: int = 0
    hint: str = ""
    original: int | None = None
    compared_with: int | None = None
    unreadable: str = ""
    changed: tuple[str, ...] = ()
    attempt: int | None = None
    redundant: bool = False
    says: str = ""

    @property
    def answered(self) -> int | None:
        """The status that counts: a target's where one was asked, else what devhook told the sender."""
        return self.status if self.target is None else self.target.status

    def masked(self, mask: Mask) -> Self:
        """The row to look at where personal data is not to be seen."""
        return self.model_copy(
            update={
                "path": mask.text(self.path),
                "subject": self.subject and mask.subject(self.subject),
                "hint": mask.text(self.hint),
                "unreadable": mask.text(self.unreadable),
            }
        )


ROWS: Final = """
SELECT d.id, d.received_at, d.topic, d.shop, d.webhook_id, d.event_id, d.signature, d.signed_with, d.origin,
    a.status, d.path, d.size, t.by, t.status, t.duration, t.failure, r.kind, r.subject, r.name, r.document,
    r.version, r.verdict, r.change_count, r.hint, r.original, r.compared_with, r.unreadable,
    r.changed, r.attempt, r.redundant, r.says
FROM deliveries d
LEFT JOIN answers a ON a.delivery_id = d.id AND a.by = 'receiver'
LEFT JOIN answers t ON t.id = (SELECT max(id) FROM answers WHERE delivery_id = d.id AND by <> 'receiver')
LEFT JOIN readings.readings r ON r.delivery_id = d.id
"""
_FIELDS: Final = tuple(Row.model_fields)
_DELIVERY: Final = _FIELDS[: _FIELDS.index("target")]
_READING: Final = _FIELDS[_FIELDS.index("version") :]
# How many columns make the target's answer.
_TARGET: Final = 4


def row_of(columns: Sequence[Any]) -> Row:
    """Turn what `ROWS` selects into a row."""
    facts = dict(zip(_DELIVERY, columns, strict=False))
    facts["received_at"] = moment(facts["received_at"])
    facts["target"] = _target_of(*columns[len(_DELIVERY) : len(_DELIVERY) + _TARGET])
    reading = dict(zip(_READING, columns[-len(_READING) :], strict=True))
    if reading["verdict"] is None:
        return Row(**facts)
    reading["changed"] = paths_of(reading["changed"])
    return Row(
        **facts, subject=subject_of_columns(columns[len(_DELIVERY) + _TARGET : -len(_READING)]), **reading
    )


def _target_of(
    by: str | None, status: int | None, duration: int | None, failure: str | None
) -> TargetAnswer | None:
    if by is None:
        return None
    return TargetAnswer(by=by, status=status, seconds=(duration or 0) / 1_000_000, failure=failure)


def subject_of_columns(columns: Sequence[Any]) -> Subject | None:
    """Turn (kind, subject, name, document) into the subject they say."""
    kind, subject, name, document = columns
    return None if kind is None else Subject(kind=kind, id=subject, name=name, document=document)


class Columns(BaseModel):
    """An arrival as it is written: the columns of `deliveries`, of `bodies`, and the status answered."""

    model_config = ConfigDict(frozen=True)

    facts: tuple[str | int | None, ...]
    headers: str
    body: bytes
    status: int | None


def columns_of(arrival: Arrival) -> Columns:
    """Turn an arrival into columns. It never fails, whatever a stranger sent."""
    delivery = arrival.delivery
    return Columns(
        facts=(
            microseconds(delivery.received_at),
            storable(delivery.method),
            storable(delivery.path),
            storable(delivery.topic),
            storable(delivery.shop),
            storable(delivery.webhook_id),
            storable(delivery.event_id),
            arrival.signature.value,
            storable(arrival.signed_with),
            arrival.origin.value,
            len(delivery.body),
        ),
        headers=json.dumps(delivery.headers),
        body=zlib.compress(delivery.body, _COMPRESSION),
        status=arrival.status,
    )


def delivery_of(columns: Sequence[Any]) -> Delivery:
    """Turn (received_at, method, path, headers, body) back into the delivery they were made of."""
    received_at, method, path, headers, body = columns
    return Delivery(
        received_at=moment(received_at),
        method=method,
        path=path,
        headers=tuple((name, value) for name, value in json.loads(headers)),
        body=zlib.decompress(body),
    )


def changes_text(changes: Iterable[Change]) -> str:
    """Write changes as JSON; numbers keep their form, and half surrogates are escaped."""
    return write_json([change.model_dump() for change in changes]).decode()


def changes_of(text: str) -> tuple[Change, ...]:
    """Read the changes that `changes_text` wrote."""
    return tuple(Change.model_validate(change) for change in read_json(text.encode()))


def paths_text(changes: Iterable[Change]) -> str:
    """Write the paths of the first changes, a line for each: no path reaches over a line's end."""
    paths = dict.fromkeys(change.path for change in changes)
    return "\n".join(list(paths)[:_PATHS_KEPT])


def paths_of(text: str) -> tuple[str, ...]:
    """Read the paths that `paths_text` wrote."""
    return tuple(text.split("\n")) if text else ()


def storable(text: str | None) -> str | None:
    r"""Return text that SQLite takes: half surrogates, which UTF-8 has no form for, become `\udc80`."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode()


def microseconds(time: datetime) -> int:
    """Return the whole microseconds since 1970."""
    return (time - _EPOCH) // _MICROSECOND


def moment(since_1970: int) -> datetime:
    """Return the time, in UTC, of so many microseconds since 1970."""
    return _EPOCH + since_1970 * _MICROSECOND
