"""The answers of the app to one delivery, a line each, and how the last one differs from the one before."""

from collections.abc import Iterator, Sequence
from typing import Final

from textual.content import Content

from devhook.analysis.wording import answer_words
from devhook.inbox.app_answers import AppAnswer
from devhook.replay.answer_changes import AnswerDifferences, body_changes, body_lines, compared
from devhook.tui import styles
from devhook.tui.tabs.change_table import change_table
from devhook.tui.untrusted import cut, untrusted
from devhook.webhook.answer import Answer

_MOST_LINES: Final = 40
_FORWARDED: Final = "forwarded"
_SHORTEST_URL: Final = 8
_INDENT: Final = 3


def answer_history(answers: Sequence[AppAnswer], width: int) -> Iterator[Content]:
    """Lay out the answers, oldest first; nothing where the delivery was not sent again."""
    if all(each.origin is None for each in answers):
        return
    yield Content()
    yield Content.styled(" Before and after", f"bold {styles.ACCENT}")
    for number, given in enumerate(answers):
        before, differences = compared(answers, number)
        yield _line(given, differences, width)
        if before is not None and given is answers[-1]:
            yield from difference_lines(before.answer, given.answer, differences, width)


def difference_lines(
    before: Answer, after: Answer, differences: AnswerDifferences, width: int
) -> Iterator[Content]:
    """Lay out how an answer's time and body differ from those of an earlier answer."""
    margin = Content(" " * _INDENT)
    if differences.time:
        yield margin + Content.styled(differences.time, styles.MUTED)
    if not differences.body:
        return
    changes = body_changes(before, after)
    room = max(16, width - _INDENT)
    if changes is None:
        lines = [_text_line(line, room) for line in body_lines(before, after)]
    else:
        lines = [line for lines in change_table(changes, room) for line in lines]
    if not lines:
        yield margin + untrusted(cut(differences.body, room), styles.MUTED)
    yield from (margin + line for line in lines[:_MOST_LINES])
    if left := len(lines) - _MOST_LINES:
        yield from [margin + Content.styled(f" … and {left} more lines", styles.MUTED)] if left > 0 else []


def status_words(differences: AnswerDifferences, answer: Answer) -> Content:
    """Return `500 → 200 in 12 ms`, or the status alone if it is the same as before."""
    before, arrow, _ = differences.status.partition(" → ")
    style = styles.SUCCESS if answer.accepted else styles.ERROR
    return Content.assemble(
        (before, styles.MUTED),
        (arrow, styles.FAINT),
        (answer_words(answer.status, answer.seconds, answer.failure), style),
    )


def _line(given: AppAnswer, differences: AnswerDifferences, width: int) -> Content:
    """Return the line of one answer: whether it accepts, when, on what occasion, the status, from where."""
    sign, style = ("✓", styles.SUCCESS) if given.answer.accepted else ("✗", styles.ERROR)
    occasion = "edited" if given.edited else given.origin or _FORWARDED
    told = Content.assemble(
        (f" {sign} ", style),
        (f"{given.at.astimezone():%H:%M:%S}  {occasion:<{len(_FORWARDED)}}  ", styles.MUTED),
        status_words(differences, given.answer),
        "  ",
    )
    return told + untrusted(cut(given.url, max(_SHORTEST_URL, width - told.cell_length)), styles.MUTED)


def _text_line(line: str, room: int) -> Content:
    style = styles.ERROR if line.startswith("-") else styles.SUCCESS
    return untrusted(cut(f" {line}", room), style)
