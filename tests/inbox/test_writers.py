import os
import signal
import subprocess
import sys

import pytest

from devhook.errors import InboxError
from devhook.inbox import locks
from devhook.inbox.store import Inbox
from devhook.inbox.locks import alone, receiving

HOLD = """
import sys
from pathlib import Path
from devhook.inbox import locks
with getattr(locks, sys.argv[1])(Path(sys.argv[2])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def hold(inbox, path):
    """Have another process hold the inbox: `hold("receiving")`."""
    processes = []

    def start(how):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, how, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        processes.append(process)
        assert process.stdout.readline() == b"held\n"
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_receivers_write_side_by_side(hold, path):
    hold("receiving")

    with receiving(path):
        pass


def test_a_command_that_wants_the_inbox_for_itself_is_refused_while_a_receiver_lives(hold, path):
    receiver = hold("receiving")

    with pytest.raises(InboxError, match="must not wait") as caught, alone(path):
        pass
    os.kill(receiver.pid, signal.SIGKILL)
    receiver.wait()

    assert "--inbox" in caught.value.hint
    with alone(path):
        pass


def test_a_receiver_waits_for_such_a_command_and_says_so_when_it_takes_too_long(hold, path, monkeypatch):
    command = hold("alone")
    monkeypatch.setattr(locks, "PATIENCE", 0.1)

    with pytest.raises(InboxError, match="importing into the inbox"), receiving(path):
        pass
    command.communicate(b"")

    with receiving(path):
        pass


def test_a_folder_that_is_not_there_is_told_in_plain_words(tmp_path):
    with pytest.raises(InboxError, match="cannot be used"), alone(tmp_path / "none" / "inbox.db"):
        pass


def test_reading_needs_nobodys_leave(hold, path):
    hold("alone")

    with Inbox.open(path) as face:
        assert face.rows() == []
