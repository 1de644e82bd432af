"""Who holds a lease, and whether that run lives: a lock that the kernel lets go of when its process ends."""

import fcntl
import os
from pathlib import Path
from secrets import token_hex
from typing import Self

from devhook.inbox.schema import beside


class Ownership:
    """This process's claim to the leases that it writes down under `token`.

    It is a locked file beside the inbox: a run that was killed cannot unlock it, and the kernel does.
    """

    def __init__(self, token: str, path: Path, descriptor: int) -> None:
        self.token = token
        self._path = path
        self._descriptor = descriptor

    @classmethod
    def claim(cls, inbox: Path) -> Self:
        """Begin to hold leases. Raises OSError where the file cannot be made."""
        token = token_hex(8)
        path = _lock_file(inbox, token)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return cls(token, path, descriptor)

    def let_go(self) -> None:
        """Hold nothing any more."""
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)


def lives(inbox: Path, token: str) -> bool:
    """Whether the run that claimed `token` still lives. What a dead one left is cleared away."""
    path = _lock_file(inbox, token)
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        path.unlink(missing_ok=True)
        return False
    finally:
        os.close(descriptor)


def _lock_file(inbox: Path, token: str) -> Path:
    return beside(inbox, f"run-{token}").with_suffix(".lock")
