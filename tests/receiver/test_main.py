import asyncio
import json
import os
import pty
import subprocess
import sys
import time
import urllib.request

import pytest

from devhook.errors import ReceiverError
from devhook.receiver import server
from devhook.receiver.__main__ import EventPipe
from devhook.receiver.protocol import Failed, Notice, Ready, Unintelligible, config_line, config_of, event_of
from devhook.receiver.targets import Target

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
    (tmp_path / "file").write_text("no folder")
    line = config_line(config(inbox=tmp_path / "file" / "inbox"))

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


@pytest.fixture
def pipe():
    reading, writing = os.pipe()
    yield reading, EventPipe(writing)
    os.close(writing)
    os.set_blocking(reading, False)
    os.close(reading)


def read_all(descriptor):
    os.set_blocking(descriptor, False)
    pieces = []
    try:
        while piece := os.read(descriptor, 65536):
            pieces.append(piece)
    except BlockingIOError:
        return b"".join(pieces)
    return b"".join(pieces)


def test_what_is_said_is_one_line(pipe):
    reading, event_pipe = pipe

    event_pipe.write(Ready(port=4000))
    event_pipe.write(Notice(message="The disk\nis full.", hint="é"))

    said = read_all(reading).splitlines()
    assert [event_of(line) for line in said] == [
        Ready(port=4000),
        Notice(message="The disk\nis full.", hint="é"),
    ]


@pytest.mark.parametrize("length", [10, 1000, 5000, 100_000])
def test_a_reader_that_stopped_holds_nobody_up_and_gets_whole_lines(pipe, length):
    reading, event_pipe = pipe
    trouble = Notice(message="x" * length)

    for _ in range(3_000_000 // length):
        event_pipe.write(trouble)
    said = read_all(reading)
    event_pipe.write(Ready(port=1))
    said += read_all(reading)

    events = [event_of(line) for line in said.splitlines()]
    assert set(events[:-1]) == {trouble}
    assert events[-1] == Ready(port=1)
    assert len(events) < 3_000_000 // length


def test_a_reader_that_is_gone_is_no_trouble(pipe):
    reading, writing = os.pipe()
    event_pipe = EventPipe(writing)
    os.close(reading)

    event_pipe.write(Ready(port=1))
    event_pipe.write(Ready(port=1))

    os.close(writing)


def test_a_name_server_that_does_not_answer_delays_neither_the_answer_nor_the_end(config, tmp_path):
    """The target's name is asked for in a thread, which waits for ever here."""
    (tmp_path / "sitecustomize.py").write_text(
        "import socket, threading\n"
        "ask = socket.getaddrinfo\n"
        "def getaddrinfo(host, *rest, **options):\n"
        "    if host == 'devhook.example':\n"
        f"        open({str(tmp_path / 'asked')!r}, 'w').close()\n"
        "        threading.Event().wait()\n"
        "    return ask(host, *rest, **options)\n"
        "socket.getaddrinfo = getaddrinfo\n"
    )
    given = config(targets=(Target(url="http://devhook.example"),), secrets=(), grace=0.1)

    with subprocess.Popen(
        COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    ) as receiver:
        receiver.stdin.write(config_line(given))
        receiver.stdin.flush()
        port = event_of(receiver.stdout.readline()).port
        asking = urllib.request.Request(f"http://127.0.0.1:{port}/", data=b"{}", method="POST")
        with urllib.request.urlopen(asking, timeout=60) as answer:
            assert answer.status == 200
        while not (tmp_path / "asked").exists():
            time.sleep(0.01)

        _, complained = receiver.communicate(timeout=60)

    assert (receiver.returncode, complained) == (0, b"")


async def test_a_host_whose_name_is_not_resolved_is_reported(monkeypatch):
    async def never(*_, **__):
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    monkeypatch.setattr(server, "_RESOLVING", 0.05)

    with pytest.raises(ReceiverError, match=r"The name devhook\.example was not resolved within 50 ms\."):
        await server._bound("devhook.example", 0)
