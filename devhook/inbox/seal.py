"""The checksums of the derived files: taken by the process that closes them last, compared by the next one.

SQLite notices damage where a page does not have the form of a page. A byte that differs inside a row or an
index entry is read without an error. A checksum for each row would cover neither the indexes nor the pages of
FTS5; one for the whole file covers every byte. The derived files of 100,000 deliveries have 130 MB, whose
CRC-32 takes 70 ms.

The seal is a file that exists only while no process has the derived files open: a process that opens them
removes it, the one that closes them last writes it. A process that is killed leaves no seal. Then SQLite's
integrity check and the types of all columns decide, which takes 20 ms for each 1,000 deliveries.
"""

import json
import os
import sqlite3
import time
import zlib
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, NamedTuple

from devhook.inbox.folder import file_of
from devhook.inbox.layouts import DERIVED
from devhook.inbox.repair import is_of_another_program, is_sound, remove
from devhook.inbox.schema import connect

_SEAL: Final = "derived.seal"
_AT_ONCE: Final = 2**20
_PRIMARY_CODE: Final = 0xFF
# Nanoseconds. Two changes within a tick of the file system's clock have the same time.
_COARSE: Final = 2_000_000_000


class Sum(NamedTuple):
    """The checksum of a file, and what `stat` says of the file as long as nobody writes it."""

    size: int
    checksum: int
    inode: int
    changed_at: int


def open_seal(folder: Path) -> dict[str, Sum]:
    """Remove the derived files that are damaged, and the seal. Only inside `locks.preparing`.

    Returns the checksums of the sound ones, for `write_seal`.
    """
    seal = _read(folder)
    sound = {}
    for name, layout in DERIVED.items():
        file = file_of(folder, name)
        # A file that cannot be read is left to SQLite, which says why.
        with suppress(OSError):
            if not file.is_file() or _is_open(file):
                continue
            found = _sum_of(file)
            intact = seal[name] == [found.size, found.checksum] if name in seal else is_sound(file, layout)
            if not intact and not is_of_another_program(file, layout):
                remove(file)
            elif intact and time.time_ns() - found.changed_at > _COARSE:
                sound[name] = found
    with suppress(OSError):
        (folder / _SEAL).unlink(missing_ok=True)
    return sound


def write_seal(folder: Path, known: dict[str, Sum]) -> None:
    """Write the seal, unless a process has a derived file open. Only inside `locks.preparing`.

    The checksum of a file that is unchanged since it was `known` is not computed again.
    """
    seal = {}
    # Without a seal the next process looks through the files.
    with suppress(OSError):
        for name in DERIVED:
            file = file_of(folder, name)
            if not file.is_file() or _is_open(file):
                return
            found = known.get(name)
            if found is None or found[2:] != _state_of(file) or found.size != file.stat().st_size:
                found = _sum_of(file)
            seal[name] = [found.size, found.checksum]
        written = os.open(folder / _SEAL, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(written, "w", encoding="ascii") as opened:
            json.dump(seal, opened)


def _read(folder: Path) -> dict[str, list[int]]:
    """Return the size and the checksum of each file; a damaged seal contains none."""
    try:
        seal = json.loads((folder / _SEAL).read_text("ascii"))
    except (OSError, ValueError):
        return {}
    return seal if isinstance(seal, dict) else {}


def _is_open(file: Path) -> bool:
    """Whether a process has the file open. If none has, its write-ahead log is written into it and emptied.

    Nothing here opens a file before this has returned False: a process that closes a file loses the locks
    of its own SQLite connections to it.
    https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
    """
    if not file.with_name(f"{file.name}-wal").exists():
        return False
    try:
        with closing(connect(file, patience=0)) as connection:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        return getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE == sqlite3.SQLITE_BUSY
    return False


def _sum_of(file: Path) -> Sum:
    size = checksum = 0
    with file.open("rb", buffering=0) as opened:
        while part := opened.read(_AT_ONCE):
            size += len(part)
            checksum = zlib.crc32(part, checksum)
    return Sum(size, checksum, *_state_of(file))


def _state_of(file: Path) -> tuple[int, int]:
    state = file.stat()
    return state.st_ino, state.st_mtime_ns
