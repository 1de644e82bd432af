"""What the disk and SQLite refuse, as sentences."""

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

_DISK: Final = {
    errno.ENOSPC: ("The disk is full, so the inbox {path} takes nothing more.", _MAKE_ROOM),
    errno.EDQUOT: ("Your share of the disk is used up, so the inbox {path} takes nothing more.", _MAKE_ROOM),
    errno.EROFS: ("The inbox {path} lies on a disk that may only be read.", _ANOTHER_FILE),
}
_SQLITE: Final = {
    sqlite3.SQLITE_FULL: _DISK[errno.ENOSPC],
    sqlite3.SQLITE_READONLY: ("The inbox {path} may not be written.", _ANOTHER_FILE),
    sqlite3.SQLITE_CANTOPEN: ("The inbox {path} cannot be opened.", _ANOTHER_FILE),
    sqlite3.SQLITE_PERM: ("The inbox {path} may not be opened.", _ANOTHER_FILE),
    sqlite3.SQLITE_BUSY: (
        "The inbox {path} is held by another program.",
        "End that program, or wait for it.",
    ),
    sqlite3.SQLITE_PROTOCOL: (
        "The inbox {path} is held by another program.",
        "End that program, or wait for it.",
    ),
    sqlite3.SQLITE_NOTADB: ("{path} is not an inbox of devhook.", _ANOTHER_FILE),
    sqlite3.SQLITE_CORRUPT: ("The inbox {path} is damaged.", f"Put it aside. {_ANOTHER_FILE}"),
    sqlite3.SQLITE_IOERR: ("The disk failed under the inbox {path}.", _ANOTHER_FILE),
}
_PRIMARY_CODE: Final = 0xFF


@contextmanager
def in_plain_words(path: Path) -> Iterator[None]:
    """Raise InboxError for what the disk or SQLite refuses inside. A misuse of SQLite stays a bug."""
    try:
        yield
    except OSError as error:
        template, hint = _DISK.get(
            error.errno or 0, (f"The inbox {{path}} cannot be used: {error.strerror}.", _ANOTHER_FILE)
        )
        raise InboxError(template.format(path=path), hint) from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:
            raise
        template, hint = _SQLITE.get(
            code & _PRIMARY_CODE, (f"The inbox {{path}} cannot be used: {error}.", _ANOTHER_FILE)
        )
        raise InboxError(template.format(path=path), hint) from error
    except zlib.error as error:
        template, hint = _SQLITE[sqlite3.SQLITE_CORRUPT]
        raise InboxError(template.format(path=path), hint) from error
