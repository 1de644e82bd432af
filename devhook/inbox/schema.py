"""The four files of an inbox: who writes which, and how an older devhook's file becomes a current one.

The receiver is the only one that writes the inbox itself, and while none lives, a command that has it alone
(see writers). SQLite gives a whole file one write lock, and a face that is stopped while it holds it
(SIGSTOP, a debugger, a laptop asleep) would stop the acknowledgement of deliveries; so what the faces write,
readings, search index and journal, lies in files of their own beside the inbox and is attached. Readings and
index are derived: their files are made again from the inbox whenever they are missing or of another kind.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from devhook.errors import InboxError
from devhook.inbox.failures import in_plain_words
from devhook.inbox.layouts import READINGS, Layout

# Seconds that one of our own processes is waited for. The receiver has no rival for the inbox itself.
PATIENCE: Final = 4.0
_TABLES: Final = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"


def beside(inbox: Path, what: str) -> Path:
    """Return the path of a file that belongs to the inbox: `inbox.db` -> `inbox.readings.db`."""
    return inbox.with_name(f"{inbox.stem}.{what}{inbox.suffix}")


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Make the folder (0700) if it is missing, and let no other process open an inbox in it meanwhile.

    Half-made files are seen by nobody: SQLite's own locks do not cover the change to a write-ahead log.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        deadline = time.monotonic() + PATIENCE
        while not _locked(descriptor):
            if time.monotonic() > deadline:
                raise InboxError(
                    f"Another devhook has begun to open an inbox in {folder} and does not go on.",
                    "End it, or use a file in another folder: devhook --inbox FILE …",
                )
            time.sleep(0.01)
        yield
    finally:
        os.close(descriptor)


def prepare(path: Path, layout: Layout) -> None:
    """Make the file at `path` (0600) if it is missing, and bring an older one to the current version.

    A file that is not ours, or that a newer devhook wrote, is left as it is: InboxError.
    """
    with _opened(path) as connection:
        found = _version(connection, path, layout)
        if found > layout.version:
            raise InboxError(
                f"The inbox {path} was written by a newer devhook (schema {found}, this one knows "
                f"{layout.version}).",
                "Upgrade it: pip install --upgrade devhook. Or use another file: devhook --inbox OTHER …",
            )
        if found < layout.version:
            with _rewriting(connection):
                _write_layout(connection, layout, after=found)


def prepare_derived(path: Path, layout: Layout, inbox: sqlite3.Connection) -> None:
    """Make a file that is derived from the open `inbox`, again if it holds what comes of something else.

    Something else: another version of this file or of the readings, another inbox, or this inbox when it had
    come further (an older copy was put back).
    """
    with _opened(path) as connection:
        if _describes(connection, path, layout, inbox):
            return
        with _rewriting(connection):
            for (table,) in connection.execute(_TABLES).fetchall():
                # A virtual table takes its own ones with it.
                connection.execute(f'DROP TABLE IF EXISTS "{table}"')
            _write_layout(connection, layout, after=0)
            connection.execute("INSERT INTO source VALUES (?)", _source(inbox))


def last_id(inbox: sqlite3.Connection) -> int:
    """Return the highest id that was given to a delivery, 0 before the first."""
    found = inbox.execute("SELECT seq FROM sqlite_sequence WHERE name = 'deliveries'").fetchone()
    return int(found[0]) if found else 0


def connect(path: Path) -> sqlite3.Connection:
    """Open a file that exists. Transactions are begun by hand; every other statement is one by itself."""
    return sqlite3.connect(path.absolute(), timeout=PATIENCE, isolation_level=None)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


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
        raise InboxError(
            f"{path} is not an inbox of devhook: another program's data is in it.",
            "It was left as it is. Use another file: devhook --inbox FILE …",
        )
    return int(version)


def _describes(derived: sqlite3.Connection, path: Path, layout: Layout, inbox: sqlite3.Connection) -> bool:
    """Whether the file is of this version and of this inbox."""
    if _version(derived, path, layout) != layout.version:
        return False
    if derived.execute("SELECT inbox FROM source").fetchone() != _source(inbox):
        return False
    # In this order: another face may be reading on, never further than the inbox is by then.
    (last,) = derived.execute(layout.reached).fetchone()
    return bool(last <= last_id(inbox))


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
