"""Processes and signals on POSIX systems and on Windows: how a program and its children are ended.

Windows has no signals between processes and no process groups that can be signalled. There a program in a
group of its own can be sent Ctrl+Break, and `taskkill /T` ends a process with its children
(https://learn.microsoft.com/windows-server/administration/windows-commands/taskkill).
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Any, Final

_TASKKILL_BOUND: Final = 5.0
"""Seconds that taskkill may take."""

if sys.platform == "win32":

    def allow_open_files(count: int) -> int:
        """Return how many files and connections this process may have open: Windows sets no lower limit."""
        return count

    HANG_UP: Final = signal.SIGBREAK
    """The signal of a terminal that is closed; on Windows also that of Ctrl+Break."""

    OWN_GROUP: Final[dict[str, Any]] = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    """The arguments that start a process which Ctrl+C in the terminal does not reach."""

    def terminate_tree(pid: int) -> None:
        """Ask a process of its own group to end."""
        with suppress(OSError):
            os.kill(pid, signal.CTRL_BREAK_EVENT)

    def kill_tree(pid: int) -> None:
        """End a process and its children."""
        with suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(  # noqa: S603 - a number
                ["taskkill", "/F", "/T", "/PID", str(pid)],  # noqa: S607 - a part of Windows
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TASKKILL_BOUND,
                check=False,
            )

else:
    import resource

    def allow_open_files(count: int) -> int:
        """Raise the limit of open files and connections of this process to `count`; return what it is now."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
                soft = wanted
        return count if soft == resource.RLIM_INFINITY else min(count, soft)

    HANG_UP: Final = signal.SIGHUP
    """The signal of a terminal that is closed."""

    OWN_GROUP: Final[dict[str, Any]] = {"start_new_session": True}
    """The arguments that start a process which Ctrl+C in the terminal does not reach."""

    def terminate_tree(pid: int) -> None:
        """Ask a process of its own group, and what it started, to end."""
        # macOS answers EPERM if only the ended leader is left in the group.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGTERM)

    def kill_tree(pid: int) -> None:
        """End a process of its own group, and what it started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


ENDING_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, HANG_UP)
"""The signals that ask a program to end."""
