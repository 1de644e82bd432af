"""The process between devhook and an agent: the agent ends when devhook ends, even after SIGKILL.

It reads its standard input to the end, which the kernel brings about when devhook is gone. Then it ends the
agent: first with SIGTERM, three seconds later with SIGKILL. It ends with the agent's own status.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from threading import Thread
from types import FrameType
from typing import Final

GRACE: Final = 3.0
"""Seconds between the two signals."""

_BY_SIGNAL: Final = 128
_NO_PROGRAM: Final = 127
"""The status of a shell for a program that cannot be started."""


def main(command: list[str]) -> int:
    """Run the agent until it ends, or until standard input does; return its status."""
    try:
        # A session of its own, so that what the agent starts is signalled with it.
        agent = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be started: {error.strerror}.\n")
        return _NO_PROGRAM

    def stop(_number: int, _frame: FrameType | None) -> None:
        Thread(target=_end, args=(agent,), daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    Thread(target=_end_after_stdin, args=(agent,), daemon=True).start()
    status = agent.wait()
    return status if status >= 0 else _BY_SIGNAL - status


def _end_after_stdin(agent: subprocess.Popen[bytes]) -> None:
    while os.read(0, 4096):
        pass
    _end(agent)


def _end(agent: subprocess.Popen[bytes]) -> None:
    _signal(agent, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        agent.wait(GRACE)
    if agent.poll() is None:
        _signal(agent, getattr(signal, "SIGKILL", signal.SIGTERM))


def _signal(agent: subprocess.Popen[bytes], number: int) -> None:
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(agent.pid, number)
        else:
            agent.kill()


if __name__ == "__main__":
    sys.stderr.flush()
    os._exit(main(sys.argv[1:]))
