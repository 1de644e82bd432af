"""Repairs an inbox: removes damaged derived files, and writes a damaged journal anew.

The deliveries are not changed: `salvage` reads what can be read of them.
"""

import json
import shutil
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

from devhook.analysis.verdict import Verdict
from devhook.errors import InboxError
from devhook.inbox.change_columns import changes_of
from devhook.inbox.folder import file_of
from devhook.inbox.layouts import DERIVED, JOURNAL, SEARCH, Layout
from devhook.inbox.schema import connect, prepare
from devhook.webhook.delivery import Origin, Signature

_TABLES: Final = """
SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'
    AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'words%'
"""
_TYPES: Final = {"INTEGER": int, "TEXT": str, "BLOB": bytes}
_OWN_TABLES: Final = frozenset({"source", "leases"})
_CHECK_WORDS: Final = "INSERT INTO words (words) VALUES ('integrity-check')"
_UNREADABLE: Final = (
    sqlite3.Error,
    ValueError,
    TypeError,
    KeyError,
    OverflowError,
    MemoryError,
    OSError,
    zlib.error,
)


def repair(folder: Path) -> tuple[bool, str]:
    """Repair the derived files and the journal of the inbox in `folder`. Only inside `locks.preparing`.

    Return whether anything was damaged, and a sentence about the journal ("" where it was sound).
    """
    derived = {file_of(folder, name): layout for name, layout in DERIVED.items()}
    damaged = [file for file, layout in derived.items() if not is_sound(file, layout, content=True)]
    for file in damaged:
        remove(file)
    journal = file_of(folder, "journal")
    if is_sound(journal, JOURNAL, content=True):
        return bool(damaged), ""
    aside = journal.with_name("journal.damaged")
    _write_anew(journal, aside)
    return True, (
        f"The journal of the inbox {folder} was damaged: it contains now what could be read of it. "
        f"The damaged file is {aside}. See the subscriptions in the shop: devhook subscriptions"
    )


def is_sound(file: Path, layout: Layout, *, content: bool = False) -> bool:
    """Whether every page and every row of a file can be read, and with `content` what the rows contain.

    A file that is missing or of another program is not damaged.
    """
    if not file.exists() or is_of_another_program(file, layout):
        return True
    try:
        with closing(connect(file)) as connection:
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            tables = [name for (name,) in connection.execute(_TABLES)]
            if found != "ok" or not tables:
                return False
            for table in tables:
                _check_rows(connection, table, content=content)
            if layout is SEARCH:
                connection.execute(_CHECK_WORDS)
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        return code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY}
    except _UNREADABLE:
        return False
    return True


def is_of_another_program(file: Path, layout: Layout) -> bool:
    """Whether a file is a database of another program, which stays where it is."""
    with suppress(sqlite3.Error), closing(connect(file)) as connection:
        tables = [name for (name,) in connection.execute(_TABLES)]
        (mark,) = connection.execute("PRAGMA application_id").fetchone()
        return bool(tables) and mark != layout.application_id and not _OWN_TABLES.intersection(tables)
    return False


def _check_rows(connection: sqlite3.Connection, table: str, *, content: bool) -> None:
    """Raise ValueError for a row that the current version does not write."""
    check = _row_check(connection, table, _CONTENT.get(table) if content else None)
    for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - our own schema's name
        check(row)


def _row_check(
    connection: sqlite3.Connection, table: str, content: Callable[[dict[str, Any]], None] | None
) -> Callable[[tuple[Any, ...]], None]:
    columns = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
    types = [(_TYPES[kind], bool(required)) for _, _, kind, required, _, _ in columns]
    names = [name for _, name, *_ in columns]

    def check(row: tuple[Any, ...]) -> None:
        for value, (kind, required) in zip(row, types, strict=True):
            if not isinstance(value, kind) and (value is not None or required):
                raise ValueError(table)
        if content is not None:
            content(dict(zip(names, row, strict=True)))

    return check


def _check_reading(row: dict[str, Any]) -> None:
    Verdict(row["verdict"])


def _check_changes(row: dict[str, Any]) -> None:
    changes_of(row["significant"])
    changes_of(row["noise"])


def _check_facet(row: dict[str, Any]) -> None:
    facts = json.loads(row["facts"])
    if facts is not None:
        Signature(facts["signature"])
        Origin(facts["origin"])
        if facts["verdict"] is not None:
            Verdict(facts["verdict"])


def _check_send(row: dict[str, Any]) -> None:
    Origin(row["origin"])
    json.loads(row["request_headers"])
    json.loads(row["headers"])
    for body in (row["request_body"], row["body"]):
        if body:
            zlib.decompress(body)


_CONTENT: Final = {
    "readings": _check_reading,
    "changes": _check_changes,
    "facets": _check_facet,
    "sends": _check_send,
}


def remove(file: Path) -> None:
    """Remove a file of SQLite with its log."""
    for each in (file, *_logs(file)):
        each.unlink(missing_ok=True)


def _logs(file: Path) -> tuple[Path, Path]:
    return file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")


def _write_anew(journal: Path, aside: Path) -> None:
    """Copy the readable rows into a new file, which replaces the damaged one.

    The damaged one stays until then, with its log written into it, so that a repair that is interrupted is
    repeated at the next start.
    """
    with suppress(*_UNREADABLE, InboxError), closing(connect(journal)) as damaged:
        damaged.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    new = journal.with_name("journal.new")
    remove(new)
    prepare(new, JOURNAL)
    with closing(connect(new)) as target:
        for (table,) in target.execute(_TABLES).fetchall():
            check = _row_check(target, table, _CONTENT.get(table))
            for names, row in _rows(journal, table):
                marks = ", ".join("?" * len(names))
                with suppress(*_UNREADABLE):
                    check(row)
                    target.execute(f'INSERT INTO "{table}" ({", ".join(names)}) VALUES ({marks})', row)  # noqa: S608
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(journal, aside)
    aside.chmod(0o600)
    for log in _logs(journal):
        # It would be applied to the new file.
        log.unlink(missing_ok=True)
    new.replace(journal)
    remove(new)


def _rows(file: Path, table: str) -> Iterator[tuple[list[str], tuple[Any, ...]]]:
    """Yield the rows of a damaged file, from both ends, as far as they can be read."""
    seen: set[Any] = set()
    for order in ("", " ORDER BY rowid DESC"):
        with suppress(*_UNREADABLE, InboxError), closing(connect(file)) as source:
            found = source.execute(f'SELECT * FROM "{table}"{order}')  # noqa: S608
            names = [each[0] for each in found.description]
            for row in found:
                if row[0] not in seen:
                    seen.add(row[0])
                    yield names, row
