"""Imports files into an inbox in one transaction: all of their deliveries, or none.

While a receiver runs, only it writes to the inbox, because another writer would delay its acknowledgements
(see inbox/layouts). So an import needs the inbox alone and fails while a receiver runs. In return it is one
transaction, and a file with an error in its last line changes nothing.

Imported deliveries keep their times, origin, signature and answers; their readings are computed again. For
the limits of the inbox, their age counts from the import.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final, cast

from devhook.errors import InputError
from devhook.inbox.database import Inbox
from devhook.inbox.locks import alone
from devhook.inbox.recorded import Recorded, keep_recorded
from devhook.recordings.har import read_har
from devhook.recordings.recording import LONGEST_LINE, is_recording, read_recording
from devhook.webhook.signature import Secret

_STANDARD_INPUT: Final = "-"
_LARGEST_HAR: Final = 512 * 2**20


class ImportStopped(Exception):
    """The import was to stop; nothing was imported."""


def import_files(
    inbox: Inbox,
    files: Iterable[Path],
    secrets: Sequence[Secret],
    now: datetime,
    stopped: Callable[[], bool] = lambda: False,
    advance: Callable[[int], None] = lambda _: None,
) -> list[int]:
    """Import recordings or HAR files, and return the new ids.

    `secrets` check deliveries whose signature was not checked when they were recorded. Raises InputError with
    the file, the line and the mistake, InboxError while a receiver runs, and ImportStopped once `stopped`
    returns True; nothing is imported then. `advance` is called with the number of bytes that were read.
    """
    paths = list(files)
    with ExitStack() as stack:
        # A pipe may never end, and an inbox that waits for it would receive nothing.
        copies = {
            path: stack.enter_context(_copied(path, inbox.path))
            for path in paths
            if str(path) == _STANDARD_INPUT or not path.is_file()
        }
        with alone(inbox.path):
            read = (each for path in paths for each in _read(path, copies.get(path), secrets, advance))
            return keep_recorded(inbox, _until(stopped, read), now)


def _until(stopped: Callable[[], bool], deliveries: Iterable[Recorded]) -> Iterator[Recorded]:
    for each in deliveries:
        if stopped():
            raise ImportStopped
        yield each


def _open(path: Path) -> BinaryIO:
    return open(0, "rb", closefd=False) if str(path) == _STANDARD_INPUT else path.open("rb")


def _name(path: Path) -> str:
    return "standard input" if str(path) == _STANDARD_INPUT else str(path)


@contextmanager
def _copied(path: Path, folder: Path) -> Iterator[BinaryIO]:
    """Read a pipe to its end, into a file without a name on the disk of the inbox."""
    with tempfile.TemporaryFile(dir=folder) as copy:
        with _in_words(path), _open(path) as pipe:
            shutil.copyfileobj(pipe, copy)
        copy.seek(0)
        yield cast("BinaryIO", copy)


def _read(
    path: Path, copy: BinaryIO | None, secrets: Sequence[Secret], advance: Callable[[int], None]
) -> Iterator[Recorded]:
    with _in_words(path), nullcontext(copy) if copy else _open(path) as file:
        last = 0
        for each in _read_open(file, _name(path), secrets):
            yield each
            advance(file.tell() - last)
            last = file.tell()


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{_name(path)} cannot be read: {error.strerror}.",
            "Nothing was imported. Use another file: devhook import FILE",
        ) from error


def _read_open(file: BinaryIO, name: str, secrets: Sequence[Secret]) -> Iterator[Recorded]:
    """Yield the deliveries of a file, whose first line determines its format."""
    lines = iter(partial(file.readline, LONGEST_LINE), b"")
    first = next(lines, b"")
    if not first:
        raise InputError(f"{name} is empty.", "Nothing was imported.")
    if is_recording(first) or name.lower().endswith(".jsonl"):
        yield from read_recording(chain([first], lines), name)
        return
    content = first + file.read(_LARGEST_HAR)
    if len(content) >= _LARGEST_HAR:
        raise InputError(f"{name} is too large: a HAR file can have 512 MiB.", "Nothing was imported.")
    yield from read_har(content, name, secrets)
