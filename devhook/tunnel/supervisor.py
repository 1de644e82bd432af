"""The process between devhook and an agent: the agent ends when devhook ends, even after SIGKILL.

It reads its standard input to the end, which the kernel brings about when devhook is gone. Then it ends the
agent: first with SIGTERM, three seconds later with SIGKILL. It ends with the agent's own status.

It leads the process group of the agent: a signal to the group reaches both, and what the agent started.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from typing import Any, Final

from devhook.processes import OWN_GROUP, kill_tree, terminate_tree

GRACE: Final = 3.0
"""Seconds between the two signals."""

BY_SIGNAL: Final = 128
"""The status for an agent that a signal ended is this number and the signal's, as in a shell."""

_NO_PROGRAM: Final = 127
"""The status of a shell for a program that cannot be started."""


def supervise(
    command: list[str],
    until: Callable[[], object],
    at_the_end: Callable[[], object] = lambda: None,
    **how: Any,
) -> int:
    """Run the agent until it ends, until SIGTERM, or until `until` returns; return its status.

    `at_the_end` is called after the agent's end, or before it is killed: that kills this process too. `how`
    are arguments of Popen.
    """
    # The tools of Windows end a process with its children, but not the one that calls them.
    own = OWN_GROUP if sys.platform == "win32" else {}
    ending = Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: ending.set())
    try:
        agent = subprocess.Popen(command, stdin=subprocess.DEVNULL, **own, **how)  # noqa: S603
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be started: {error.strerror}.\n")
        return _NO_PROGRAM

    def end() -> None:
        ending.wait()
        # The handler of SIGTERM is in place: this process gets the signal too, and goes on.
        tree = agent.pid if sys.platform == "win32" else os.getpid()
        terminate_tree(tree)
        with suppress(subprocess.TimeoutExpired):
            agent.wait(GRACE)
        if agent.poll() is None:
            at_the_end()
            kill_tree(tree)

    def wait() -> None:
        until()
        ending.set()

    for work in (end, wait):
        Thread(target=work, daemon=True).start()
    status = agent.wait()
    at_the_end()
    return status if status >= 0 else BY_SIGNAL - status


def _read_stdin() -> None:
    with suppress(OSError):
        while os.read(0, 4096):
            pass


if __name__ == "__main__":
    status = supervise(sys.argv[1:], _read_stdin)
    sys.stderr.flush()
    os._exit(status)
