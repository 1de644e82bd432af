"""A real agent process: the stand-in, as an executable called `ngrok` in a folder of its own."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from devhook.inbox.database import Inbox
from devhook.inbox.recorded import recorded
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.process import ReceiverProcess
from devhook.tunnel.ngrok.settings import NgrokSettings

TOKEN = "2hQ8vZsXw1cRk7LmNp4TtYb6uJd_5aB9cD3eF7gH1iJ2kL4mN"
STAND_IN = Path(__file__).with_name("stand_in.py").read_text(encoding="utf-8")


class NgrokStandIn:
    token = TOKEN

    def __init__(self, folder):
        self.folder = folder
        self.executable = folder / "ngrok"
        self.executable.write_text(f"#!{sys.executable} -S\n{STAND_IN}")
        self.executable.chmod(0o700)
        self.plays()

    def plays(self, mode="ok", **more):
        (self.folder / "stand-in.json").write_text(json.dumps({"mode": mode} | more))

    @property
    def starts(self):
        file = self.folder / "starts.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def has_started(self):
        """Wait until the agent runs."""
        while not self.starts:
            time.sleep(0.01)

    async def does(self, **what):
        """Send the latest agent a command."""
        url = f"http://127.0.0.1:{self.starts[-1]['api']}/play"
        asked = urllib.request.Request(url, json.dumps(what).encode(), method="POST")

        def ask():
            with urllib.request.urlopen(asked, timeout=30) as answer:
                answer.read()

        await asyncio.to_thread(ask)

    def processes(self):
        """The command lines of all processes of this agent."""
        if Path("/proc/self/cmdline").exists():
            lines = []
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    lines.append(file.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        else:
            lines = subprocess.run(
                ["ps", "-axwwo", "args="], capture_output=True, text=True, check=True
            ).stdout.splitlines()
        return [line for line in lines if str(self.executable) in line]

    def gone(self, patience=30.0):
        """Whether no process is left; the watcher may take a moment."""
        until = time.monotonic() + patience
        while (left := self.processes()) and time.monotonic() < until:
            time.sleep(0.02)
        return left == []


@pytest.fixture
def ngrok(tmp_path, monkeypatch):
    """The agent on PATH, in a home without any configuration of ngrok's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    stand_in = NgrokStandIn(folder)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "config"))
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    for name in ("NGROK_API_KEY", "PYNGROK_NGROK_PATH", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("NGROK_AUTHTOKEN", TOKEN)
    # Setting them here restores them at the end, without the tunnel's additions.
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "")
    # Where the agent's folders are made.
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    yield stand_in
    assert stand_in.gone()
    assert list(tmp_path.glob("devhook-ngrok-*")) == []


@pytest.fixture
def settings():
    return NgrokSettings(start_timeout=60, pauses=(0.01, 0.01))


@pytest.fixture
async def receiver(tmp_path):
    """A receiver process that answers the session's pings."""
    config = ReceiverConfig(inbox=tmp_path / "inbox", ping_key="the run's own key", grace=0.2)
    async with ReceiverProcess.start(config) as process:
        process.config = config
        yield process


@pytest.fixture
def kept(tmp_path):
    """The deliveries that the receiver stored."""

    def read():
        with Inbox.open(tmp_path / "inbox") as inbox:
            return [recorded(inbox, row.id) for row in inbox.rows(limit=1000)]

    return read
