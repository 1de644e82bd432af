"""Standard streams that vanish: a terminal that hung up, a pipe without a reader."""

import os
import select
import stat
import sys
from collections.abc import Callable, Iterable
from threading import Event, Thread
from typing import Final

_CHECK_INTERVAL: Final = 0.25
"""Seconds between two checks whether the streams are still watched."""


def watch_streams(streams: Iterable[int], vanished: Callable[[], object], ended: Event) -> None:
    """Call `vanished` in a thread of its own when one of the file descriptors vanishes before `ended` is set.

    A terminal that is not the process's own, such as one of a lost connection, sends no SIGHUP. On Windows
    the system ends every program of a console that is closed, after a signal (`processes.HANG_UP`).
    """
    watched = [stream for stream in streams if _can_vanish(stream)]
    if watched and sys.platform != "win32":
        arguments = (watched, vanished, ended)
        Thread(target=_watch, args=arguments, name="devhook-streams", daemon=True).start()


def _watch(streams: Iterable[int], vanished: Callable[[], object], ended: Event) -> None:
    if sys.platform == "win32":
        return
    poll = select.poll()
    for stream in streams:
        # A mask of 0 selects only errors and a hang-up.
        poll.register(stream, 0)
    while not ended.is_set():
        for stream, event in poll.poll(_CHECK_INTERVAL * 1000):
            if event & (select.POLLHUP | select.POLLERR):
                vanished()
                return
            # Some systems cannot poll a terminal.
            poll.unregister(stream)


def _can_vanish(stream: int) -> bool:
    """Return whether the stream is a device, a pipe or a socket. `isatty` is false after a hang-up."""
    try:
        mode = os.fstat(stream).st_mode
    except OSError:
        return False
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
