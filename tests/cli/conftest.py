"""The command as a person or a script runs it: a process of its own, in a folder and a home of its own."""

import os
import subprocess
import sys

import pytest


@pytest.fixture
def devhook(tmp_path, monkeypatch):
    """Run `devhook ARGUMENTS` to its end, without a terminal."""
    monkeypatch.chdir(tmp_path)
    ours = ("DEVHOOK_", "SHOPIFY_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    clean["HOME"] = str(tmp_path)
    clean["XDG_DATA_HOME"] = str(tmp_path / "data")
    clean["XDG_CONFIG_HOME"] = str(tmp_path / "config")

    def run(*arguments, env=None):
        return subprocess.run(
            [sys.executable, "-m", "devhook", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
            env={**clean, **(env or {})},
            check=False,
        )

    return run
