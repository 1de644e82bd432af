"""The messages for errors of the disk and of SQLite, and for damaged rows."""

import errno
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from devhook.errors import InboxError

_ANOTHER_FILE: Final = "Use another inbox: devhook --inbox FOLDER …"
_MAKE_ROOM: Final = "Free some space, or use an inbox on another disk: devhook --inbox FOLDER …"
_SALVAGE: Final = f"Save what can be read: devhook export --salvage --out FILE. {_ANOTHER_FILE}"

_DISK: Final = {
    errno.ENOSPC: ("The disk is full, so nothing can be written to the inbox {path}.", _MAKE_ROOM),
    errno.EDQUOT: ("Your disk quota is used up, so nothing can be written to the inbox {path}.", _MAKE_ROOM),
    errno.EFBIG: ("The file size limit is reached in the inbox {path}.", _MAKE_ROOM),
    errno.EROFS: ("The inbox {path} is on a read-only disk.", _ANOTHER_FILE),
}
_IN_USE: Final = ("The inbox {path} is locked by another program.", "End that program, or wait for it.")
_SQLITE: Final = {
    sqlite3.SQLITE_FULL: _DISK[errno.ENOSPC],
    sqlite3.SQLITE_READONLY: ("The inbox {path} cannot be written.", _ANOTHER_FILE),
    sqlite3.SQLITE_CANTOPEN: ("The inbox {path} cannot be opened.", _ANOTHER_FILE),
    sqlite3.SQLITE_PERM: ("The inbox {path} must not be opened.", _ANOTHER_FILE),
    sqlite3.SQLITE_BUSY: _IN_USE,
    sqlite3.SQLITE_PROTOCOL: _IN_USE,
    sqlite3.SQLITE_IOERR: ("The disk failed at the inbox {path}.", _ANOTHER_FILE),
}
_DAMAGE: Final = {
    sqlite3.SQLITE_NOTADB: ("{path} is not an inbox of devhook.", _ANOTHER_FILE),
    sqlite3.SQLITE_CORRUPT: ("The inbox {path} is damaged.", _SALVAGE),
}
_PRIMARY_CODE: Final = 0xFF
_TOO_SHORT: Final = 522
"""SQLITE_IOERR_SHORT_READ, https://www.sqlite.org/rescode.html#ioerr_short_read: the file was cut off."""

_UNREADABLE: Final = (zlib.error, ValueError, TypeError, KeyError, OverflowError, MemoryError)


class DamagedInbox(InboxError):
    """A file of the inbox is damaged. `path` is the file or the folder of the inbox."""

    def __init__(self, message: str, hint: str, *, path: Path) -> None:
        super().__init__(message, hint)
        self.path = path


@contextmanager
def in_plain_words(path: Path) -> Iterator[None]:
    """Raise InboxError for errors of the disk and of SQLite inside. A misuse of SQLite stays a bug."""
    try:
        yield
    except OSError as error:
        template, hint = _DISK.get(
            error.errno or 0, (f"The inbox {{path}} cannot be used: {error.strerror}.", _ANOTHER_FILE)
        )
        raise InboxError(template.format(path=path), hint) from error
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.Error as error:
        raise _inbox_error(error, path) from error
    except (zlib.error, MemoryError) as error:
        raise damaged(path) from error


@contextmanager
def reading_rows(path: Path) -> Iterator[None]:
    """Raise DamagedInbox for a row inside that cannot be turned into its object."""
    try:
        yield
    except _UNREADABLE as error:
        raise damaged(path) from error


def _inbox_error(error: sqlite3.Error, path: Path) -> InboxError:
    # Python gives no code where a text is not UTF-8.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    primary = code & _PRIMARY_CODE
    if primary in _SQLITE and code != _TOO_SHORT:
        template, hint = _SQLITE[primary]
        return InboxError(template.format(path=path), hint)
    template, hint = _DAMAGE.get(primary, (f"The inbox {{path}} cannot be used: {error}.", _ANOTHER_FILE))
    return DamagedInbox(template.format(path=path), hint, path=path)


def damaged(path: Path) -> DamagedInbox:
    """Return the error for an inbox that does not contain what it must."""
    template, hint = _DAMAGE[sqlite3.SQLITE_CORRUPT]
    return DamagedInbox(template.format(path=path), hint, path=path)
