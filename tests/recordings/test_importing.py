import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devhook.errors import InboxError, InputError
from devhook.inbox.database import Inbox
from devhook.inbox.locks import receiving
from devhook.inbox.readings import Reader
from devhook.inbox.recorded import recorded
from devhook.recordings.har import write_har
from devhook.recordings.importing import import_files
from devhook.recordings.recording import write_recording

NOW = datetime(2026, 12, 24, tzinfo=UTC)


@pytest.fixture
def file(tmp_path):
    """Write pieces into a file: `file("a.jsonl", write_recording(…))`."""

    def make(name, pieces):
        path = tmp_path / name
        path.write_text("".join(f"{piece}\n" for piece in pieces))
        return path

    return make


def test_recordings_and_archives_come_in_together_in_their_order(inbox, file, delivered):
    recording = file("a.recording", write_recording([delivered(1), delivered(2)]))
    archive = file("b", write_har([delivered(3)]))

    assert import_files(inbox, [recording, archive], (), NOW) == [1, 2, 3]

    assert [recorded(inbox, row.id).delivery for row in inbox.rows()] == [
        delivered(number).delivery for number in (1, 2, 3)
    ]
    assert recorded(inbox, 1) == delivered(1)


def test_an_archive_over_many_lines_is_one_too(inbox, file, delivered):
    document = json.loads("".join(write_har([delivered()])))

    assert import_files(inbox, [file("a.har", [json.dumps(document, indent=2)])], (), NOW) == [1]


def test_a_recording_without_its_first_line_is_one_too(inbox, file, delivered):
    _, line = write_recording([delivered()])

    assert import_files(inbox, [file("a", [line])], (), NOW) == [1]


def test_one_wrong_line_of_the_last_file_and_nothing_is_taken(inbox, path, file, delivered):
    good = file("good.jsonl", write_recording([delivered(1)]))
    bad = file("bad.jsonl", [*write_recording([delivered(2)]), '{"recording":1}'])

    with pytest.raises(InputError, match="line 3: received_at: field required"):
        import_files(inbox, [good, bad], (), NOW)

    with Inbox.open(path) as other:
        assert ([row.id for row in other.rows()], other.newest()) == ([], 0)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "not valid JSON"),
        (b"hello\n", "not valid JSON"),
        (b'{"a":1}', "neither a recording nor a HAR file"),
        (b"SQLite format 3\x00\xff\xff", "neither a recording nor a HAR file"),
    ],
)
def test_a_file_of_another_kind_is_named(inbox, tmp_path, content, words):
    wrong = tmp_path / "wrong.txt"
    wrong.write_bytes(content)

    with pytest.raises(InputError, match=words) as caught:
        import_files(inbox, [wrong], (), NOW)

    assert "wrong.txt" in caught.value.message


@pytest.mark.parametrize("name", ["none.jsonl", "."])
def test_a_file_that_cannot_be_read_is_named(inbox, tmp_path, name):
    with pytest.raises(InputError, match="cannot be read"):
        import_files(inbox, [tmp_path / name], (), NOW)


def test_while_a_receiver_lives_nothing_is_imported_and_the_way_out_is_told(inbox, path, file, delivered):
    recording = file("a.jsonl", write_recording([delivered()]))

    with receiving(path), pytest.raises(InboxError, match="cannot wait") as caught:
        import_files(inbox, [recording], (), NOW)

    assert "--inbox" in caught.value.hint
    assert [row.id for row in inbox.rows()] == []


def test_what_was_imported_is_no_news_to_a_run_that_starts_after_it(inbox, file, delivered):
    import_files(inbox, [file("a.jsonl", write_recording([delivered(1), delivered(2)]))], (), NOW)
    face = Reader(inbox, after=inbox.newest())

    assert face.read_new() == []
    assert inbox.row(2).received_at == delivered(2).delivery.received_at
    assert list(map(tuple, inbox.query("SELECT imported_at FROM deliveries"))) == [(1798070400000000,)] * 2


def test_a_path_that_is_no_text_is_named_all_the_same(inbox, tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        import_files(inbox, [Path("caf\udce9")], (), NOW)


def test_a_pipe_is_read_before_the_inbox_is_taken(inbox, path, tmp_path, delivered):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def write():
        with pipe.open("w") as writer:
            # Whoever reads the pipe has opened it, and a receiver may still start.
            with receiving(path):
                pass
            writer.writelines(f"{line}\n" for line in write_recording([delivered()]))

    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(write)

        assert import_files(inbox, [pipe], (), NOW) == [1]
        writing.result()
