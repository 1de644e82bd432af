"""Finds the deliveries of a damaged inbox that can be read, one by one and without the derived files."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, Self

from devhook.errors import DevhookError, InboxError
from devhook.inbox.database import Inbox
from devhook.inbox.failures import in_plain_words
from devhook.inbox.folder import file_of
from devhook.inbox.recorded import Recorded, recorded
from devhook.inbox.schema import connect
from devhook.text import counted

# Ids that are tried after the last known one, in case the pages with the newest ids are damaged.
_BEYOND: Final = 1_000
_SHOWN: Final = 8

# Any page with ids may be damaged; the tables, the index and the counter are on different pages.
_IDS: Final = (
    "SELECT id FROM deliveries ORDER BY id",
    "SELECT id FROM deliveries ORDER BY id DESC",
    "SELECT delivery_id FROM bodies ORDER BY delivery_id",
    "SELECT delivery_id FROM bodies ORDER BY delivery_id DESC",
    "SELECT DISTINCT delivery_id FROM answers INDEXED BY answers_of_delivery ORDER BY delivery_id",
    "SELECT seq FROM sqlite_sequence WHERE name = 'deliveries'",
)


class Salvage:
    """A damaged inbox whose readable deliveries are read. A context manager.

    readable: the ids of the deliveries whose requests can be read
    unanswered: the ids of those whose answers cannot be read
    damaged: the ids of the deliveries that are known and cannot be read
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._inbox = Inbox(path, connection, repairs=False)
        self.readable: list[int] = []
        self.damaged: list[int] = []
        known = _known_ids(connection)
        for each in _candidates(known):
            try:
                self.delivery(each)
            except InboxError:
                self.damaged.append(each)
            except DevhookError:
                if each in known:
                    self.damaged.append(each)
            else:
                self.readable.append(each)
        self.unanswered = [each for each in self.readable if not self._has_answers(each)]

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the deliveries of the inbox in `path`. Raise InboxError when the file is no database."""
        with in_plain_words(path):
            connection = connect(file_of(path, "deliveries"))
            connection.row_factory = sqlite3.Row
            try:
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
                return cls(path, connection)
            except BaseException:
                connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._inbox.close()

    def delivery(self, delivery_id: int) -> Recorded:
        """Return a delivery, with its answers if they can be read. Raise InboxError when it is damaged."""
        try:
            return recorded(self._inbox, delivery_id)
        except InboxError:
            return recorded(self._inbox, delivery_id, with_answers=False)

    def _has_answers(self, delivery_id: int) -> bool:
        """Whether the answers of a delivery can be read."""
        try:
            recorded(self._inbox, delivery_id)
        except InboxError:
            return False
        return True

    def deliveries(self) -> Iterator[Recorded]:
        """Yield the deliveries that can be read, oldest first."""
        return map(self.delivery, self.readable)


def describe_damage(path: Path) -> tuple[str, str]:
    """Return a sentence that lists which deliveries can be read, and the command that saves them."""
    folder = path.parent if path.is_file() else path
    another = "Use another inbox: devhook --inbox FOLDER …"
    try:
        with Salvage.open(folder) as salvage:
            readable, damaged, unanswered = salvage.readable, salvage.damaged, salvage.unanswered
    except InboxError:
        return f"The inbox {folder} is damaged, and no delivery in it can be read.", another
    if not readable:
        return f"The inbox {folder} is damaged, and no delivery in it can be read.", another
    lost = f", {counted(len(damaged), 'delivery')} cannot ({_ranges(damaged)})" if damaged else ""
    can = f"{counted(len(readable), 'delivery')} can be read ({_ranges(readable)})"
    answers = f" The answers of {counted(len(unanswered), 'delivery')} cannot ({_ranges(unanswered)})."
    return (
        f"The inbox {folder} is damaged. {can}{lost}.{answers if unanswered else ''}",
        f"Save them: devhook export --salvage --out FILE. Then: {another}",
    )


def _known_ids(connection: sqlite3.Connection) -> set[int]:
    known: set[int] = set()
    for statement in _IDS[:-1]:
        # As far as the pages can be read.
        with suppress(sqlite3.Error), closing(connection.execute(statement)) as found:
            known.update(each for (each,) in found if isinstance(each, int) and 0 < each < 2**62)
    return known


def _candidates(known: set[int]) -> Iterable[int]:
    """Return the ids that may exist: the known ones, those between them and those shortly after them."""
    if not known:
        return range(1, _BEYOND)
    return range(min(known), min(max(known), min(known) + 10_000_000) + _BEYOND)


def _ranges(ids: list[int]) -> str:
    """Return `1 to 57, 59, 61 to 100`."""
    found: list[list[int]] = []
    for each in ids:
        if found and each == found[-1][-1] + 1:
            found[-1] = [found[-1][0], each]
        else:
            found.append([each, each])
    shown = [f"{low}" if low == high else f"{low} to {high}" for low, high in found[:_SHOWN]]
    return ", ".join(shown) + (" …" if len(found) > _SHOWN else "")
