import json
import shutil

import pytest

from devhook.errors import InboxError
from devhook.inbox.database import Inbox
from devhook.inbox.folder import file_of
from devhook.inbox.index import index_on
from devhook.inbox.index_query import Index
from devhook.inbox.locks import preparing
from devhook.inbox.readings import read_everything

SEAL = "derived.seal"


@pytest.fixture
def filled(path, arrival, order):
    """An inbox with 30 deliveries that are read and indexed, closed again."""
    with Inbox.open(path) as inbox:
        inbox.add([arrival(document=order(note=f"{number}" * 200)) for number in range(30)])
        complete(inbox)
    return path


def complete(inbox):
    read_everything(inbox)
    while index_on(inbox, inbox.newest(), 100):
        pass


def content(path):
    """The content of the derived files, which are made again where they are missing."""
    with Inbox.open(path) as inbox:
        complete(inbox)
        return [(row, inbox.reading(row.id)) for row in inbox.rows()], Index(inbox).facets()


def flip(file, place):
    changed = bytearray(file.read_bytes())
    changed[place] ^= 1
    file.write_bytes(changed)


@pytest.mark.parametrize("name", ["readings", "search"])
def test_a_changed_bit_anywhere_in_a_derived_file_changes_nothing_for_the_user(filled, name):
    sound = content(filled)
    file = file_of(filled, name)
    size = file.stat().st_size

    for place in range(97, size, size // 12):
        flip(file, place)
        assert content(filled) == sound, place


def test_the_seal_is_there_while_no_process_has_the_files_open(filled):
    assert (filled / SEAL).stat().st_mode & 0o777 == 0o600
    first = Inbox.open(filled)
    second = Inbox.open(filled)
    assert not (filled / SEAL).exists()
    first.close()
    assert not (filled / SEAL).exists()
    second.close()
    assert (filled / SEAL).exists()


def test_a_sound_file_is_not_made_again(filled):
    files = [file_of(filled, name) for name in ("readings", "search")]
    before = [file.stat().st_ino for file in files]

    content(filled)

    assert [file.stat().st_ino for file in files] == before


def test_the_files_that_a_killed_process_leaves_are_checked(filled, path, tmp_path, arrival):
    sound = content(filled)
    copy = tmp_path / "copy"
    with Inbox.open(filled):
        shutil.copytree(path, copy)
    with file_of(copy, "readings").open("r+b") as opened:
        opened.seek(4096 * 3)
        opened.write(bytes(512))

    assert content(copy) == sound


@pytest.mark.parametrize("seal", ["", "[]", "7", '{"readings": 1}', '{"readings": [1, 2], "search": null}'])
def test_an_unreadable_seal_is_ignored(filled, seal):
    sound = content(filled)
    (filled / SEAL).write_text(seal)

    assert content(filled) == sound
    assert set(json.loads((filled / SEAL).read_text())) == {"readings", "search"}


def test_closing_waits_only_briefly_for_a_process_that_is_opening_the_inbox(filled):
    inbox = Inbox.open(filled)
    with preparing(filled):
        inbox.close()

    assert not (filled / SEAL).exists()
    content(filled)
    assert (filled / SEAL).exists()


def test_closing_an_inbox_whose_folder_is_gone_makes_no_folder(filled):
    inbox = Inbox.open(filled)
    shutil.rmtree(filled)
    inbox.close()

    assert not filled.exists()


def test_a_folder_in_the_place_of_a_file_is_reported(filled):
    file_of(filled, "readings").unlink()
    file_of(filled, "readings").mkdir()

    with pytest.raises(InboxError, match="cannot be opened"):
        Inbox.open(filled)
