"""The files of an inbox on disk: made, brought to the current version, opened; derived ones made again."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Final

from devhook.errors import InboxError
from devhook.inbox.failures import DamagedInbox, in_plain_words, reading_rows
from devhook.inbox.layouts import READINGS, Layout
from devhook.text import visible

PATIENCE: Final = 4.0
"""Seconds to wait for SQLite's lock of a file. The receiver has no rival for the deliveries."""

_TABLES_AND_VIEWS: Final = """
SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'
"""
# AUTOINCREMENT takes the higher one too: https://www.sqlite.org/autoinc.html.
_LAST_ID: Final = """
SELECT max(
    ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'deliveries'), 0),
    ifnull((SELECT max(id) FROM deliveries), 0)
)
"""
# Without those that FTS5 makes, which differ between versions of SQLite.
_OBJECTS: Final = r"""
SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'words\_%' ESCAPE '\' AND sql IS NOT NULL
"""


def prepare(path: Path, layout: Layout) -> None:
    """Make the file at `path` (0600) if it is missing, and bring an older one to the current version.

    A file that is not ours, or that a newer devhook wrote, is left as it is: InboxError.
    """
    with _opened(path) as connection:
        found = _version(connection, path, layout)
        if found > layout.version:
            raise InboxError(
                f"The inbox {path.parent} was written by a newer devhook ({path.name} has schema {found}, "
                f"this one knows {layout.version}).",
                "Upgrade it: pip install --upgrade devhook. Or use another inbox: devhook --inbox OTHER …",
            )
        if found < layout.version:
            with _rewriting(connection):
                _write_layout(connection, layout, after=found)
        _require_no_code(connection, path, layout)


def _require_no_code(connection: sqlite3.Connection, path: Path, layout: Layout) -> None:
    """Raise InboxError for a trigger or view that is not ours: it could remove what is being written."""
    ours = _objects_of(layout)
    for kind, name, sql in connection.execute(_OBJECTS):
        if kind in {"trigger", "view"} and (kind, name, sql) not in ours:
            raise InboxError(
                f"{path} contains the {kind} {visible(name)}, which devhook did not make.",
                "Save the deliveries: devhook export --salvage --out FILE. Then use another inbox.",
            )


def prepare_derived(path: Path, layout: Layout, inbox: sqlite3.Connection) -> None:
    """Make a file that is derived from the open `inbox`, again if it holds what comes of something else.

    Something else: another version of this file or of the readings, another inbox, or this inbox when it had
    come further (an older copy was put back).
    """
    with _opened(path) as connection:
        with reading_rows(path):
            described = _describes(connection, path, layout, inbox)
        if described:
            return
        # No wait for the disk: a derived file that a power failure damages is rebuilt.
        connection.execute("PRAGMA synchronous = OFF")
        with _rewriting(connection):
            for kind, name in connection.execute(_TABLES_AND_VIEWS).fetchall():
                # A virtual table takes its own ones with it.
                connection.execute(f'DROP {kind} IF EXISTS "{name}"')
            _write_layout(connection, layout, after=0)
            connection.execute("INSERT INTO source VALUES (?)", _source(inbox))


def last_id(inbox: sqlite3.Connection) -> int:
    """Return the highest id that was given to a delivery, 0 before the first."""
    (last,) = inbox.execute(_LAST_ID).fetchone()
    return int(last)


def connect(path: Path, *, patience: float = PATIENCE, shared: bool = False) -> sqlite3.Connection:
    """Open a file that exists; it makes none. Transactions are begun by hand; any other statement is one.

    Threads that take turns may have a `shared` connection.
    """
    address = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(
        address, timeout=patience, isolation_level=None, uri=True, check_same_thread=not shared
    )


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with in_plain_words(path):
        if not path.exists():
            # SQLite gives its own files beside it (-wal, -shm) the same mode.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with closing(connect(path)) as connection:
            yield connection


def _version(connection: sqlite3.Connection, path: Path, layout: Layout) -> int:
    """Return the schema version of a file, 0 for an empty one; InboxError when it is not one of ours."""
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (objects,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if mark != layout.application_id and (mark, version, objects) != (0, 0, 0):
        raise DamagedInbox(
            f"{path} is not devhook's: another program's data is in it.",
            "It was left as it is. Use another inbox: devhook --inbox FOLDER …",
            path=path,
        )
    return int(version)


def _describes(derived: sqlite3.Connection, path: Path, layout: Layout, inbox: sqlite3.Connection) -> bool:
    """Whether the file is of this version and of this inbox, with the tables that this version makes."""
    if _version(derived, path, layout) != layout.version:
        return False
    if frozenset(derived.execute(_OBJECTS)) != _objects_of(layout):
        return False
    if derived.execute("SELECT inbox FROM source").fetchone() != _source(inbox):
        return False
    # In this order: another output may be reading on, never further than the inbox is by then.
    (last,) = derived.execute(layout.reached).fetchone()
    return bool(last <= last_id(inbox))


@cache
def _objects_of(layout: Layout) -> frozenset[tuple[str, str, str]]:
    """Return the tables, indexes and triggers of a new file."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as new:
        _write_layout(new, layout, after=0)
        return frozenset(new.execute(_OBJECTS))


def _source(inbox: sqlite3.Connection) -> tuple[str]:
    """What derived files are made of: this inbox, read in the way of this version."""
    (identity,) = inbox.execute("SELECT id FROM identity").fetchone()
    return (f"{identity} {READINGS.version}",)


@contextmanager
def _rewriting(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    # What is not committed is rolled back when the connection is closed.
    yield
    connection.execute("COMMIT")


def _write_layout(connection: sqlite3.Connection, layout: Layout, *, after: int) -> None:
    for migration in layout.migrations[after:]:
        for statement in migration:
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {layout.application_id}")
    connection.execute(f"PRAGMA user_version = {layout.version}")
