import os
import signal
import subprocess
import sys

import pytest

from devhook.errors import InboxError
from devhook.inbox import locks
from devhook.inbox.database import Inbox
from devhook.inbox.journal import ask_lease, open_leases, orphaned_leases
from devhook.inbox.locks import LivenessLock, alone, is_alive, receiving

HOLD = """
import sys
from pathlib import Path
from devhook.inbox import locks
with getattr(locks, sys.argv[1])(Path(sys.argv[2])):
    print("held", flush=True)
    sys.stdin.read()
"""

CLAIM = """
import sys, time
from pathlib import Path
from devhook.inbox.database import Inbox
from devhook.inbox.journal import ask_lease
inbox = Inbox.open(Path(sys.argv[1]))
asked = {"topic": "orders/updated", "uri": "https://a", "api_version": "2026-10", "name": "n"}
ask_lease(inbox, shop="a.myshopify.com", **asked)
print("asked", flush=True)
time.sleep(600)
"""


@pytest.fixture
def hold(inbox, path):
    """Hold a lock of the inbox in another process: `hold("receiving")`."""
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


def test_a_command_that_needs_the_inbox_alone_is_refused_while_a_receiver_runs(hold, path):
    receiver = hold("receiving")

    with pytest.raises(InboxError, match="cannot wait") as caught, alone(path):
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


def test_a_missing_folder_is_reported_in_plain_words(tmp_path):
    with pytest.raises(InboxError, match="cannot be used"), alone(tmp_path / "none" / "inbox"):
        pass


def test_reading_needs_no_lock(hold, path):
    hold("alone")

    with Inbox.open(path) as output:
        assert output.rows() == []


@pytest.fixture
def another_run(path):
    """A run of another process that holds a lease."""
    process = subprocess.Popen([sys.executable, "-c", CLAIM, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "asked\n"
    yield process
    process.kill()
    process.communicate()


def ask(inbox):
    return ask_lease(
        inbox, shop="a.myshopify.com", topic="orders/paid", uri="https://a", api_version="2026-10", name="m"
    )


def test_a_liveness_lock_is_alive_until_it_is_released(path):
    path.mkdir(parents=True)
    claim = LivenessLock.of(path)

    assert is_alive(path, claim.token)
    claim.release()
    assert not is_alive(path, claim.token)


def test_a_token_without_a_lock_is_not_alive(path):
    assert not is_alive(path, "0123456789abcdef")


def test_the_leases_of_a_running_session_are_not_orphaned(path, another_run):
    with Inbox.open(path) as inbox:
        assert len(open_leases(inbox)) == 1
        assert orphaned_leases(inbox, "a.myshopify.com") == []


def test_the_leases_of_a_killed_session_are_orphaned(path, another_run):
    os.kill(another_run.pid, signal.SIGKILL)
    another_run.wait()

    with Inbox.open(path) as inbox:
        orphaned = orphaned_leases(inbox, "a.myshopify.com")

    assert [lease.topic for lease in orphaned] == ["orders/updated"]
    assert list(path.glob("run-*.lock")) == []


def test_leases_of_this_session_and_of_another_shop_are_not_orphaned(path, another_run):
    another_run.kill()
    another_run.wait()

    with Inbox.open(path) as inbox:
        ask(inbox)
        own = [lease.topic for lease in orphaned_leases(inbox, "a.myshopify.com")]
        assert orphaned_leases(inbox, "b.myshopify.com") == []

    assert own == ["orders/updated"]


def test_a_session_that_ended_in_order_leaves_no_file(path):
    with Inbox.open(path) as inbox:
        ask(inbox)
        assert len(list(path.glob("run-*.lock"))) == 1

    assert list(path.glob("run-*.lock")) == []
