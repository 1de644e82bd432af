"""The outputs of a session: screen, lines and JSON, and which one is used."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TextIO

import click

from devhook.analysis.verdict import Reading
from devhook.analysis.wording import NOT_FORWARDED
from devhook.cli.commands import FILE_SETTINGS
from devhook.cli.console import Data, as_line, info, warn, write
from devhook.cli.events import (
    answered_as_lines,
    answered_object,
    as_lines,
    delivery_object,
    masked,
    masked_answers,
    masked_refusal,
)
from devhook.cli.session_events import attempt_as_lines, attempt_object, masked_attempt, ready_object
from devhook.errors import ExitStatus, InputError
from devhook.filter.language import Filter
from devhook.filter.search import Search
from devhook.inbox.deliveries import Answered, Row
from devhook.inbox.mistakes import keep_mistake
from devhook.inbox.refusals import refusal
from devhook.inbox.timeline import Around, case_of
from devhook.session.lifetime import run_session
from devhook.session.session import Session
from devhook.signature_doctor.app_refusal import ExplainedRefusal, explain
from devhook.signature_doctor.doctor import Diagnosis, diagnose
from devhook.simulator.delivery_worker import Attempt
from devhook.webhook.delivery import Signature

if TYPE_CHECKING:
    # The simulator is loaded for a demo alone.
    from devhook.cli.configuration import FileSettings
    from devhook.session.presentation import Presentation
    from devhook.tui.screen_settings import ScreenSettings

_EVERY: Final = 0.05
# Seconds of diagnosis at once, enough for ten large orders, and the share of the time after that.
_BURST: Final = 3.0
_SHARE: Final = 0.2
_STANDSTILL: Final = 2.0
"""Seconds that stdout may accept nothing while the session ends; the rest of the output is dropped then."""

Show = Callable[[Row, Reading | None, Diagnosis | None, Around], Data]
ShowAnswers = Callable[[Row, Sequence[Answered], ExplainedRefusal | None], Data]
ShowAttempt = Callable[[Attempt], Data]
Output = Callable[[Session], Awaitable[None]]


class OutputName(StrEnum):
    """The values of `--output`."""

    TUI = "tui"
    LINES = "lines"
    JSON = "json"


def chosen(asked: str | None, *, json: bool) -> OutputName:
    """Return the output: JSON for `--json`, else the one asked for, else the best one for the terminal.

    Raise InputError for options that conflict, and for the screen without a terminal.
    """
    if json:
        if asked not in {None, OutputName.JSON}:
            raise InputError(f"--json and --output {asked} cannot be used together.", "Remove one of them.")
        return OutputName.JSON
    # The screen reads stdin and draws on stderr; a redirected stdout asks for data.
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
    """Open a session, show it until it ends, close it, and return the exit status."""
    # Lines and JSON do not read stdin, and its end means nothing to them.
    shown_on = (sys.stdin, sys.stdout, sys.stderr) if output is OutputName.TUI else (sys.stdout, sys.stderr)
    shown = _screen_output() if output is OutputName.TUI else _OUTPUTS[output]
    return run_session(opening, shown, tuple(descriptors(shown_on)))


def show_presentation(opening: "AbstractAsyncContextManager[Presentation]") -> ExitStatus:
    """Open a presentation, show it on the screen until it ends, close it, and return the exit status."""
    # As for a session.
    from devhook.tui.app import presentation_output  # noqa: PLC0415

    settings = _screen_settings()

    async def show_screen(presentation: "Presentation") -> None:
        await presentation_output(presentation, settings)

    streams = tuple(descriptors((sys.stdin, sys.stdout, sys.stderr)))
    return run_session(opening, show_screen, streams)


def descriptors(streams: Iterable[TextIO]) -> Iterator[int]:
    """Yield the file descriptors of streams."""
    for stream in streams:
        # A stream in memory has none.
        with contextlib.suppress(OSError, ValueError):
            yield stream.fileno()


def _screen_output() -> Output:
    """Return the screen. Raise InputError if the theme or the keys of the config file are invalid."""
    # Textual is loaded for the screen alone.
    from devhook.tui.app import screen_output  # noqa: PLC0415

    settings = _screen_settings()

    async def show_screen(session: Session) -> None:
        """Show the screen and, when it is closed, print the tally."""
        await screen_output(session, settings)
        if not session.reads_only:
            info(str(session.tally))

    return show_screen


def _screen_settings() -> "ScreenSettings":
    """Return the theme and the keys of the config file. Raise InputError if they are invalid."""
    from devhook.tui.app import DevhookApp  # noqa: PLC0415
    from devhook.tui.screen_settings import screen_settings  # noqa: PLC0415

    files: FileSettings = click.get_current_context().meta[FILE_SETTINGS]
    return screen_settings(DevhookApp, files.theme, files.keys)


async def _lines(session: Session) -> None:
    """Print a line per delivery, and the tally at the end."""

    def show_delivery(row: Row, reading: Reading | None, diagnosis: Diagnosis | None, around: Around) -> str:
        lines = as_lines(row, reading, diagnosis, around)
        if session.targets and not session.forward.includes(row.signature):
            return f"{lines}\n    {NOT_FORWARDED[row.signature]} --forward all forwards it too."
        return lines

    explained: set[tuple[str, ...]] = set()

    def show_answers(row: Row, answers: Sequence[Answered], refusal: ExplainedRefusal | None) -> str:
        """Explain a cause once; an app that refuses everything would fill the terminal with it."""
        causes = (refusal.by, *(cause.name for cause in refusal.probably)) if refusal else ()
        again = causes in explained
        explained.add(causes)
        return answered_as_lines(row, answers, refusal, again=again)

    await _follow(session, show_delivery, show_answers, attempt_as_lines)
    if session.is_finished:
        await _written(session, [str(session.tally)])
    else:
        info(str(session.tally))


async def _json(session: Session) -> None:
    """Print JSON objects; everything else goes to stderr."""
    await _written(session, [ready_object(session)])
    await _follow(session, delivery_object, answered_object, attempt_object)
    info(str(session.tally))


_OUTPUTS: Final[Mapping[OutputName, Output]] = {
    OutputName.LINES: _lines,
    OutputName.JSON: _json,
}


async def _follow(session: Session, show: Show, show_answers: ShowAnswers, show_attempt: ShowAttempt) -> None:
    """Write events until the session stops and all events before that are written."""
    wanted = Search(session.inbox, Filter.parse(session.filter_text, datetime.now().astimezone()))
    doctor = DiagnosisBudget(session)
    while True:
        last_round = session.is_stopping or session.is_finished
        while update := session.read():
            lines: list[Data] = []
            for row in filter(wanted.matches, update.new):
                reading = session.inbox.reading(row.id)
                around = Around.of(session.inbox, row, reading)
                lines.append(show(*masked(session.inbox, row, reading), await doctor.about(row), around))
            lines += [
                show_answers(*masked_answers(session.inbox, row, answers), await doctor.refusal(row))
                for row in filter(wanted.matches, update.answered)
                if (answers := session.inbox.answers(row.id))
            ]
            if not await _written(session, lines):
                return
        attempts = map(masked_attempt, session.take_attempts())
        if not await _written(session, list(map(show_attempt, attempts))):
            return
        for notice in session.take_notices():
            warn(notice.message, notice.hint)
        if last_round and not session.behind:
            return
        if last_round:
            # Another thread reads a large delivery.
            await asyncio.sleep(_EVERY)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_EVERY):
                await session.wait_until_stopping()


async def _written(session: Session, lines: Sequence[Data]) -> bool:
    """Write lines to stdout. Return False where the session is to end and stdout accepts nothing.

    It writes in a thread: a reader that pauses (`devhook listen --json | less`) must not stop the session.
    """
    if not lines:
        return True
    writing = asyncio.get_running_loop().run_in_executor(None, write, "\n".join(map(as_line, lines)))
    if not session.is_stopping:
        stopping = asyncio.get_running_loop().create_task(session.wait_until_stopping())
        await asyncio.wait({writing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
    done, _ = await asyncio.wait({writing}, timeout=_STANDSTILL)
    if done:
        writing.result()
    return bool(done)


class DiagnosisBudget:
    """Diagnoses invalid signatures and refusals of a session, within a bounded share of the time."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._left = _BURST
        self._counted = time.monotonic()

    async def about(self, row: Row) -> Diagnosis | None:
        """Return the diagnosis of an invalid signature; None for a valid one and when no time is left."""
        if row.signature is not Signature.INVALID or not self._has_time():
            return None
        started = time.monotonic()
        case = case_of(self._session.inbox, row.id, self._session.inbox.delivery(row.id))
        diagnosis = await asyncio.to_thread(diagnose, case, self._session.secrets, self._session.mistakable)
        self._left -= time.monotonic() - started
        keep_mistake(self._session.inbox, row.id, diagnosis)
        return diagnosis

    async def refusal(self, row: Row) -> ExplainedRefusal | None:
        """Return why a target refused a valid delivery; None if none did, and when no time is left."""
        if row.signature is not Signature.VALID or not self._has_time():
            return None
        started = time.monotonic()
        inbox = self._session.inbox
        found = refusal(inbox, row)
        explained = masked_refusal(inbox, row, await asyncio.to_thread(explain, found)) if found else None
        self._left -= time.monotonic() - started
        return explained

    def _has_time(self) -> bool:
        now = time.monotonic()
        self._left = min(_BURST, self._left + _SHARE * (now - self._counted))
        self._counted = now
        return self._left > 0
