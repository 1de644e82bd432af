"""Where the ngrok agent is on this machine, and whether it is new enough."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pyngrok.installer import get_default_ngrok_dir, get_ngrok_bin

from devhook.errors import InputError, TunnelError
from devhook.text import visible
from devhook.tunnel.executable import is_program, on_path, version_output

# pyngrok 9 requests /api/endpoints, which exists since 3.30.0 (https://ngrok.com/docs/agent/changelog,
# 2025-09-23). An older agent answers 404, and pyngrok then waits forever.
_OLDEST: Final = (3, 30)
_NAME: Final = "ngrok"
_HEAD: Final = 1024
_VERSION: Final = re.compile(r"version v?(\d+)\.(\d+)(?:\.\d+)?")

_OTHER_MACHINE: Final = "It may be built for another kind of machine. Install it again: ngrok.com/download"
_INSTALL: Final = (
    "Let devhook fetch it: devhook listen --install-ngrok. Or install it: brew install ngrok (macOS), snap "
    "install ngrok or the apt line of ngrok.com/download (Linux), scoop install ngrok (Windows). Or use any "
    "other tunnel: --public-url https://…"
)


def found(given: Path | None, environment: Mapping[str, str]) -> Path:
    """Return the path of the ngrok agent: `given`, PYNGROK_NGROK_PATH, the first on PATH, or pyngrok's own.

    Raise InputError if `given` is not a program, TunnelError if there is no agent. Nothing is downloaded.
    """
    if given is not None:
        if not is_program(given):
            raise InputError(f"{given} is not an executable program.", "Use the path of the ngrok agent.")
        return given.absolute()
    for candidate in _candidates(environment):
        if is_program(candidate) and not _is_pyngroks_script(candidate):
            return candidate.absolute()
    # It is the other provider's program, and whoever has it needs to install nothing.
    other = any(map(is_program, on_path("cloudflared", environment)))
    remedy = f"cloudflared is installed and needs no account: --tunnel cloudflared. {_INSTALL}"
    raise TunnelError("ngrok is not installed, or is not on PATH.", remedy if other else _INSTALL)


async def checked_version(executable: Path, patience: float = 10.0) -> str:
    """Return the agent's version, `3.39.10`. Raise TunnelError if it is too old, or not an ngrok agent.

    The first start after an installation takes some seconds on macOS, which examines the program.
    """
    printed = await version_output(executable, patience, ("NGROK_",), _OTHER_MACHINE)
    match = _VERSION.search(printed)
    if match is None:
        raise TunnelError(
            f"{executable} is not an ngrok agent; its version output is: "
            f"{visible(printed.strip()[:80]) or 'empty'}.",
            "Use the path of the ngrok agent, or install it: ngrok.com/download",
        )
    version = match[0].removeprefix("version ")
    if (int(match[1]), int(match[2])) < _OLDEST:
        raise TunnelError(
            f"The ngrok agent is too old: {version}; devhook needs {_OLDEST[0]}.{_OLDEST[1]} or newer.",
            "Type: ngrok update",
        )
    return version


def place() -> Path:
    """Return where pyngrok keeps the agent that it fetches, for this user."""
    return Path(get_default_ngrok_dir()) / get_ngrok_bin()


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    if named := environment.get("PYNGROK_NGROK_PATH"):
        yield Path(named)
    yield from on_path(_NAME, environment)
    yield place()


def _is_pyngroks_script(path: Path) -> bool:
    """Return whether this is pyngrok's own `ngrok` command, beside Python: it downloads the agent."""
    try:
        with path.open("rb") as file:
            return b"pyngrok" in file.read(_HEAD)
    except OSError:
        return False
