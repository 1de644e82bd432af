"""`devhook listen --exec`: a command runs while deliveries are received, and its status is devhook's."""

import json
import subprocess
import sys

import pytest

DEVHOOK = (sys.executable, "-m", "devhook", "--inbox", "inbox")
SECRET = "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"


@pytest.fixture
def listen(clean, tmp_path):
    """Run `devhook listen --exec COMMAND` to its end."""

    def run(command, *arguments):
        return subprocess.run(
            [
                sys.executable,
                "-m",
                "devhook",
                "--inbox",
                "inbox",
                "listen",
                "--port",
                "0",
                "--exec",
                command,
                *arguments,
            ],
            capture_output=True,
            text=True,
            timeout=60,
            env={**clean, "DEVHOOK_CLIENT_SECRET": SECRET},
            cwd=tmp_path,
            check=False,
        )

    return run


@pytest.mark.thorough
def test_the_command_finds_the_address_and_its_deliveries_are_shown_before_the_end(listen):
    devhook = " ".join(DEVHOOK)
    done = listen(
        f'echo begun; {devhook} forge orders/paid --to "$DEVHOOK_ADDRESS" && '
        f"{devhook} wait orders/paid --include-past",
        "--json",
    )

    assert done.returncode == 0, done.stderr
    assert "begun" in done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["event"] for each in events] == ["ready", "delivery"]
    assert events[1]["signature"] == "valid"


@pytest.mark.thorough
def test_the_status_of_the_command_is_that_of_devhook(listen):
    done = listen("exit 7")

    assert done.returncode == 7
    assert "exit 7 ended with status 7." in done.stderr
    assert listen("kill -9 $$").returncode == 128 + 9
    assert "Traceback" not in done.stderr


def test_what_the_command_left_running_is_ended(listen, tmp_path):
    done = listen("sleep 1000 & echo $! > pid; exit 0")

    assert done.returncode == 0
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", (tmp_path / "pid").read_text().strip()],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    # Z: it has ended, and its new parent has not asked for its status yet.
    assert state[:1] in {"", "Z"}


def test_the_screen_and_a_command_exclude_each_other(devhook):
    refused = devhook("listen", "--exec", "true", "--output", "tui")

    assert refused.returncode == 2
    assert "--exec and the screen cannot be used together." in refused.stderr
