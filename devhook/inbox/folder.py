"""Makes and finds the folder of an inbox, and moves an inbox of the old form, four files, into a folder.

The old form of `inbox.db` has `inbox.readings.db`, `inbox.search.db` and `inbox.journal.db` beside it. They
are renamed into a folder beside the new place, the deliveries last; then that folder gets its name. So an
interrupted move continues at the next start, and the new place never contains half of an inbox.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from devhook.errors import InboxError
from devhook.inbox.failures import in_plain_words
from devhook.inbox.layouts import DELIVERIES, JOURNAL, READINGS, SEARCH, Layout
from devhook.inbox.locks import held, remove_lock
from devhook.text import visible

_OWN_NAMES: Final = re.compile(
    # A fresh file has a rollback journal (`-journal`) until it gets its write-ahead log.
    r"((deliveries|readings|search|journal)\.db|journal\.(new|damaged))(-wal|-shm|-journal)?"
    r"|derived\.seal|[\w-]+\.lock|\.DS_Store"
)
# In the default places, the folder `inbox` replaces the file `inbox.db`.
_DEFAULT: Final = "inbox"
_DEFAULT_BEFORE: Final = "inbox.db"
# Moved before the deliveries: while these are in the old place, the inbox is the old one.
_DERIVED_AND_JOURNAL: Final = {"readings": READINGS, "search": SEARCH, "journal": JOURNAL}

# https://www.sqlite.org/fileformat.html#the_database_header
_MAGIC: Final = b"SQLite format 3\x00"
_APPLICATION_ID: Final = slice(68, 72)


def file_of(folder: Path, name: str) -> Path:
    """Return the path of one of an inbox's files: `deliveries`, `readings`, `search` or `journal`."""
    return folder / f"{name}.db"


def make_folder(folder: Path) -> None:
    """Make the folder of an inbox (0700) if it is missing. Raises InboxError where other files are in it."""
    if folder.exists() and not folder.is_dir():
        raise InboxError(
            f"{folder} is not an inbox of devhook: an inbox is a folder.",
            "It was left as it is. Use another inbox: devhook --inbox FOLDER …",
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if file_of(folder, "deliveries").exists():
        return
    there = sorted(entry.name for entry in folder.iterdir())
    others = [name for name in there if not _OWN_NAMES.fullmatch(name)]
    if others:
        raise InboxError(
            f"{folder} is not an inbox of devhook: other files are in it, such as {visible(others[0])}.",
            "It was left as it is. Use another inbox: devhook --inbox FOLDER …",
        )
    if not there:
        folder.chmod(0o700)


def is_there(folder: Path) -> bool:
    """Whether `folder` exists, or an inbox of the old form that becomes it."""
    return folder.exists() or _is_moving(folder) or _old_form(folder) is not None


def take_over(folder: Path) -> str:
    """Move an inbox of the old form into its folder; `folder` may be the path of the old file.

    Returns a sentence about what was done, "" where there was nothing to do. Raises InboxError while another
    process has the old inbox open.
    """
    if folder.is_dir() or not (_is_moving(folder) or _old_form(folder)):
        return ""
    lock = folder.with_name(f"{folder.name}.moving.lock")
    with held(
        lock,
        InboxError(
            f"Another devhook is still moving the inbox {folder} into a folder.",
            "Wait until it is done, or use another inbox: devhook --inbox FOLDER …",
        ),
    ):
        # Another process may have moved it meanwhile.
        told = "" if folder.is_dir() else _move(folder)
        remove_lock(lock)
    return told


def _move(folder: Path) -> str:
    old = _old_form(folder)
    moving = _moving(folder)
    if old is not None:
        files = list(_files(old))
        for file, _ in files:
            _require_closed(file)
        moving.mkdir(mode=0o700, exist_ok=True)
        for file, name in files:
            file.rename(moving / name)
        for lock in old.parent.glob(f"{old.stem}.run-*.lock"):
            remove_lock(lock)
        remove_lock(_beside(old, "writers").with_suffix(".lock"))
    moving.rename(folder)
    return f"The inbox {old or folder} is a folder now: its files are in {folder}."


def _files(old: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files of an inbox of the old form, each with its name in the folder."""
    for name, layout in _DERIVED_AND_JOURNAL.items():
        file = _beside(old, name)
        if _is_ours(file, layout):
            yield file, file_of(old, name).name
    yield old, file_of(old, "deliveries").name


def _old_form(folder: Path) -> Path | None:
    """Return the file of the old inbox that becomes `folder`."""
    may_be = [folder, folder.with_name(_DEFAULT_BEFORE)] if folder.name == _DEFAULT else [folder]
    return next((file for file in may_be if _is_ours(file, DELIVERIES)), None)


def is_database(file: Path) -> bool:
    """Whether a file is a database of SQLite, such as an inbox of the old form."""
    return _header(file).startswith(_MAGIC)


def _is_ours(file: Path, layout: Layout) -> bool:
    mark = layout.application_id.to_bytes(4, "big")
    return is_database(file) and _header(file)[_APPLICATION_ID] == mark


def _header(file: Path) -> bytes:
    if not file.is_file():
        return b""
    with file.open("rb") as opened:
        return opened.read(100)


def _require_closed(file: Path) -> None:
    """Write the file's log into it and remove the log. Raise InboxError while a process has it open."""
    with in_plain_words(file), closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _beside(old: Path, what: str) -> Path:
    """Return `inbox.readings.db` for `inbox.db`."""
    return old.with_name(f"{old.stem}.{what}{old.suffix}")


def _moving(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.moving")


def _is_moving(folder: Path) -> bool:
    return _moving(folder).is_dir()
