"""Which face a run is shown with: the screen in a terminal, lines or JSON elsewhere, or the one asked for."""

import asyncio
import os
import sys
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from secrets import token_bytes

from devhook.cli.lines import in_json, in_lines
from devhook.cli.narration import note
from devhook.errors import ExitStatus, InputError
from devhook.privacy.mask import Mask
from devhook.run import Face, Run, conduct


class Output(StrEnum):
    """The faces a run can have."""

    TUI = "tui"
    LINES = "lines"
    JSON = "json"


def chosen(asked: str | None, *, json: bool) -> Output:
    """Return the face to show: `--json`, else the one asked for, else what the terminal allows."""
    if json:
        if asked not in {None, Output.JSON}:
            raise InputError(f"--json and --output {asked} exclude each other.", "Leave one of them out.")
        return Output.JSON
    # The screen is read from stdin and drawn on stderr; stdout tells whether somebody wants the data.
    streams = (sys.stdin, sys.stdout, sys.stderr)
    able = all(stream.isatty() for stream in streams) and os.environ.get("TERM", "dumb") != "dumb"
    if asked is None:
        return Output.TUI if able else Output.LINES
    face = Output(asked)
    if face is Output.TUI and not able:
        raise InputError(
            "There is no terminal here to draw the screen on.",
            "Use --output lines or --json, or run devhook in a terminal.",
        )
    return face


def show(opening: AbstractAsyncContextManager[Run], output: Output, *, masked: bool = False) -> ExitStatus:
    """Open a run, show it with that face until it ends, close it, and return the exit status.

    With `masked` it is shown with pseudonyms instead of personal data, which hold for this run only.
    """
    face = _face(output)
    return asyncio.run(conduct(opening, _masked(face) if masked else face))


def _masked(face: Face) -> Face:
    async def shown(run: Run) -> None:
        run.mask = Mask(token_bytes(32))
        await face(run)

    return shown


async def _in_the_terminal(run: Run) -> None:
    """The screen and, when it is gone, what it came to."""
    from devhook.tui.face import on_screen

    await on_screen(run)
    note(str(run.tally))


def _face(output: Output) -> Face:
    match output:
        case Output.TUI:
            return _in_the_terminal
        case Output.LINES:
            return in_lines
        case Output.JSON:
            return in_json
