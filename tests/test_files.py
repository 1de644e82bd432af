import os
import stat

import pytest

from devhook.files import read_regular, replace_file, write_whole


def test_a_file_is_read_within_a_bound(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"12345")

    assert read_regular(file, 5) == b"12345"
    with pytest.raises(OSError, match="it has more than 4 bytes"):
        read_regular(file, 4)
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "missing", 4)


@pytest.mark.posix("named pipes")
def test_a_pipe_and_a_device_are_rejected_without_waiting_for_them(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    link = tmp_path / "link"
    link.symlink_to("/dev/zero")

    for path in (pipe, link):
        with pytest.raises(OSError, match="it is not a regular file"):
            read_regular(path, 100)
    with pytest.raises(IsADirectoryError):
        read_regular(tmp_path, 100)


def test_a_pipe_is_read_where_the_user_names_it(tmp_path):
    reader, writer = os.pipe()
    os.write(writer, b"12345")
    os.close(writer)

    assert read_regular(f"/dev/fd/{reader}", 5, or_pipe=True) == b"12345"
    os.close(reader)


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path):
    file = tmp_path / "folder" / "file"

    replace_file(file, "before")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    with pytest.raises(UnicodeEncodeError):
        replace_file(file, "after \udc80")

    assert file.read_text() == "before"
    assert list(file.parent.iterdir()) == [file]


def test_a_file_is_written_whole_and_replaces_another_only_where_it_may(tmp_path):
    file = tmp_path / "file"

    assert write_whole(file, [b"ab", b"c"], replace=False) == 3
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_whole(file, [b"x"], replace=False)
    write_whole(file, [b"new"])
    assert file.read_bytes() == b"new"

    def pieces():
        yield b"half"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_whole(file, pieces())
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"new"]


def test_a_file_system_without_links_replaces_nothing_either(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("pathlib.Path.hardlink_to", refuse)
    file = tmp_path / "file"

    write_whole(file, [b"first"], replace=False)
    with pytest.raises(FileExistsError):
        write_whole(file, [b"second"], replace=False)
    assert file.read_bytes() == b"first"
