"""Who may write an inbox: receivers side by side, or one command that changes much of it, alone.

The receiver acknowledges a delivery only once it is on disk, so nobody may hold the inbox's write lock
against it (see schema). Importing and pruning hold it for as long as they take; they are refused while a
receiver lives, and a receiver does not start while they go on. The lock is the kernel's: it ends with the
process that holds it.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from devhook.errors import InboxError
from devhook.inbox.failures import in_plain_words
from devhook.inbox.schema import PATIENCE, beside

_EVERY: Final = 0.02


@contextmanager
def receiving(inbox: Path) -> Iterator[None]:
    """Write deliveries as they come, beside other receivers. InboxError when a command has it for itself."""
    with _held(
        inbox,
        fcntl.LOCK_SH,
        PATIENCE,
        InboxError(
            f"Another devhook is importing into the inbox {inbox}, or pruning it.",
            "Wait until it is done, or use another file: devhook --inbox FILE …",
        ),
    ):
        yield


@contextmanager
def alone(inbox: Path) -> Iterator[None]:
    """Write as much as it takes. InboxError when a receiver, or another such command, is at work."""
    with _held(
        inbox,
        fcntl.LOCK_EX,
        0,
        InboxError(
            f"Another devhook is writing to the inbox {inbox}, and what it receives must not wait.",
            "End that one first (q or Ctrl+C), or use another file: devhook --inbox FILE …",
        ),
    ):
        yield


@contextmanager
def _held(inbox: Path, kind: int, patience: float, refusal: InboxError) -> Iterator[None]:
    with in_plain_words(inbox):
        descriptor = os.open(
            beside(inbox.absolute(), "writers").with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600
        )
    try:
        deadline = time.monotonic() + patience
        while not _locked(descriptor, kind):
            if time.monotonic() >= deadline:
                raise refusal
            time.sleep(_EVERY)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
