"""The row of the list as SQLite returns it: its statement, the check of its columns, and its conversion.

A list and a filter make thousands of rows, so the types of the columns are checked once for all rows that
have the same ones: 7 µs a row, 14 µs where pydantic checks each value.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from types import NoneType
from typing import Final, NamedTuple, TypeVar, get_args, get_type_hints

from devhook.analysis.clocks import VersionClocks
from devhook.analysis.story import with_reason
from devhook.analysis.verdict import Verdict
from devhook.inbox.change_columns import paths_of
from devhook.inbox.checksums import ANSWER_SUMS, DELIVERY_SUMS, ListedDelivery, require_answers
from devhook.inbox.deliveries import Found, Row, TargetAnswer, moment, subject_of
from devhook.webhook.answer import Failure
from devhook.webhook.delivery import Origin, Signature

Value = TypeVar("Value", bound=StrEnum)


class _FoundRow(NamedTuple):
    """The columns of a row of the list, in the order of `ROWS`.

    `said_…` is devhook's own answer, `target…` the last answer of a target. The columns from `kind` on are of
    the reading: these types are those of a reading that is made, and all are NULL until then.
    """

    id: int
    received_at: int
    method: str
    path: str
    topic: str | None
    shop: str | None
    webhook_id: str | None
    event_id: str | None
    signature: str
    signed_with: str | None
    origin: str
    size: int
    imported_at: int | None
    checksum: int
    answers: int | None
    answers_found: int
    said_by: str | None
    status: int | None
    said_duration: int | None
    said_failure: str | None
    said_checksum: int | None
    target: str | None
    target_status: int | None
    target_duration: int | None
    target_failure: str | None
    target_checksum: int | None
    mistake: str | None
    reason: str | None
    replayed: str | None
    kind: str | None
    subject: str | None
    name: str | None
    document: str | None
    part: str | None
    version: int | None
    triggered: int | None
    updated: int | None
    verdict: str | None
    change_count: int
    hint: str
    original: int | None
    compared_with: int | None
    unreadable: str
    changed: str
    attempt: int | None
    redundant: int
    says: str
    api_version: str | None
    summary: str
    discreet: str


# What is no column of a reading.
_SOURCES: Final = {
    "id": "d.id",
    **{name: f"d.{name}" for name in ListedDelivery._fields},
    "checksum": "d.checksum",
    "answers": "d.answers",
    "answers_found": "(SELECT count(*) FROM answers WHERE delivery_id = d.id)",
    "said_by": "a.by",
    "status": "a.status",
    "said_duration": "a.duration",
    "said_failure": "a.failure",
    "said_checksum": "a.checksum",
    "target": "t.by",
    "target_status": "t.status",
    "target_duration": "t.duration",
    "target_failure": "t.failure",
    "target_checksum": "t.checksum",
    "mistake": "m.what",
    "reason": """
    CASE WHEN r.verdict = 'unchanged' AND r.trusted AND r.event_id IS NOT NULL THEN (
        SELECT p.says FROM readings.readings p WHERE p.trusted AND p.shop = r.shop
            AND p.event_id = r.event_id AND p.says <> '' AND p.delivery_id <> r.delivery_id LIMIT 1
    ) END
    """,
    # In the order of the index, by id.
    "replayed": """
    (SELECT group_concat(ifnull(status, 0)) FROM journal.sends
        WHERE delivery_id = d.id AND origin = 'replay')
    """,
}
_COLUMNS: Final = ", ".join(f"{_SOURCES.get(name, f'r.{name}')} AS {name}" for name in _FoundRow._fields)
ROWS: Final = f"""
SELECT {_COLUMNS}
FROM deliveries d
LEFT JOIN answers a ON a.delivery_id = d.id AND a.by = 'receiver'
LEFT JOIN answers t ON t.id = (SELECT max(id) FROM answers WHERE delivery_id = d.id AND by <> 'receiver')
LEFT JOIN readings.readings r ON r.delivery_id = d.id
LEFT JOIN readings.mistakes m ON m.delivery_id = d.id
"""  # noqa: S608 - the columns are those above

_listed = attrgetter(*ListedDelivery._fields)
_said = attrgetter("id", "said_by", "status", "said_duration", "said_failure")
_target = attrgetter("id", "target", "target_status", "target_duration", "target_failure")


def _by_value(kind: type[Value]) -> Mapping[str, Value]:
    return {each.value: each for each in kind}


# A look into a dictionary takes an eighth of a call of the enumeration.
_SIGNATURES: Final = _by_value(Signature)
_ORIGINS: Final = _by_value(Origin)
_VERDICTS: Final = _by_value(Verdict)
_FAILURES: Final = _by_value(Failure)
_TYPES: Final = {
    name: frozenset(get_args(hint) or (hint,)) for name, hint in get_type_hints(_FoundRow).items()
}


def row_of(found: Found) -> Row:
    """Turn what `ROWS` selects into a row. An error of `failures.reading_rows` where it is damaged."""
    row = _FoundRow._make(found)
    _require_undamaged(row)
    reason = row.mistake or row.reason or ""
    return Row(
        id=row.id,
        received_at=moment(row.received_at),
        topic=row.topic,
        shop=row.shop,
        webhook_id=row.webhook_id,
        event_id=row.event_id,
        signature=_SIGNATURES[row.signature],
        signed_with=row.signed_with,
        origin=_ORIGINS[row.origin],
        status=row.status,
        path=row.path,
        size=row.size,
        target=None if row.target is None else _target_of(row, row.target),
        subject=subject_of(row.kind, row.subject, row.name, row.document),
        version=row.version,
        clocks=VersionClocks(row.triggered, row.updated, row.part or ""),
        verdict=None if row.verdict is None else _VERDICTS[row.verdict],
        change_count=row.change_count or 0,
        hint=row.hint or "",
        original=row.original,
        compared_with=row.compared_with,
        unreadable=row.unreadable or "",
        changed=paths_of(row.changed or ""),
        attempt=row.attempt,
        redundant=bool(row.redundant),
        says=row.says or "",
        summary=with_reason(row.summary or "", reason),
        discreet=with_reason(row.discreet or "", reason),
        api_version=row.api_version,
        replayed=() if row.replayed is None else _statuses(row.replayed),
    )


def _target_of(row: _FoundRow, by: str) -> TargetAnswer:
    return TargetAnswer(
        by=by,
        status=row.target_status,
        seconds=(row.target_duration or 0) / 1_000_000,
        failure=None if row.target_failure is None else _FAILURES[row.target_failure],
    )


def _statuses(replayed: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(map(int, reversed(replayed.split(",")))))


def _require_undamaged(row: _FoundRow) -> None:
    """Raise ValueError for a row that is not as it was written."""
    if not _are_types_right(tuple(map(type, row))):
        raise ValueError(row)
    DELIVERY_SUMS.require_listed(row.checksum, _listed(row))
    require_answers(row.answers, row.answers_found)
    if row.said_by is not None:
        ANSWER_SUMS.require_listed(row.said_checksum, _said(row))
    if row.target is not None:
        ANSWER_SUMS.require_listed(row.target_checksum, _target(row))


@lru_cache(maxsize=1024)
def _are_types_right(types: tuple[type, ...]) -> bool:
    """Return whether the columns may have these types: those of a reading are there, or all are NULL."""
    found = dict(zip(_FoundRow._fields, types, strict=True))
    is_read = found["verdict"] is not NoneType
    return all(
        kind in _TYPES[name] if is_read or name in _SOURCES else kind is NoneType
        for name, kind in found.items()
    )
