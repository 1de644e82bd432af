import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devhook.errors import InboxError
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Answered
from devhook.inbox.failures import DamagedInbox
from devhook.inbox.feed import Feed
from devhook.inbox.folder import file_of
from devhook.inbox.journal import LeaseState, Link, Send, add_sends, ask_lease, keep_links, open_leases, sends
from devhook.inbox.readings import Reader, read_everything
from devhook.inbox.recorded import recorded
from devhook.inbox.salvage import Salvage, describe_damage
from devhook.inbox.statistics import DeliveryCounter
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Origin

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)

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


def test_an_interrupted_repair_of_the_journal_is_repeated(path, monkeypatch):
    lease = {"shop": "a.myshopify.com", "topic": "t", "uri": "u", "api_version": "2026-07", "name": "n"}
    with Inbox.open(path) as inbox:
        ask_lease(inbox, **lease)
    with closing(sqlite3.connect(file_of(path, "journal"), isolation_level=None)) as connection:
        connection.execute("UPDATE leases SET asked_at = x'ff'")
    with Inbox.open(path) as inbox:
        ask_lease(inbox, **lease)
        monkeypatch.setattr(Path, "replace", fail)
        with pytest.raises(InboxError):
            open_leases(inbox)
        monkeypatch.undo()

    with Inbox.open(path) as inbox:
        assert [each.id for each in open_leases(inbox)] == [2]


def fail(*_):
    raise OSError(errno.EIO, "Input/output error")


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


@pytest.mark.parametrize(
    "look",
    [
        lambda inbox: inbox.row(30),
        lambda inbox: inbox.delivery(30),
        lambda inbox: recorded(inbox, 30),
    ],
)
def test_a_changed_byte_inside_a_delivery_is_noticed(filled, look):
    changes = {
        "deliveries": ["topic = 'orders/updatee'", "shop = x'ff'", "path = '/hoops'", "received_at = 1.5"],
        "bodies": ["headers = replace(headers, 'X-Shopify', 'Y-Shopify')", "body = x'789c030000000001'"],
    }
    with Inbox.open(filled) as inbox:
        for change in changes["deliveries"]:
            require_noticed(inbox, f"UPDATE deliveries SET {change} WHERE id = 30", look)
        bodies = [] if look(inbox) == inbox.row(30) else changes["bodies"]
        for change in bodies:
            require_noticed(inbox, f"UPDATE bodies SET {change} WHERE delivery_id = 30", look)


def require_noticed(inbox, statement, look):
    """Change a file without devhook, as a flipped bit does, and change it back."""
    look(inbox)
    with suppress(Undo), inbox.writing() as connection:
        assert connection.execute(statement).rowcount == 1
        with pytest.raises(DamagedInbox):
            look(inbox)
        raise Undo
    look(inbox)


class Undo(Exception):
    """Rolls a transaction back."""


def test_a_changed_byte_inside_an_answer_is_noticed(path, arrival):
    with Inbox.open(path) as inbox:
        (number,) = inbox.add([arrival(status=200)])
        answer = Answer(status=500, seconds=0.1, body=b"so", headers=(("A", "b"),))
        inbox.add([], [Answered(delivery_id=number, by="http://localhost:3000", at=NOON, answer=answer)])

        for change in ("status = 204 WHERE by = 'receiver'", "status = 204 WHERE by <> 'receiver'"):
            require_noticed(inbox, f"UPDATE answers SET {change}", lambda inbox: inbox.row(number))
        for change in ("status = 204", "at = at + 1", "headers = '[]'", "error = 'x'", "cut = 1"):
            of_target = f"UPDATE answers SET {change} WHERE by <> 'receiver'"
            require_noticed(inbox, of_target, lambda inbox: inbox.answers(number))


def test_a_damaged_row_is_reported_with_its_id_and_the_others_are_saved(filled):
    with Inbox.open(filled) as inbox, inbox.writing() as connection:
        connection.execute("UPDATE deliveries SET topic = 'orders/updatee' WHERE id = 30")

    with Inbox.open(filled) as inbox, pytest.raises(DamagedInbox):
        inbox.rows()
    message, _ = describe_damage(filled)
    with Salvage.open(filled) as salvage:
        saved = [each.id for each in salvage.deliveries()]

    assert "59 deliveries can be read (1 to 29, 31 to 60), 1 delivery cannot (30)" in message
    assert saved == [*range(1, 30), *range(31, 61)]


def test_damaged_answers_are_reported_with_the_id_of_their_delivery(path, arrival):
    with Inbox.open(path) as inbox:
        inbox.add([arrival(status=200) for _ in range(3)])
        with inbox.writing() as connection:
            connection.execute("UPDATE answers SET at = at + 1 WHERE delivery_id = 2")

    message, _ = describe_damage(path)

    assert message.endswith("3 deliveries can be read (1 to 3). The answers of 1 delivery cannot (2).")


