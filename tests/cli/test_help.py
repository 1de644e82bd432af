"""`--help` of every command: at once, whatever the command itself needs."""

import subprocess
import sys

import pytest

from devhook.cli import root

HEAVY = ("textual", "aiohttp", "httpx", "pydantic", "graphql", "pyngrok")


@pytest.mark.parametrize("command", sorted(root.commands))
def test_help_loads_nothing_heavy(command):
    code = (
        "import contextlib, sys\n"
        "from devhook.cli import main\n"
        f"with contextlib.suppress(SystemExit):\n    main([{command!r}, '--help'])\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", sorted(root.commands))
def test_help_takes_no_secret_as_an_option(command):
    names = {option for parameter in root.commands[command].params for option in parameter.opts}

    assert not {name for name in names if "secret" in name or "token" in name}
