"""Files that change while they are watched, and the restart of the app that such a change causes."""

import asyncio
import os
from pathlib import Path
from typing import Final

from devhook.sender.target import Sleep, is_listening, until_listening

# Seconds between two looks at the files, and between two knocks at the target.
_LOOK: Final = 0.25
_KNOCK: Final = 0.1
_LOOKS_FOR_A_RESTART: Final = 10
# Nobody writes the app's code in these, and they are large.
_PASSED_OVER: Final = frozenset(
    {"node_modules", "__pycache__", "venv", "vendor", "dist", "build", "tmp", "log"}
)
# What apps write by themselves when something is delivered to them.
_WRITTEN_BY_APPS: Final = (
    ".db", ".sqlite", ".sqlite3", "-journal", "-shm", "-wal", ".log", ".pyc", ".pid", ".tmp", ".swp", "~",
)  # fmt: skip

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


async def restarted(url: str, *, sleep: Sleep = asyncio.sleep) -> None:
    """Give what listens at `url` a moment to go down for a restart; where it does, wait until it is back.

    Without it the answers would still be those of the old code.
    """
    for _ in range(_LOOKS_FOR_A_RESTART):
        if not await is_listening(url):
            break
        await sleep(_KNOCK)
    await until_listening(url, sleep=sleep)


def _stamp(path: Path, found: Stamps) -> None:
    try:
        stat = path.stat()
    except OSError:
        # It went between the two looks; that it is missing is the change.
        return
    found[str(path)] = (stat.st_mtime_ns, stat.st_size)
