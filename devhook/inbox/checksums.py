"""The checksums of deliveries and answers: SQLite reads a changed byte inside a row without an error.

A row of either table has two. The first covers what the list shows, so that a list reads no bodies. Both take
2 µs for a delivery without its body.
"""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

# In rows that were written before there were checksums.
_NONE: Final = -1
# By the number of values: a line for each.
_LINES: Final = tuple("\n".join(["%s"] * count) for count in range(16))


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
        return _checksum_of_texts(listed)

    def of_body(self, body: Sequence[Any]) -> int:
        """Return the checksum of the `body` columns."""
        return _checksum(body)

    def require_listed(self, checksum: int | None, listed: Sequence[Any]) -> None:
        """Raise ValueError unless the `listed` columns are as they were written."""
        if checksum != _NONE and checksum != _checksum_of_texts(listed):
            raise ValueError(listed)

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


def require_answers(written: int | None, found: int) -> None:
    """Raise ValueError where the index of the answers does not find as many of them as were written.

    The index itself has no checksum. Older rows have no number.
    """
    if written not in (None, found):
        raise ValueError(written)


def _require(checksum: int | None, values: Sequence[Any]) -> None:
    if checksum not in (_NONE, _checksum(values)):
        raise ValueError(values)


def _checksum(values: Sequence[Any]) -> int:
    if bytes not in map(type, values):
        # What the list shows: half the time.
        return _checksum_of_texts(values)
    checksum = _checksum_of_texts([each for each in values if not isinstance(each, bytes)])
    for blob in values:
        if isinstance(blob, bytes):
            checksum = zlib.crc32(blob, checksum)
    return checksum


def _checksum_of_texts(values: Sequence[Any]) -> int:
    # Half the time of joining str() of each.
    return zlib.crc32((_LINES[len(values)] % tuple(values)).encode())
