import multiprocessing

import pytest

from devhook.errors import InputError
from devhook.user_key import NoKey, data_folder, is_proven, mac


@pytest.fixture
def key(tmp_path, monkeypatch):
    """The file of the key, in a data folder that does not exist yet."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return data_folder() / "user.key"


def test_the_key_is_made_once_and_only_its_owner_reads_it(key):
    first = mac("lease", "a", 1, None)

    assert (first, is_proven(first, "lease", "a", 1, None)) == (mac("lease", "a", 1, None), True)
    assert (key.stat().st_mode & 0o777, len(key.read_bytes())) == (0o600, 32)
    assert [file.name for file in key.parent.iterdir()] == ["user.key"]


def test_another_record_purpose_or_key_has_another_mac(key):
    first = mac("lease", "a", "b")
    key.rename(key.with_name("before"))

    assert len({first, mac("lease", "a", "b"), mac("lease", "ab", ""), mac("config", "a", "b")}) == 4
    assert not is_proven(first, "lease", "a", "b")


@pytest.mark.parametrize("found", [None, "", "ü", "00"])
def test_what_is_no_mac_proves_nothing(key, found):
    assert not is_proven(found, "lease", "a")


@pytest.mark.posix("modes of files")
def test_a_key_that_others_can_read_is_not_used(key):
    proven = mac("lease", "a")
    key.chmod(0o640)

    with pytest.raises(InputError, match="readable by other users"):
        mac("lease", "a")
    assert not is_proven(proven, "lease", "a")


def test_a_damaged_key_is_not_used(key):
    mac("lease", "a")
    key.write_bytes(b"short")

    with pytest.raises(InputError, match="is damaged"):
        mac("lease", "a")


def test_a_data_folder_that_cannot_be_looked_at_has_no_key(key, monkeypatch):
    proven = mac("lease", "a")
    monkeypatch.setenv("XDG_DATA_HOME", f"/{'x' * 300}")

    with pytest.raises(NoKey, match="cannot be read or made"):
        mac("lease", "a")
    assert not is_proven(proven, "lease", "a")


def test_processes_that_start_together_use_one_key(key):
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert len(set(pool.starmap(mac, [("lease", "a")] * 16))) == 1
