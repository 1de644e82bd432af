"""Watches files for changes, and waits for the restart of the app that a change causes."""

import asyncio
import os
from pathlib import Path
from typing import Final

from devhook.sender.target import Sleep, is_listening, until_listening

# Seconds between two scans of the files, and between two checks of the target.
_SCAN_INTERVAL: Final = 0.25
_CHECK_INTERVAL: Final = 0.1
_CHECKS_FOR_A_RESTART: Final = 10
# These folders do not contain the app's own code, and are large.
_SKIPPED: Final = frozenset({"node_modules", "__pycache__", "venv", "vendor", "dist", "build", "tmp", "log"})
# Files that apps write when they receive a delivery.
_WRITTEN_BY_APPS: Final = (
    ".db", ".sqlite", ".sqlite3", "-journal", "-shm", "-wal", ".log", ".pyc", ".pid", ".tmp", ".swp", "~",
)  # fmt: skip

Stamps = dict[str, tuple[int, int]]


def file_stamps(path: Path) -> Stamps:
    """Return the modification time (nanoseconds) and size of `path` and of all files below it.

    Hidden folders, folders of packages, caches and logs, database files and log files are skipped.
    """
    found: Stamps = {}
    if path.is_file():
        _stamp(path, found)
        return found
    for folder, folders, files in os.walk(path):
        folders[:] = [name for name in folders if name not in _SKIPPED and not name.startswith(".")]
        for name in files:
            if not name.endswith(_WRITTEN_BY_APPS):
                _stamp(Path(folder) / name, found)
    return found


async def next_change(path: Path, since: Stamps, *, sleep: Sleep = asyncio.sleep) -> str:
    """Wait until a file differs from `since` and no more files change; return the name of a changed one.

    An editor that saves ten files, or one file in several steps, makes one change.
    """
    before = now = since
    while now == since or now != before:
        await sleep(_SCAN_INTERVAL)
        before, now = now, file_stamps(path)
    differing = sorted(name for name in since.keys() | now.keys() if since.get(name) != now.get(name))
    return differing[0]


async def until_restarted(url: str, *, sleep: Sleep = asyncio.sleep) -> None:
    """Wait up to a second for the endpoint at `url` to stop; if it does, wait until it listens again.

    Without this wait the old code would answer.
    """
    for _ in range(_CHECKS_FOR_A_RESTART):
        if not await is_listening(url):
            break
        await sleep(_CHECK_INTERVAL)
    await until_listening(url, sleep=sleep)


def _stamp(path: Path, found: Stamps) -> None:
    try:
        stat = path.stat()
    except OSError:
        # It was deleted during the scan, which is a change too.
        return
    found[str(path)] = (stat.st_mtime_ns, stat.st_size)
