"""Fetches ngrok's agent with pyngrok, in a process of its own: into a new folder, then to its place at once.

pyngrok prints its progress on stdout and writes to a file in the folder for temporary files whose name is
known to everybody; the process has a folder of its own. ngrok publishes no checksum of the archive
(https://ngrok.com/download): what is fetched is as trustworthy as the TLS connection to bin.ngrok.com.
"""

import asyncio
import re
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from devhook.child_environment import child_environment
from devhook.errors import NetworkError, TunnelError
from devhook.processes import OWN_GROUP
from devhook.text import duration, visible
from devhook.tunnel.executable import kill
from devhook.tunnel.ngrok.executable import place

_SCRIPT: Final = "import sys; from pyngrok.installer import install_ngrok; install_ngrok(sys.argv[1])"
_PERCENT: Final = re.compile(rb"(\d+)%")
_REASON: Final = re.compile(r"while downloading ngrok from \S+: (.*)")
# Seconds for the 12 MB of the archive; pyngrok itself waits six for each part.
_PATIENCE: Final = 300.0
_CHUNK: Final = 4096
_MOST_ERROR: Final = 200
_BY_HAND: Final = "Install it yourself: ngrok.com/download"


async def fetch(
    advance: Callable[[int], None], environment: Mapping[str, str], patience: float = _PATIENCE
) -> Path:
    """Fetch the agent and return its path. `advance` is called with the percent that are new.

    Raise NetworkError when it cannot be fetched within `patience` seconds, TunnelError when it cannot be
    stored. An agent that is incomplete is never at its place.
    """
    target = place()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            fetched = Path(folder) / target.name
            await _run(fetched, child_environment(environment) | {"TMPDIR": folder}, advance, patience)
            fetched.replace(target)
    except OSError as error:
        raise TunnelError(f"{target} cannot be written: {error.strerror}.", _BY_HAND) from error
    return target


async def _run(
    fetched: Path, environment: Mapping[str, str], advance: Callable[[int], None], patience: float
) -> None:
    process = await asyncio.create_subprocess_exec(
        # -P: without the current folder, which is a project's.
        *(sys.executable, "-P", "-c", _SCRIPT, fetched),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        env=environment,
        **OWN_GROUP,
    )
    try:
        async with asyncio.timeout(patience):
            _, error = await asyncio.gather(_follow(process, advance), _read(process.stderr))
            status = await process.wait()
    except TimeoutError as late:
        raise NetworkError(f"ngrok's agent was not fetched within {duration(patience)}.", _BY_HAND) from late
    finally:
        await kill(process)
    if status:
        said = error.decode("utf-8", "replace").strip().rpartition("\n")[2]
        reason = found[1] if (found := _REASON.search(said)) else said
        raise NetworkError(
            f"ngrok's agent cannot be fetched from bin.ngrok.com: {visible(reason[:_MOST_ERROR])}.", _BY_HAND
        )


async def _follow(process: Process, advance: Callable[[int], None]) -> None:
    done = 0
    while process.stdout and (printed := await process.stdout.read(_CHUNK)):
        for percent in map(int, _PERCENT.findall(printed)):
            advance(max(0, percent - done))
            done = max(done, percent)


async def _read(stream: asyncio.StreamReader | None) -> bytes:
    """Return the end of what a stream has, bounded."""
    end = b""
    while stream and (printed := await stream.read(_CHUNK)):
        end = (end + printed)[-_CHUNK:]
    return end
