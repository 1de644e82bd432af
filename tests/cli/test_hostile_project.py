"""A project file that is not a config file is rejected with a sentence and without a wait."""

import os
import tracemalloc

import pytest

from devhook.tunnel.ngrok.executable import found

ESCAPES = "\x1b]52;c;aGFjaw==\x07\x1b[2J\u202e"
CONTROLS = {"\x1b", "\x07", "\u202e"}


def large(file):
    """A file of 1 GB that takes no space."""
    file.touch()
    os.truncate(file, 2**30)


HOSTILE = {
    "large": (large, "it has more than 65,536 bytes"),
    "a device": (lambda file: file.symlink_to("/dev/zero"), None),
    "a pipe": (os.mkfifo, None),
    "a folder": (lambda file: file.mkdir(), None),
    "nested": (lambda file: file.write_text(f"a = {'[' * 9_000}"), "Nested too deeply"),
    "a long number": (lambda file: file.write_text(f"port = {'9' * 9_000}"), "not valid TOML"),
    "many dots": (lambda file: file.write_text(f"{'a.' * 30_000}a = 1"), "Key with more than 32 parts"),
    "no text": (lambda file: file.write_bytes(b"a = '\xff'"), "is not UTF-8"),
    "escapes in a name": (
        lambda file: file.write_text(f"'{ESCAPES.encode('unicode_escape').decode()}' = 1"),
        "Unknown setting",
    ),
    "escapes in a quoted name": (
        lambda file: file.write_text('"\\u001b]52;c;aGFjaw==\\u0007" = 1'),
        "Unknown setting ␛]52;c;aGFjaw==␇",
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_config_file_is_rejected_in_a_sentence_or_is_none(devhook, deliver, tmp_path, kind):
    make, sentence = HOSTILE[kind]
    deliver()
    file = tmp_path / ".devhook" / "config.toml"
    file.parent.mkdir(exist_ok=True)
    make(file)
    tracemalloc.start()

    done = devhook("--inbox", tmp_path / "inbox", "log")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 64 * 2**20
    assert done.returncode == (2 if sentence else 0), done.stderr
    assert (sentence or "") in done.stderr
    assert not CONTROLS & set(done.stderr + done.stdout)


@pytest.mark.parametrize("kind", ["large", "a device", "a pipe", "a folder", "nested"])
def test_a_hostile_scenario_is_rejected_in_a_sentence(devhook, tmp_path, kind):
    HOSTILE[kind][0](tmp_path / "played.toml")
    (tmp_path / ".devhook").mkdir()
    (tmp_path / ".devhook" / "config.toml").write_text('[demo]\nscenario = "./played.toml"\n')

    done = devhook("demo", "--output", "lines")

    assert done.returncode == 2, done.stderr
    assert "played.toml" in done.stderr


def test_escape_sequences_in_a_folders_name_have_no_effect(devhook, tmp_path, monkeypatch):
    folder = tmp_path / ESCAPES
    (folder / ".devhook").mkdir(parents=True)
    monkeypatch.chdir(folder)

    for arguments in (["log"], ["trust"], ["doctor", "--tunnel", "none", "--port", "0"], ["prune", "--all"]):
        done = devhook(*arguments)

        assert not CONTROLS & set(done.stderr + done.stdout), arguments


def test_a_program_of_the_project_is_never_the_tunnel(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    theirs, ours = tmp_path / "bin" / "ngrok", tmp_path / "own" / "ngrok"
    for program in (theirs, ours):
        program.parent.mkdir()
        program.write_text("#!/bin/sh\n")
        program.chmod(0o700)

    assert found(None, {"PATH": f"bin::.:{ours.parent}"}) == ours
