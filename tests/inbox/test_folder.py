import multiprocessing
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from devhook.errors import InboxError
from devhook.inbox.database import Inbox
from devhook.inbox.folder import is_there, take_over
from devhook.inbox.journal import open_leases
from devhook.inbox.readings import Reader

# What devhook wrote before an inbox was a folder: two versions of an order, read, and an open lease.
OLD_FORM = Path(__file__).with_name("old_form.sql").read_text(encoding="utf-8")
NEW_NAMES = ["deliveries.db", "journal.db", "readings.db", "search.db"]


def databases(folder):
    return sorted(file.name for file in folder.glob("*.db"))


@pytest.fixture
def write_old_form(tmp_path):
    """Write an inbox of the old form: `write_old_form("inbox.db")`."""

    def write(name):
        file = tmp_path / name
        for part in re.split(r"^-- inbox", OLD_FORM, flags=re.MULTILINE)[1:]:
            first, _, script = part.partition("\n")
            ending = first.removesuffix(".db")
            with closing(sqlite3.connect(file.with_name(f"{file.stem}{ending}{file.suffix}"))) as connection:
                connection.executescript(script)
        return file

    return write


def require_all_there(folder):
    with Inbox.open(folder) as inbox:
        assert Reader(inbox).read_new()[1].change_count == 1
        assert [row.webhook_id for row in inbox.rows()] == ["w-1", "w-2"]
        assert inbox.delivery(2).body.startswith(b'{"id": 5000000000001')
        assert [lease.name for lease in open_leases(inbox)] == ["devhook-1"]
        assert inbox.add([]) == []


@pytest.mark.parametrize("asked", ["inbox", "inbox.db"])
def test_an_inbox_of_the_old_form_becomes_a_folder(tmp_path, write_old_form, asked):
    old = write_old_form("inbox.db")

    with Inbox.open(tmp_path / asked) as inbox:
        assert inbox.taken_over == f"The inbox {old} is a folder now: its files are in {tmp_path / asked}."

    assert databases(tmp_path / asked) == NEW_NAMES
    assert [entry.name for entry in tmp_path.iterdir()] == [asked]
    assert (tmp_path / asked).stat().st_mode & 0o777 == 0o700
    require_all_there(tmp_path / asked)


def test_readings_of_an_old_inbox_with_another_schema_are_made_again(tmp_path, write_old_form):
    write_old_form("inbox.db")

    with Inbox.open(tmp_path / "inbox") as inbox:
        assert inbox.reading(2) is None
        Reader(inbox).read_new()
        assert inbox.reading(2).compared_with == 1


def test_a_folder_is_taken_over_once(tmp_path, write_old_form):
    write_old_form("inbox.db")
    take_over(tmp_path / "inbox")
    write_old_form("inbox.db")

    with Inbox.open(tmp_path / "inbox") as inbox:
        assert inbox.taken_over == ""
    assert databases(tmp_path) == ["inbox.db", "inbox.journal.db", "inbox.readings.db", "inbox.search.db"]


def test_an_inbox_with_another_name_takes_nothing_over(tmp_path, write_old_form):
    write_old_form("inbox.db")

    with Inbox.open(tmp_path / "ci") as inbox:
        assert (inbox.taken_over, inbox.rows()) == ("", [])
    assert (tmp_path / "inbox.db").is_file()


@pytest.mark.parametrize("moved", range(5))
def test_an_interrupted_takeover_goes_on_at_the_next_start(tmp_path, write_old_form, monkeypatch, moved):
    write_old_form("inbox.db")
    rename, done = Path.rename, []

    def renamed_until_the_power_fails(file, target):
        if len(done) == moved:
            raise KeyboardInterrupt
        done.append(rename(file, target))

    monkeypatch.setattr(Path, "rename", renamed_until_the_power_fails)
    with pytest.raises(KeyboardInterrupt):
        take_over(tmp_path / "inbox")
    monkeypatch.undo()

    assert is_there(tmp_path / "inbox")
    assert not (tmp_path / "inbox").exists()
    require_all_there(tmp_path / "inbox")
    assert [entry.name for entry in tmp_path.iterdir()] == ["inbox"]


def test_deliveries_that_a_killed_receiver_left_in_the_write_ahead_log_are_kept(tmp_path, write_old_form):
    old = write_old_form("inbox.db")
    with closing(sqlite3.connect(old, isolation_level=None)) as receiver:
        receiver.execute("UPDATE deliveries SET webhook_id = 'w-3' WHERE id = 2")
        for file in tmp_path.glob("inbox.db*"):
            shutil.copy(file, tmp_path / f"copy.{file.name}")
    for file in tmp_path.glob("copy.*"):
        file.rename(tmp_path / file.name.removeprefix("copy."))
    assert (tmp_path / "inbox.db-wal").stat().st_size

    with Inbox.open(tmp_path / "inbox") as inbox:
        assert inbox.row(2).webhook_id == "w-3"


def test_an_old_inbox_that_is_in_use_stays_where_it_is(tmp_path, write_old_form):
    old = write_old_form("inbox.db")

    with closing(sqlite3.connect(old)) as other:
        other.execute("SELECT * FROM deliveries").fetchall()
        with pytest.raises(InboxError, match=f"{old} is locked by another program"):
            Inbox.open(tmp_path / "inbox")

    assert old.is_file()
    assert not (tmp_path / "inbox").exists()
    require_all_there(tmp_path / "inbox")


def test_another_programs_file_is_not_taken_over(tmp_path):
    for name in ("inbox.db", "photos.db"):
        with closing(sqlite3.connect(tmp_path / name)) as other:
            other.execute("CREATE TABLE photos (x)")
    before = (tmp_path / "photos.db").read_bytes()

    with Inbox.open(tmp_path / "inbox") as inbox:
        assert inbox.rows() == []
    with pytest.raises(InboxError, match=r"photos\.db is not an inbox of devhook"):
        Inbox.open(tmp_path / "photos.db")

    assert (tmp_path / "photos.db").read_bytes() == before
    assert (tmp_path / "inbox.db").is_file()


def open_and_count(folder):
    with Inbox.open(folder) as inbox:
        return bool(inbox.taken_over), len(inbox.rows())


def test_one_of_many_processes_that_start_together_takes_over(tmp_path, write_old_form):
    write_old_form("inbox.db")

    with multiprocessing.get_context("spawn").Pool(3) as pool:
        found = pool.map(open_and_count, [tmp_path / "inbox"] * 6)

    assert sorted(found) == [(False, 2)] * 5 + [(True, 2)]


@pytest.mark.parametrize(
    "left",
    ["deliveries.db-journal", "readings.db-wal", "derived.seal", "journal.new-journal", "opening.lock"],
)
def test_a_folder_with_only_the_remains_of_an_inbox_is_an_inbox(tmp_path, left):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / left).touch()

    with Inbox.open(tmp_path / "inbox") as inbox:
        assert inbox.rows() == []
