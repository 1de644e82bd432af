"""When to send again, and what that changed: files that changed, a target that listens, answers compared."""

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple, Self
from urllib.parse import urlsplit

from devhook.sender.outcome import duration
from devhook.webhook.answer import Answer

# Seconds between two looks at the files, and between two knocks at the target.
_LOOK: Final = 0.25
_KNOCK: Final = 0.1
_LOOKS_FOR_A_RESTART: Final = 10
_CONNECTING: Final = 1.0
# Nobody writes the app's code in these, and they are large.
_PASSED_OVER: Final = frozenset(
    {"node_modules", "__pycache__", "venv", "vendor", "dist", "build", "tmp", "log"}
)
# What apps write by themselves when something is delivered to them.
_WRITTEN_BY_APPS: Final = (
    ".db", ".sqlite", ".sqlite3", "-journal", "-shm", "-wal", ".log", ".pyc", ".pid", ".tmp", ".swp", "~",
)  # fmt: skip
# A time is another one when it is this many times the other, and this many seconds away from it.
_TIMES: Final = 2.0
_APART: Final = 0.02
_SHOWN: Final = 60

Sleep = Callable[[float], Awaitable[object]]
Stamps = dict[str, tuple[int, int]]


def stamps(path: Path) -> Stamps:
    """Return what tells that a file changed, time and size, of `path` and all files below it.

    Hidden folders and those of packages, caches and logs are passed over, and so are databases and logs.
    """
    found: Stamps = {}
    if path.is_file():
        _stamp(path, found)
        return found
    for folder, folders, files in os.walk(path):
        folders[:] = [name for name in folders if name not in _PASSED_OVER and not name.startswith(".")]
        for name in files:
            if not name.endswith(_WRITTEN_BY_APPS):
                _stamp(Path(folder) / name, found)
    return found


async def changed(path: Path, since: Stamps, *, sleep: Sleep = asyncio.sleep) -> str:
    """Wait until a file differs from `since`, and until no more change; return one that did.

    An editor that saves ten files, or one in several steps, makes one change.
    """
    before = now = since
    while now == since or now != before:
        await sleep(_LOOK)
        before, now = now, stamps(path)
    differing = sorted(name for name in since.keys() | now.keys() if since.get(name) != now.get(name))
    return differing[0]


async def listening(url: str) -> bool:
    """Whether somebody accepts connections at `url`."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(_CONNECTING):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except (OSError, UnicodeError):
        # TimeoutError is one of them.
        return False
    writer.close()
    return True


async def until_listening(url: str, *, sleep: Sleep = asyncio.sleep) -> None:
    """Wait until somebody accepts connections at `url`, however long that takes."""
    while not await listening(url):
        await sleep(_KNOCK)


async def restarted(url: str, *, sleep: Sleep = asyncio.sleep) -> None:
    """Give what listens at `url` a moment to go down for a restart; where it does, wait until it is back.

    Without it the answers would still be those of the old code.
    """
    for _ in range(_LOOKS_FOR_A_RESTART):
        if not await listening(url):
            break
        await sleep(_KNOCK)
    await until_listening(url, sleep=sleep)


class Seen(NamedTuple):
    """What is kept of an answer to compare the next one with. `said` is how its body begins."""

    status: int | None
    failure: str
    seconds: float
    digest: bytes
    size: int
    said: str

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """Keep what matters of `answer`."""
        return cls(
            status=answer.status,
            failure=answer.failure or "",
            seconds=answer.seconds,
            digest=hashlib.sha256(answer.body).digest(),
            size=len(answer.body),
            said=beginning(answer.body),
        )


def beginning(body: bytes) -> str:
    """How a body begins, as text on one line; it is a stranger's."""
    text = " ".join(body[: 4 * _SHOWN].decode("utf-8", "replace").split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def differences(before: Seen, after: Seen) -> Iterator[str]:
    """Yield in words what of an answer became another: its status, its body, its time."""
    if (before.status, before.failure) != (after.status, after.failure):
        yield f"{_called(before)} → {_called(after)}"
    if before.digest != after.digest:
        yield (
            f"body “{before.said}” → “{after.said}”"
            if before.said != after.said
            else (f"body of {before.size:,} → {after.size:,} bytes")
        )
    low, high = sorted((before.seconds, after.seconds))
    if high >= low * _TIMES and high - low >= _APART:
        yield f"{duration(before.seconds)} → {duration(after.seconds)}"


def _called(seen: Seen) -> str:
    return seen.failure.replace("_", " ") if seen.failure else str(seen.status)


def _stamp(path: Path, found: Stamps) -> None:
    try:
        stat = path.stat()
    except OSError:
        # It went between the two looks; that it is missing is the change.
        return
    found[str(path)] = (stat.st_mtime_ns, stat.st_size)
