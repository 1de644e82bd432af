"""Files taken into an inbox: all of what they hold, or nothing.

Only the receiver writes an inbox while it lives, since whoever holds the write lock stops its
acknowledgements (see inbox/schema). So an import wants the inbox for itself, and is refused while a receiver
lives; then it may be one transaction, and a file that turns out broken in its last line leaves no trace. For
the same reason an import is never news to a run that listens: there is none. A run that starts later begins
behind it.

Imported deliveries keep their own times, origin, signature and answers; what they are beside the ones before
them is read anew. Their age, for what the inbox keeps, counts from the import.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

from devhook.errors import InputError
from devhook.inbox.database import Inbox
from devhook.inbox.locks import alone
from devhook.inbox.recorded import Recorded, keep_recorded
from devhook.recordings.har import read_har
from devhook.recordings.recording import LONGEST_LINE, is_recording, read_recording
from devhook.webhook.signature import Secret

_STANDARD_INPUT: Final = "-"
_LARGEST_HAR: Final = 512 * 2**20


def import_files(inbox: Inbox, files: Iterable[Path], secrets: Sequence[Secret], now: datetime) -> list[int]:
    """Take in what the files hold, recordings or HAR; returns the new ids.

    InputError tells the file, the line and what is wrong; InboxError that a receiver is at work. Nothing is
    taken in then. `secrets` check what was not checked when it was recorded.
    """
    with alone(inbox.path):
        return keep_recorded(inbox, (each for file in files for each in _read(file, secrets)), now)


def _read(path: Path, secrets: Sequence[Secret]) -> Iterator[Recorded]:
    piped = str(path) == _STANDARD_INPUT
    name = "standard input" if piped else str(path)
    try:
        with (Path("/dev/stdin") if piped else path).open("rb") as file:
            yield from _read_open(file, name, secrets)
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}.", "Nothing was imported.") from error


def _read_open(file: BinaryIO, name: str, secrets: Sequence[Secret]) -> Iterator[Recorded]:
    """Read what the first line says it is."""
    lines = iter(partial(file.readline, LONGEST_LINE), b"")
    first = next(lines, b"")
    if not first:
        raise InputError(f"{name} is empty.", "Nothing was imported.")
    if is_recording(first) or name.lower().endswith(".jsonl"):
        yield from read_recording(chain([first], lines), name)
        return
    content = first + file.read(_LARGEST_HAR)
    if len(content) >= _LARGEST_HAR:
        raise InputError(f"{name} is larger than any HAR file that devhook takes.", "Nothing was imported.")
    yield from read_har(content, name, secrets)
