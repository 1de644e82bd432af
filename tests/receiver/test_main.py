import json
import os
import pty
import subprocess
import sys

import pytest

from devhook.receiver.lines import Failed, Ready, Unintelligible, config_line, config_of, event_of

COMMAND = [sys.executable, "-m", "devhook.receiver"]


def test_started_by_hand_in_a_terminal_it_says_what_it_is_for():
    leader, follower = pty.openpty()
    try:
        done = subprocess.run(
            COMMAND, stdin=follower, capture_output=True, text=True, timeout=60, check=False
        )
    finally:
        os.close(leader)
        os.close(follower)

    assert (done.returncode, done.stdout) == (2, "")
    assert "devhook listen" in done.stderr


def test_started_with_a_file_or_nothing_as_its_input_it_says_what_it_is_for(tmp_path):
    (tmp_path / "config").write_text("{}")

    with (tmp_path / "config").open() as stdin:
        done = subprocess.run(COMMAND, stdin=stdin, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 2
    assert "devhook listen" in done.stderr


@pytest.mark.parametrize("first", [b"", b"\n", b"{}\n", b'{"secrets":"hush"}\n', b"hush\n"])
def test_a_first_line_that_is_no_configuration_is_not_understood(first):
    with pytest.raises(Unintelligible) as refused:
        config_of(first)

    assert "hush" not in str(refused.value)


def test_a_first_line_that_is_no_configuration_ends_it():
    line = b'{"secrets":"hush"}\n'

    done = subprocess.run(COMMAND, input=line, capture_output=True, timeout=60, check=False)

    assert done.returncode == 2
    assert isinstance(event_of(done.stdout), Failed)
    assert b"hush" not in done.stdout + done.stderr
    assert done.stderr == b""


def test_the_end_of_its_input_is_its_end(config):
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as receiver:
        receiver.stdin.write(config_line(config()))
        receiver.stdin.flush()
        assert isinstance(event_of(receiver.stdout.readline()), Ready)

        said, complained = receiver.communicate(timeout=60)

    assert (receiver.returncode, said, complained) == (0, b"", b"")


def test_a_failure_is_told_as_json_with_its_status(config, tmp_path):
    line = config_line(config(inbox=tmp_path))

    done = subprocess.run(COMMAND, input=line, capture_output=True, timeout=60, check=False)

    assert done.returncode == 1
    assert json.loads(done.stdout)["what"] == "inbox"
    assert done.stderr == b""


def test_it_loads_only_what_it_needs():
    code = (
        "import sys, devhook.receiver.__main__\n"
        "print([name for name in ('httpx', 'textual', 'click', 'graphql', 'rich') "
        "if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
