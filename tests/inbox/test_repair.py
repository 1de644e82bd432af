import os
import subprocess
import sys
from pathlib import Path

import pytest

from devhook.inbox.database import Inbox
from devhook.inbox.failures import DamagedInbox
from devhook.inbox.folder import file_of
from devhook.inbox.journal import LeaseState, ask_lease, open_leases
from devhook.inbox.readings import Reader, read_everything
from devhook.inbox.salvage import Salvage, describe_damage

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "damage.py"


@pytest.fixture
def filled(path, arrival, order):
    """An inbox with 60 deliveries that are read, closed again."""
    with Inbox.open(path) as inbox:
        inbox.add([arrival(document=order(note=f"{number}" * 200)) for number in range(60)])
        read_everything(inbox)
    return path


def overwrite(file, place, content=b"\xff" * 600):
    with file.open("r+b") as opened:
        opened.seek(place)
        opened.write(content)


@pytest.mark.parametrize("name", ["readings", "search"])
def test_a_damaged_derived_file_is_made_again_at_the_start(filled, name):
    for place in (0, 100, 4096):
        overwrite(file_of(filled, name), place)

    with Inbox.open(filled) as inbox:
        read_everything(inbox)
        assert [row.verdict for row in inbox.rows()] == ["first"] + ["changed"] * 59
        assert inbox.taken_over == ""


@pytest.mark.parametrize("place", range(0, 40_000, 4096))
def test_damage_that_shows_only_while_it_is_read_is_repaired(filled, place):
    with Inbox.open(filled) as inbox:
        reader = Reader(inbox)
        overwrite(file_of(filled, "readings"), place, os.urandom(4096))
        while reader.read_new():
            pass

        assert [row.verdict for row in inbox.rows()][-1] == "changed"


def test_a_damaged_journal_keeps_the_leases_that_can_be_read(filled, tmp_path):
    lease = {"shop": "a.myshopify.com", "topic": "t", "uri": "u", "api_version": "2026-07", "name": "n"}
    with Inbox.open(filled) as inbox:
        ask_lease(inbox, **lease)
    overwrite(file_of(filled, "journal"), 0, b"x" * 16)
    damaged = file_of(filled, "journal").read_bytes()

    with Inbox.open(filled) as inbox:
        assert "journal" in inbox.taken_over
        assert open_leases(inbox) == []
        ask_lease(inbox, **lease)
        assert [each.state for each in open_leases(inbox)] == [LeaseState.ASKED]

    assert (filled / "journal.damaged").read_bytes() == damaged


def test_damaged_deliveries_are_left_and_the_readable_ones_are_listed_and_saved(filled):
    file = file_of(filled, "deliveries")
    content = file.read_bytes()
    with Inbox.open(filled) as inbox:
        body = inbox.query("SELECT body FROM bodies WHERE delivery_id = 30")[0]["body"]
    place = content.index(body)
    overwrite(file, place + 10, b"\x00" * 20)

    with Inbox.open(filled) as inbox, pytest.raises(DamagedInbox):
        inbox.delivery(30)
    message, hint = describe_damage(filled)
    with Salvage.open(filled) as salvage:
        saved = [each.id for each in salvage.deliveries()]

    assert "59 deliveries can be read (1 to 29, 31 to 60), 1 delivery cannot (30)" in message
    assert "devhook export --salvage" in hint
    assert saved == [*range(1, 30), *range(31, 61)]


def test_a_damaged_delivery_delays_no_other(filled, arrival, order):
    file = file_of(filled, "deliveries")
    with Inbox.open(filled) as inbox:
        body = inbox.query("SELECT body FROM bodies WHERE delivery_id = 60")[0]["body"]
    overwrite(file, file.read_bytes().index(body) + 10, b"\x00" * 20)

    with Inbox.open(filled) as inbox:
        reader = Reader(inbox, after=60)
        inbox.add([arrival(document=order(note="after"))])

        assert [row.id for row in reader.read_new()] == [61]


def test_random_damage_never_raises_and_is_not_noticed_in_derived_files(tmp_path):
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    ran = subprocess.run(
        [sys.executable, SCRIPT, "12", "--seed", "7"],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
