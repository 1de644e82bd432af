import os
import signal
import subprocess
import sys

import pytest

from devhook.inbox.ownership import Ownership, lives
from devhook.inbox.store import Inbox

HOLD = """
import sys, time
from pathlib import Path
from devhook.inbox.store import Inbox
inbox = Inbox.open(Path(sys.argv[1]))
asked = {"topic": "orders/updated", "uri": "https://a", "api_version": "2026-10", "name": "n"}
inbox.ask_lease(shop="a.myshopify.com", **asked)
print("asked", flush=True)
time.sleep(600)
"""


@pytest.fixture
def another_run(path):
    """A run of another process that holds a lease."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "asked\n"
    yield process
    process.kill()
    process.communicate()


def ask(inbox):
    return inbox.ask_lease(
        shop="a.myshopify.com", topic="orders/paid", uri="https://a", api_version="2026-10", name="m"
    )


def test_a_claim_lives_until_it_is_let_go(path):
    path.parent.mkdir()
    ownership = Ownership.claim(path)

    assert lives(path, ownership.token)
    ownership.let_go()
    assert not lives(path, ownership.token)


def test_what_nobody_claimed_does_not_live(path):
    assert not lives(path, "0123456789abcdef")


def test_the_leases_of_a_run_that_lives_are_nobody_elses(path, another_run):
    with Inbox.open(path) as inbox:
        assert len(inbox.open_leases()) == 1
        assert inbox.orphaned_leases("a.myshopify.com") == []


def test_the_leases_of_a_run_that_was_killed_are_orphaned(path, another_run):
    os.kill(another_run.pid, signal.SIGKILL)
    another_run.wait()

    with Inbox.open(path) as inbox:
        orphaned = inbox.orphaned_leases("a.myshopify.com")

    assert [lease.topic for lease in orphaned] == ["orders/updated"]
    assert list(path.parent.glob("*.lock")) == []


def test_ones_own_leases_are_not_orphaned_and_those_of_another_shop_neither(path, another_run):
    another_run.kill()
    another_run.wait()

    with Inbox.open(path) as inbox:
        ask(inbox)
        own = [lease.topic for lease in inbox.orphaned_leases("a.myshopify.com")]
        assert inbox.orphaned_leases("b.myshopify.com") == []

    assert own == ["orders/updated"]


def test_a_run_that_ended_in_order_leaves_no_file(path):
    with Inbox.open(path) as inbox:
        ask(inbox)
        assert len(list(path.parent.glob("*.lock"))) == 1

    assert list(path.parent.glob("*.lock")) == []
