"""The outputs of a session: the screen in a terminal, lines or JSON elsewhere, or the one asked for."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import Final

from devhook.analysis.verdict import Reading
from devhook.cli.console import echo, info, warn
from devhook.cli.events import (
    answered_as_json,
    answered_as_lines,
    as_json,
    as_lines,
    attempt_as_json,
    attempt_as_lines,
    masked,
    masked_answers,
    ready_as_json,
)
from devhook.errors import ExitStatus, InputError
from devhook.filter.language import Filter
from devhook.filter.search import Search
from devhook.inbox.deliveries import Answered, Row
from devhook.inbox.timeline import Around, case_of
from devhook.session.session import Session
from devhook.session.signals import Output, run_session
from devhook.signature_doctor.doctor import Diagnosis, diagnose
from devhook.simulator.delivery_worker import Attempt
from devhook.webhook.delivery import Signature

_EVERY: Final = 0.05
# Seconds that may be spent at once, enough for ten large orders, and the share of the time that comes after.
_SAVED: Final = 3.0
_SHARE: Final = 0.2

Show = Callable[[Row, Reading | None, Diagnosis | None, Around], str]
ShowAnswers = Callable[[Row, Sequence[Answered]], str]
ShowAttempt = Callable[[Attempt], str]


class OutputName(StrEnum):
    """The outputs a session can have, as they are asked for."""

    TUI = "tui"
    LINES = "lines"
    JSON = "json"


def chosen(asked: str | None, *, json: bool) -> OutputName:
    """Return the output to show: `--json`, else the one asked for, else what the terminal allows."""
    if json:
        if asked not in {None, OutputName.JSON}:
            raise InputError(f"--json and --output {asked} cannot be used together.", "Remove one of them.")
        return OutputName.JSON
    # The screen is read from stdin and drawn on stderr; stdout tells whether somebody wants the data.
    streams = (sys.stdin, sys.stdout, sys.stderr)
    able = all(stream.isatty() for stream in streams) and os.environ.get("TERM", "dumb") != "dumb"
    if asked is None:
        return OutputName.TUI if able else OutputName.LINES
    output = OutputName(asked)
    if output is OutputName.TUI and not able:
        raise InputError(
            "The screen needs a terminal.",
            "Use --output lines or --json, or run devhook in a terminal.",
        )
    return output


def show(opening: AbstractAsyncContextManager[Session], output: OutputName) -> ExitStatus:
    """Open a session, show it with that output until it ends, close it, and return the exit status."""
    return asyncio.run(run_session(opening, _OUTPUTS[output]))


async def _screen(session: Session) -> None:
    """The screen and, when it is gone, what it came to."""
    # Textual is loaded for the screen alone.
    from devhook.tui.app import screen_output  # noqa: PLC0415

    await screen_output(session)
    info(str(session.tally))


async def _lines(session: Session) -> None:
    """The output for people without a terminal: a line per delivery, and the sum."""
    await _follow(session, as_lines, answered_as_lines, attempt_as_lines)
    (echo if session.is_finished else info)(str(session.tally))


async def _json(session: Session) -> None:
    """The output for programs: stdout holds nothing but the objects."""
    echo(ready_as_json(session))
    await _follow(session, as_json, answered_as_json, attempt_as_json)
    info(str(session.tally))


_OUTPUTS: Final[Mapping[OutputName, Output]] = {
    OutputName.TUI: _screen,
    OutputName.LINES: _lines,
    OutputName.JSON: _json,
}


async def _follow(session: Session, show: Show, show_answers: ShowAnswers, show_attempt: ShowAttempt) -> None:
    """Write out what comes until the session is to end and everything that came before is written."""
    wanted = Search(session.inbox, Filter.parse(session.filter_text, datetime.now().astimezone()))
    doctor = DiagnosisBudget(session)
    while True:
        last_round = session.is_stopping or session.is_finished
        while update := session.read():
            for row in filter(wanted.matches, update.new):
                reading = session.inbox.reading(row.id)
                around = Around.of(session.inbox, row, reading)
                echo(show(*masked(session.mask, row, reading), await doctor.about(row), around))
            for row in filter(wanted.matches, update.answered):
                if answers := session.inbox.answers(row.id):
                    echo(show_answers(*masked_answers(session.mask, row, answers)))
        for attempt in session.take_attempts():
            echo(show_attempt(attempt))
        for notice in session.take_notices():
            words = (notice.message, notice.hint)
            warn(*(map(session.mask.text, words) if session.mask else words))
        if last_round and not session.behind:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_EVERY):
                await session.wait_until_stopping()


class DiagnosisBudget:
    """Asks the doctor of the deliveries of a session, as long as time is left for it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._left = _SAVED
        self._counted = time.monotonic()

    async def about(self, row: Row) -> Diagnosis | None:
        """What is wrong with a delivery's signature; None when nothing is, or there is no time."""
        if row.signature is not Signature.INVALID:
            return None
        begun = time.monotonic()
        self._left = min(_SAVED, self._left + _SHARE * (begun - self._counted))
        self._counted = begun
        if self._left <= 0:
            return None
        case = case_of(self._session.inbox, row.id, self._session.inbox.delivery(row.id))
        diagnosis = await asyncio.to_thread(diagnose, case, self._session.secrets, self._session.mistakable)
        self._left -= time.monotonic() - begun
        return diagnosis
