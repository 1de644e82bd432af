import os
import shutil
import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from devhook.errors import InboxError
from devhook.inbox.database import Inbox
from devhook.inbox.folder import file_of
from devhook.inbox.journal import open_leases
from devhook.inbox.layouts import DELIVERIES, READINGS, Layout
from devhook.inbox.readings import Reader
from devhook.inbox.schema import prepare

FIRST = Layout(
    application_id=DELIVERIES.application_id, migrations=(("CREATE TABLE a (x)", "INSERT INTO a VALUES (1)"),)
)
SECOND = FIRST.model_copy(update={"migrations": (*FIRST.migrations, ("ALTER TABLE a ADD COLUMN y",))})


@pytest.fixture
def unprivileged():
    """A folder that others may read, seen by somebody who may not write it (root may write anything)."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    else:
        folder.chmod(0o555)
    try:
        yield folder
    finally:
        os.seteuid(before)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def execute(path, *statements):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return [connection.execute(statement).fetchall() for statement in statements]


@pytest.fixture
def file(path):
    """The path of the deliveries of an inbox, in a folder that exists."""
    path.mkdir(mode=0o700, parents=True)
    return file_of(path, "deliveries")


def test_an_inbox_is_a_folder_with_four_files(path):
    with Inbox.open(path):
        pass

    found = sorted(entry.name for entry in path.glob("*.db"))

    assert found == ["deliveries.db", "journal.db", "readings.db", "search.db"]


@pytest.mark.parametrize("name", ["ci", "inbox.db", "in#box%?", "ünïcode inbox"])
def test_an_inbox_may_have_any_name(tmp_path, name, arrival):
    with Inbox.open(tmp_path / name) as inbox:
        inbox.add([arrival()])
    with Inbox.open(tmp_path / name) as inbox:
        assert len(inbox.rows()) == 1


def test_a_new_file_gets_the_application_id_and_version(file):
    prepare(file, SECOND)

    found = execute(file, "PRAGMA application_id", "PRAGMA user_version", "PRAGMA journal_mode")

    assert found == [[(DELIVERIES.application_id,)], [(2,)], [("wal",)]]


def test_an_older_file_gets_only_the_missing_migrations(file):
    prepare(file, FIRST)
    execute(file, "INSERT INTO a VALUES (2)")

    prepare(file, SECOND)
    prepare(file, SECOND)

    assert execute(file, "SELECT * FROM a", "PRAGMA user_version") == [[(1, None), (2, None)], [(2,)]]


def test_a_migration_that_fails_leaves_the_file_as_it_was(file):
    prepare(file, FIRST)
    broken = FIRST.model_copy(
        update={"migrations": (*FIRST.migrations, ("CREATE TABLE b (x)", "CREATE TABLE a (x)"))}
    )

    with pytest.raises(InboxError, match="already exists"):
        prepare(file, broken)

    assert execute(file, "PRAGMA user_version", "SELECT count(*) FROM sqlite_master") == [[(1,)], [(1,)]]


def test_an_inbox_of_a_newer_devhook_is_left_alone_and_the_error_says_what_to_do(path):
    with Inbox.open(path):
        pass
    file = file_of(path, "deliveries")
    execute(file, "PRAGMA user_version = 8")
    before = file.read_bytes()

    with pytest.raises(
        InboxError, match=f"{path} was written by a newer devhook \\(deliveries.db has schema 8"
    ) as caught:
        Inbox.open(path)

    assert "pip install --upgrade devhook" in caught.value.hint
    assert "--inbox OTHER" in caught.value.hint
    assert file.read_bytes() == before


CONTENTS = [b"", b"a shopping list, not a database at all\n" * 40, b"\x00" * 5000]


@pytest.mark.parametrize("content", CONTENTS)
def test_a_file_instead_of_a_folder_is_left_alone(path, content):
    path.parent.mkdir()
    path.write_bytes(content)

    with pytest.raises(InboxError, match=f"{path} is not an inbox of devhook"):
        Inbox.open(path)

    assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("content", CONTENTS[1:])
def test_a_file_in_the_inbox_that_is_not_a_database_is_left_alone(path, file, content):
    file.write_bytes(content)

    with pytest.raises(InboxError, match=f"{file} is not an inbox of devhook"):
        Inbox.open(path)

    assert file.read_bytes() == content


def test_another_programs_database_is_left_alone(path, file):
    execute(file, "CREATE TABLE photos (x)")
    before = file.read_bytes()

    with pytest.raises(InboxError, match="another program's data is in it"):
        Inbox.open(path)

    assert file.read_bytes() == before


def test_a_readings_file_is_not_taken_for_a_deliveries_file(path, file):
    with Inbox.open(path):
        pass
    file_of(path, "readings").rename(file)

    with pytest.raises(InboxError, match="another program's data is in it"):
        Inbox.open(path)


def test_a_folder_with_other_files_is_not_taken_for_an_inbox(tmp_path):
    (tmp_path / "app.py").write_text("")

    with pytest.raises(
        InboxError, match=f"{tmp_path} is not an inbox of devhook: .* such as app.py"
    ) as caught:
        Inbox.open(tmp_path)

    assert "--inbox FOLDER" in caught.value.hint
    assert [entry.name for entry in tmp_path.iterdir()] == ["app.py"]


def test_an_empty_folder_becomes_an_inbox_that_only_its_owner_reads(tmp_path):
    tmp_path.chmod(0o755)

    with Inbox.open(tmp_path):
        assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_file_cannot_be_the_folder_of_an_inbox(tmp_path):
    (tmp_path / "data").write_text("")

    with pytest.raises(InboxError, match="cannot be used") as caught:
        Inbox.open(tmp_path / "data" / "inbox")

    assert "--inbox" in caught.value.hint


def test_a_read_only_folder_is_reported_in_plain_words(unprivileged):
    for path in (unprivileged / "inbox", unprivileged / "data" / "inbox"):
        with pytest.raises(InboxError, match=f"The inbox {path} cannot be used: Permission denied") as caught:
            Inbox.open(path)

        assert "--inbox" in caught.value.hint
        assert not path.exists()


def test_a_read_only_inbox_is_reported_in_plain_words(unprivileged):
    path = unprivileged / "inbox"
    who = os.geteuid()
    os.seteuid(os.getuid())
    unprivileged.chmod(0o755)
    path.mkdir()
    file_of(path, "deliveries").touch()
    for name in ("opening.lock", "deliveries.db"):
        (path / name).touch()
        (path / name).chmod(0o444 if name == "deliveries.db" else 0o666)
    os.seteuid(who)

    with pytest.raises(InboxError, match=f"The inbox {path}/deliveries.db cannot be written"):
        Inbox.open(path)


def test_many_processes_can_open_a_new_inbox_at_once(path):
    def open_and_look(_):
        with Inbox.open(path) as inbox:
            return inbox.rows(), open_leases(inbox)

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(open_and_look, range(24))) == [([], [])] * 24


def test_readings_that_are_missing_are_made_again(path, arrival, order):
    with Inbox.open(path) as inbox:
        inbox.add([arrival(document=order()), arrival(document=order(note="x"))])
        before = Reader(inbox).read_new()
    file_of(path, "readings").unlink()

    with Inbox.open(path) as inbox:
        assert inbox.reading(2) is None
        assert Reader(inbox).read_new() == before


@pytest.mark.parametrize("version", [0, 99])
def test_readings_of_another_version_are_made_again(path, arrival, order, version):
    with Inbox.open(path) as inbox:
        inbox.add([arrival(document=order())])
        before = Reader(inbox).read_new()
    execute(file_of(path, "readings"), f"PRAGMA user_version = {version}", "DROP TABLE changes")

    with Inbox.open(path) as inbox:
        assert Reader(inbox).read_new() == before
    assert execute(file_of(path, "readings"), "PRAGMA user_version") == [[(READINGS.version,)]]


def test_readings_of_another_inbox_are_not_used(path, arrival, order):
    with Inbox.open(path) as inbox:
        inbox.add([arrival(document=order(name="#old"))])
        Reader(inbox).read_new()
    file_of(path, "deliveries").unlink()

    with Inbox.open(path) as inbox:
        inbox.add([arrival(document=order(name="#new"))])
        (row,) = Reader(inbox).read_new()

    assert row.subject.name == "#new"


def test_readings_that_are_newer_than_a_restored_inbox_are_made_again(path, arrival, order, tmp_path):
    with Inbox.open(path) as inbox:
        inbox.add([arrival(document=order())])
    shutil.copy(file_of(path, "deliveries"), tmp_path / "backup")
    with Inbox.open(path) as inbox:
        inbox.add([arrival(document=order(note="lost"))])
        Reader(inbox).read_new()
    shutil.copy(tmp_path / "backup", file_of(path, "deliveries"))

    with Inbox.open(path) as inbox:
        inbox.add([arrival(document=order(note="kept"))])
        rows = Reader(inbox).read_new()

    assert [row.id for row in rows] == [1, 2]
    assert len(rows) == 2


def test_a_file_of_another_program_named_like_the_readings_is_left_alone(path):
    with Inbox.open(path):
        pass
    readings = file_of(path, "readings")
    readings.unlink()
    execute(readings, "CREATE TABLE photos (x)")

    with pytest.raises(InboxError, match=f"{readings} is not devhook's"):
        Inbox.open(path)

    assert execute(readings, "SELECT name FROM sqlite_master") == [[("photos",)]]
