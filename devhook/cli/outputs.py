"""Which face a run is shown with: the screen in a terminal, lines or JSON elsewhere, or the one asked for."""

import asyncio
import os
import sys
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from secrets import token_bytes

from devhook.cli.console import info
from devhook.cli.events import json_output, lines_output
from devhook.errors import ExitStatus, InputError
from devhook.privacy.mask import Mask
from devhook.session.session import Output, Session, run_session


class OutputName(StrEnum):
    """The faces a run can have."""

    TUI = "tui"
    LINES = "lines"
    JSON = "json"


def chosen(asked: str | None, *, json: bool) -> OutputName:
    """Return the output to show: `--json`, else the one asked for, else what the terminal allows."""
    if json:
        if asked not in {None, OutputName.JSON}:
            raise InputError(f"--json and --output {asked} exclude each other.", "Leave one of them out.")
        return OutputName.JSON
    # The screen is read from stdin and drawn on stderr; stdout tells whether somebody wants the data.
    streams = (sys.stdin, sys.stdout, sys.stderr)
    able = all(stream.isatty() for stream in streams) and os.environ.get("TERM", "dumb") != "dumb"
    if asked is None:
        return OutputName.TUI if able else OutputName.LINES
    face = OutputName(asked)
    if face is OutputName.TUI and not able:
        raise InputError(
            "There is no terminal here to draw the screen on.",
            "Use --output lines or --json, or run devhook in a terminal.",
        )
    return face


def show(
    opening: AbstractAsyncContextManager[Session], output: OutputName, *, masked: bool = False
) -> ExitStatus:
    """Open a run, show it with that face until it ends, close it, and return the exit status.

    With `masked` it is shown with pseudonyms instead of personal data, which hold for this run only.
    """
    face = _face(output)
    return asyncio.run(run_session(opening, _masked(face) if masked else face))


def _masked(face: Output) -> Output:
    async def shown(session: Session) -> None:
        session.mask = Mask(token_bytes(32))
        await face(session)

    return shown


async def _in_the_terminal(session: Session) -> None:
    """The screen and, when it is gone, what it came to."""
    # Textual is loaded for the screen alone.
    from devhook.tui.app import screen_output  # noqa: PLC0415

    await screen_output(session)
    info(str(session.tally))


def _face(output: OutputName) -> Output:
    match output:
        case OutputName.TUI:
            return _in_the_terminal
        case OutputName.LINES:
            return lines_output
        case OutputName.JSON:
            return json_output
