"""The checksums of deliveries and answers: SQLite reads a changed byte inside a row without an error.

A row of either table has two. The first covers what the list shows, so that a list reads no bodies. Both take
2 µs for a delivery without its body.
"""

import zlib
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple

# In rows that were written before there were checksums.
_NONE: Final = -1


class RowSums(NamedTuple):
    """Which columns the two checksums of a row cover."""

    listed: tuple[str, ...]
    body: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All of these columns."""
        return self.listed + self.body

    def added_to(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is to be written, with its checksums."""
        return {
            **values,
            "checksum": _checksum([values[name] for name in self.listed]),
            "body_checksum": _checksum([values[name] for name in self.body]),
        }

    def of_listed(self, listed: Sequence[Any]) -> int:
        """Return the checksum of the `listed` columns; none of them is a blob."""
        return zlib.crc32("\n".join(map(str, listed)).encode())

    def of_body(self, body: Sequence[Any]) -> int:
        """Return the checksum of the `body` columns."""
        return _checksum(body)

    def require_listed(self, checksum: int, listed: list[Any]) -> None:
        """Raise ValueError unless the `listed` columns are as they were written."""
        _require(checksum, listed)

    def require(self, values: Mapping[str, Any]) -> None:
        """Raise ValueError for a row that is not as it was written.

        A file that could not be brought to the current version has no checksums.
        """
        _require(values.get("checksum", _NONE), [values[name] for name in self.listed])
        _require(values.get("body_checksum", _NONE), [values[name] for name in self.body])


class ListedDelivery(NamedTuple):
    """The columns of a delivery that the list shows."""

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


DELIVERY_SUMS: Final = RowSums(
    listed=ListedDelivery._fields,
    body=("headers", "body"),
)
ANSWER_SUMS: Final = RowSums(
    listed=("delivery_id", "by", "status", "duration", "failure"),
    body=("at", "headers", "body", "cut", "error"),
)
_listed = itemgetter(*DELIVERY_SUMS.listed)
# Checksum and columns of the two answers in a row of the list: devhook's own, and the last one of a target.
_ANSWERS_OF_ROW: Final = (
    ("said_checksum", ("said_by", "status", "said_duration", "said_failure")),
    ("target_checksum", ("target", "target_status", "target_duration", "target_failure")),
)


def require_row(values: Mapping[str, Any]) -> None:
    """Raise ValueError for a row of the list that is not as it was written."""
    _require(values["checksum"], _listed(values))
    require_answers(values)
    for checksum, columns in _ANSWERS_OF_ROW:
        # Who answered; None where nobody did.
        if values[columns[0]] is not None:
            _require(values[checksum], [values["id"], *[values[name] for name in columns]])


def require_answers(values: Mapping[str, Any]) -> None:
    """Raise ValueError where the index of the answers does not find as many of them as were written.

    The index itself has no checksum. Older rows have no number.
    """
    if values.get("answers") not in {None, values["answers_found"]}:
        raise ValueError(values)


def _require(checksum: int | None, values: Sequence[Any]) -> None:
    if checksum not in (_NONE, _checksum(values)):
        raise ValueError(values)


def _checksum(values: Sequence[Any]) -> int:
    if bytes not in map(type, values):
        # What the list shows: half the time.
        return zlib.crc32("\n".join(map(str, values)).encode())
    checksum = zlib.crc32("\n".join([str(each) for each in values if not isinstance(each, bytes)]).encode())
    for blob in values:
        if isinstance(blob, bytes):
            checksum = zlib.crc32(blob, checksum)
    return checksum
