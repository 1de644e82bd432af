"""Files that may be anything: read within a bound, and replaced as a whole or not at all."""

import errno
import os
import stat
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

NONBLOCK: Final[int] = getattr(os, "O_NONBLOCK", 0)
"""The flag that opens a pipe without waiting for its other end. Windows has no pipes among its files."""

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def is_open_to_others(mode: int) -> bool:
    """Return whether a file of this mode is open to other users of the machine.

    The modes of Windows tell only whether a file can be written: there the folders of a user are closed to
    others by inherited permissions (https://docs.python.org/3/library/os.html#os.chmod).
    """
    return sys.platform != "win32" and bool(mode & _OTHERS)


def is_own(folder: Path) -> bool:
    """Return whether only this user can put files into `folder`. `/tmp` is not anyone's own.

    On Windows these are the folders in the user's profile, since a mode tells nothing there.
    """
    try:
        if sys.platform == "win32":
            return folder.resolve().is_relative_to(Path.home().resolve())
        found = folder.stat()
    except (OSError, RuntimeError):
        return False
    return not found.st_mode & stat.S_IWOTH and found.st_uid == os.getuid()


def read_regular(path: Path, limit: int, *, or_pipe: bool = False) -> bytes:
    """Return the content of a regular file of at most `limit` bytes; with `or_pipe` of any other kind too.

    Raise OSError, with the reason as its `strerror`, for a file that cannot be read, for a larger one, and
    for a pipe or a device: it may never end, and a pipe that nobody writes to cannot even be opened.
    """

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | (0 if or_pipe else NONBLOCK))

    with open(path, "rb", opener=opener) as opened:
        if not or_pipe and not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        content = opened.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"it has more than {limit:,} bytes")
    return content


def replace_file(path: Path, text: str) -> None:
    """Write `text` to a file of mode 0600 that replaces `path` once it is complete. Raise OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, [text.encode("utf-8")])


def write_whole(path: Path, pieces: Iterable[bytes], *, replace: bool = True) -> int:
    """Write a file of mode 0600 that is at `path` once it is complete; return its size. Raise OSError.

    Without `replace` it is FileExistsError when there is a file at `path` by then.
    """
    # mkstemp makes the file with mode 0600.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.writelines(pieces)
            size = opened.tell()
        if replace:
            temporary.replace(path)
        else:
            _link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return size


def _link(temporary: Path, path: Path) -> None:
    """Link the file to `path`, unless a file is there. Raise OSError."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        temporary.replace(path)
