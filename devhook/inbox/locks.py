"""The locks of an inbox: for preparing its files, for writing deliveries, and for the leases of a live run.

A lock is a locked file in the folder of the inbox. The kernel releases it when its process ends, in whatever
way. All locks are exclusive, because every platform has these.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Final, Self

from filelock import FileLock, Timeout

from devhook.errors import InboxError
from devhook.inbox.failures import in_plain_words

# Seconds to wait for another process of devhook.
PATIENCE: Final = 4.0
_EVERY: Final = 0.02
_WRITERS: Final = "writers.lock"
_RECEIVER: Final = "receiver"
_RUN: Final = "run"


@contextmanager
def held(file: Path, refusal: InboxError, patience: float | None = None) -> Iterator[None]:
    """Hold the lock `file`.

    Raises `refusal` when another process does not release it within `patience` seconds (None: PATIENCE).
    """
    lock = _acquired(file, PATIENCE if patience is None else patience)
    if lock is None:
        raise refusal
    try:
        yield
    finally:
        lock.release()


@contextmanager
def preparing(folder: Path, *, patience: float | None = None) -> Iterator[None]:
    """Make, migrate or seal the files of an inbox; one process at a time.

    SQLite's own locks do not cover the change of a fresh file to a write-ahead log.
    """
    with held(
        folder / "opening.lock",
        InboxError(
            f"Another devhook is still opening the inbox {folder}.",
            "End it, or use another inbox: devhook --inbox FOLDER …",
        ),
        patience,
    ):
        yield


@contextmanager
def receiving(folder: Path) -> Iterator[None]:
    """Write deliveries as they come; several receivers may do so at the same time.

    Raises InboxError while a command is `alone` in the inbox.
    """
    with (
        in_plain_words(folder),
        held(
            folder / _WRITERS,
            InboxError(
                f"Another devhook is importing into the inbox {folder}, or pruning it.",
                "Wait until it is done, or use another inbox: devhook --inbox FOLDER …",
            ),
        ),
    ):
        claim = LivenessLock.of(folder, _RECEIVER)
    try:
        yield
    finally:
        claim.release()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Write to the inbox in long transactions, while no receiver runs.

    A receiver acknowledges a delivery only when it is on disk, so the write lock of the deliveries must not
    be held for long while one runs. Raises InboxError while a receiver or another such command runs. No
    receiver starts until the block ends.
    """
    refusal = InboxError(
        f"Another devhook is writing to the inbox {folder}, and its deliveries cannot wait.",
        "End that one first (q or Ctrl+C), or use another inbox: devhook --inbox FOLDER …",
    )
    with in_plain_words(folder):
        # Older versions of the library would make a missing folder.
        folder.stat()
        lock = _acquired(folder / _WRITERS, 0)
    if lock is None:
        raise refusal
    try:
        # A receiver makes its lock file while it holds the lock that is held here, so all are found.
        with in_plain_words(folder):
            receivers = [_in_use(file) for file in folder.glob(f"{_RECEIVER}-*.lock")]
        if any(receivers):
            raise refusal
        yield
    finally:
        lock.release()


class LivenessLock:
    """A lock file of this process; its `token` is unique."""

    def __init__(self, token: str, file: Path, lock: FileLock) -> None:
        self.token = token
        self._file = file
        self._lock = lock

    @classmethod
    def of(cls, folder: Path, kind: str = _RUN) -> Self:
        """Make the file and lock it. Raises OSError where that is impossible."""
        token = token_hex(8)
        file = folder / f"{kind}-{token}.lock"
        lock = _acquired(file, 0)
        if lock is None:
            raise FileExistsError(file)
        return cls(token, file, lock)

    def release(self) -> None:
        """Remove the lock file."""
        self._lock.release()
        remove_lock(self._file)


def is_alive(folder: Path, token: str) -> bool:
    """Whether the run with this token is alive. Removes the lock file of a run that has ended."""
    return _in_use(folder / f"{_RUN}-{token}.lock")


def _in_use(file: Path) -> bool:
    if not file.exists():
        return False
    lock = _acquired(file, 0)
    if lock is None:
        return True
    lock.release()
    remove_lock(file)
    return False


def _acquired(file: Path, patience: float) -> FileLock | None:
    """Return the lock, or None when it is not free within `patience` seconds. Any thread may release it."""
    lock = FileLock(file, mode=0o600, thread_local=False)
    try:
        lock.acquire(timeout=patience, poll_interval=_EVERY)
    except Timeout:
        return None
    return lock


def remove_lock(file: Path) -> None:
    """Remove the file of a lock. Windows removes none that is open; the next process that holds it does."""
    with suppress(PermissionError):
        file.unlink(missing_ok=True)