def test_an_answer_that_a_damaged_index_does_not_find_is_missed(path, arrival):
    with Inbox.open(path) as inbox:
        inbox.add([arrival(status=200) for _ in range(2)])
    file = file_of(path, "deliveries")
    # The entry of the second delivery's answer: its size, the types of its columns, and the columns.
    entry = b"\x04\x01\x1d\x01%creceiver\x02"
    content = file.read_bytes()
    assert content.count(entry % 2) == 1
    file.write_bytes(content.replace(entry % 2, entry % 0x7F))

    with Inbox.open(path) as inbox:
        assert [each.status for each in inbox.rows(before=2)] == [200]
        for damaged in (inbox.rows, lambda: recorded(inbox, 2)):
            with pytest.raises(InboxError, match="is damaged"):
                damaged()
    message, _ = describe_damage(path)
    assert message.endswith(" The answers of 1 delivery cannot (2).")


def test_a_delivery_without_a_checksum_is_read(filled):
    with Inbox.open(filled) as inbox:
        with inbox.writing() as connection:
            connection.execute("UPDATE deliveries SET checksum = -1, topic = 'orders/paid' WHERE id = 30")

        assert inbox.row(30).topic == "orders/paid"


@pytest.mark.parametrize("name", ["deliveries", "journal"])
def test_a_file_with_a_foreign_trigger_or_view_is_refused(filled, name):
    table = {"deliveries": "deliveries", "journal": "leases"}[name]
    ignoring = f'CREATE TRIGGER "odd\x1b" BEFORE INSERT ON {table} BEGIN SELECT RAISE(IGNORE); END'
    with closing(sqlite3.connect(file_of(filled, name))) as connection:
        connection.execute(ignoring)

    with pytest.raises(InboxError, match="contains the trigger odd␛, which devhook did not make"):
        Inbox.open(filled)


@pytest.mark.parametrize("name", ["readings", "search"])
def test_a_derived_file_with_a_foreign_trigger_or_view_is_made_again(filled, name):
    with closing(sqlite3.connect(file_of(filled, name))) as connection:
        connection.execute("CREATE VIEW odd AS SELECT 1")
        connection.execute("CREATE TRIGGER ignoring BEFORE DELETE ON source BEGIN SELECT RAISE(IGNORE); END")
    (filled / "derived.seal").unlink()

    with Inbox.open(filled) as inbox:
        read_everything(inbox)
        assert inbox.query(f"SELECT name FROM {name}.sqlite_master WHERE type IN ('view', 'trigger')") == []
        assert [row.verdict for row in inbox.rows()][-1] == "changed"


@pytest.mark.parametrize("name", ["deliveries", "journal"])
def test_a_value_of_a_wrong_type_in_any_column_is_no_bug(path, arrival, order, name):
    part = {"fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/7"}}
    answer = Answer(status=500, seconds=0.1)
    lease = {
        "shop": "lavender.myshopify.com",
        "topic": "t",
        "uri": "u",
        "api_version": "2026-07",
        "name": "n",
    }
    with Inbox.open(path) as inbox:
        ids = inbox.add([arrival(document=order(note=f"{number}")) for number in range(2)])
        ids += inbox.add([arrival(document=part, topic="fulfillment_orders/moved")])
        inbox.add([], [Answered(delivery_id=each, by="http://x/", at=NOON, answer=answer) for each in ids])
        keep_links(inbox, inbox.row(3).shop, [Link(fulfillment_order="7", order_id="1", order_name="#1")])
        ask_lease(inbox, **lease)
        add_sends(inbox, [Send(sent_at=NOON, origin=Origin.REPLAY, url="http://x/", answer=answer)])
    sound = path.with_name("sound")
    path.rename(sound)

    for table, column in columns_of(file_of(sound, name)):
        for value in (b"\xff", "x"):
            shutil.rmtree(path, ignore_errors=True)
            shutil.copytree(sound, path)
            damaged = closing(sqlite3.connect(file_of(path, name), isolation_level=None))
            with suppress(sqlite3.IntegrityError), damaged as connection:
                connection.execute(f"UPDATE {table} SET {column} = ?", (value,))
            # Nothing but an InboxError may come, and no bug may be reported.
            with suppress(InboxError), Inbox.open(path) as inbox:
                unreadable = [row.unreadable for row in Feed(inbox, after=0).read().new]
                assert [each for each in unreadable if "bug" in each] == [], (table, column, value)
                DeliveryCounter(inbox).count()
                sends(inbox)
                open_leases(inbox)


def columns_of(file):
    with closing(sqlite3.connect(file)) as connection:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return [
            (table, column)
            for table in tables
            for _, column, *_ in connection.execute(f"PRAGMA table_info({table})")
        ]


@pytest.mark.thorough
def test_random_damage_never_raises_and_is_not_noticed_in_derived_files(tmp_path):
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    ran = subprocess.run(
        [sys.executable, SCRIPT, "25", "--seed", "7"],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
