"""Completion in a real bash, and the answers to zsh and fish."""

import subprocess
import sys
from pathlib import Path

import pytest

LINES = """
complete_line() {
    COMP_LINE=$1 COMP_POINT=${#1}
    _devhook_completion devhook
    printf '%s: %s\\n' "$1" "${COMPREPLY[*]}"
}
"""


@pytest.fixture
def complete(devhook, clean, tmp_path):
    """Complete lines in one bash that has loaded the script; return the insertions of each."""
    program = tmp_path / "bin" / "devhook"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m devhook "$@"\n')
    program.chmod(0o755)
    script = devhook("completion", "bash").stdout

    def run(*lines):
        typed = "".join(f"complete_line '{line}'\n" for line in lines)
        path = f"{program.parent}:{clean['PATH']}"
        done = subprocess.run(
            ["bash", "--norc", "-c", f"PATH='{path}'\n{script}{LINES}{typed}"],
            capture_output=True, text=True, env=clean, timeout=60, check=True,
        )  # fmt: skip
        shown = (line.rpartition(": ") for line in done.stdout.splitlines())
        return {line: found.split() for line, _, found in shown}

    return run


@pytest.mark.thorough
def test_bash_completes_commands_and_words_with_colons_and_number_signs(complete, devhook):
    devhook("--inbox", "inbox", "demo", "--scenario", "nothing-visible", "--speed", "1000")

    found = complete(
        "devhook lis",
        "devhook --inbox inbox log topic:orders/cre",
        "devhook --inbox inbox log order:",
    )

    # bash keeps the text before the last colon, and a word that begins with # is a comment.
    assert list(found.values()) == [["listen"], ["orders/create"], [r"\#1001"]]


def test_options_topics_scenarios_ids_and_filter_words_are_completed(devhook, deliver):
    deliver()
    for line, found in {
        "devhook listen orders/par": "orders/partially_fulfilled",
        "devhook play noth": "nothing-visible",
        "devhook forge --tamper hu": "huge",
        "devhook help sele": "selecting",
        "devhook probe --only changed-b": "changed-byte",
        "devhook log -is:dup": "-is:duplicate",
        "devhook --inbox inbox show la": "last",
    }.items():
        last = str(len(line.split()) - 1)
        asked = {"_DEVHOOK_COMPLETE": "zsh_complete", "COMP_WORDS": line, "COMP_CWORD": last}
        # zsh reads three lines for each candidate: its kind, the word, its description.
        assert devhook(env=asked).stdout.splitlines()[1::3] == [found], line


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_are_answered_whole_words(devhook, shell):
    assert "_devhook_completion" in devhook("completion", shell).stdout

    asked = {"_DEVHOOK_COMPLETE": f"{shell}_complete", "COMP_WORDS": "devhook log is:la"}
    answered = devhook(env={**asked, "COMP_CWORD": "2" if shell == "zsh" else "is:la"})

    assert "is:late" in answered.stdout


def test_without_a_shell_the_users_own_is_taken(devhook):
    assert "complete -o nosort" in devhook("completion", env={"SHELL": "/bin/bash"}).stdout

    refused = devhook("completion", env={"SHELL": "/usr/bin/nu"})
    assert refused.returncode == 2
    assert "$SHELL is nu, and devhook has completion for bash, zsh, fish." in refused.stderr


def test_a_project_without_an_inbox_is_completed_without_making_one(complete):
    assert complete("devhook show is:unr") == {"devhook show is:unr": ["unreadable"]}
    assert not Path(".devhook").exists()


def test_completing_changes_no_file_of_a_damaged_or_foreign_inbox(devhook, deliver, clean, tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for name in ("deliveries", "readings", "search", "journal"):
        (inbox / f"{name}.db").write_bytes(b"not a database " * 600)
    before = {file.name: file.read_bytes() for file in inbox.iterdir()}

    for place in (inbox, tmp_path / "nowhere"):
        line = f"devhook --inbox {place} show top"
        asked = {"_DEVHOOK_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": "4"}
        done = devhook(env={**clean, **asked})

        assert (done.returncode, done.stderr) == (0, "")
        assert "topic:" in done.stdout

    assert {file.name: file.read_bytes() for file in inbox.iterdir()} == before
    assert not (tmp_path / "nowhere").exists()
