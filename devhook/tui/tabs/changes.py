"""The Changes tab: the verdict in a sentence, then every changed field with its value before and after."""

from collections.abc import Sequence
from itertools import takewhile
from operator import eq
from typing import Any, Final

from rich.cells import cell_len
from textual.content import Content

from devhook.reading.changes import Change, Kind
from devhook.reading.verdict import Reading, Verdict
from devhook.reading.wording import KIND_SIGNS, SIGNATURE_SIGNS, value_words, without_mirrors
from devhook.tui import ink
from devhook.tui.foreign import cut, foreign
from devhook.tui.lines import Lines
from devhook.tui.opened import Opened, clock
from devhook.visible import visible
from devhook.webhook.delivery import Signature

_ARROW: Final = " → "
_MIRRORED: Final = Content.styled(" and its _set", ink.FAINT)
_SIGN: Final = 3  # the cells of ` ~ `
_GAP: Final = 2
# A value on one line up to here; longer ones are folded under their path.
_LONG: Final = 200
_FOLDED: Final = 800
_FOLDED_LINES: Final = 4
# How much of what two long texts begin with in common is kept, to recognise the place by.
_LEAD: Final = 16


def changes_tab(opened: Opened, width: int) -> Lines:
    """Lay the tab out for `width` cells."""
    reading = opened.reading
    lines = _headline(opened, width)
    if reading is None:
        return Lines.of(lines)
    if reading.changes:
        lines += [Content(), *_table(reading.changes, width)]
    if reading.quiet:
        names = ", ".join(dict.fromkeys(change.path for change in reading.quiet))
        lines += [Content(), *_prose("   quiet: ", names, width, ink.MUTED)]
    return Lines.of(lines)


def _headline(opened: Opened, width: int) -> list[Content]:
    """What the delivery is, and the hint that goes with it."""
    lines = []
    signature = opened.row.signature
    if not signature.trusted:
        words = "is missing" if signature is Signature.MISSING else "is invalid"
        lines += _prose(f" {SIGNATURE_SIGNS[signature]} ", f"The signature {words}.", width, ink.BAD)
    reading = opened.reading
    if reading is None:
        return lines + _prose("   ", "This delivery has not been read yet.", width, ink.MUTED)
    if reading.unreadable:
        lines += _prose(" ! ", f"The payload cannot be read. {reading.unreadable}", width, ink.BAD)
    else:
        lines += _prose("   ", _verdict(opened, reading), width, ink.VERDICTS[reading.verdict])
    if reading.hint:
        lines += _prose("   ", reading.hint, width, ink.PLAIN)
    return lines


def _verdict(opened: Opened, reading: Reading) -> str:
    """The verdict in a sentence."""
    match reading.verdict:
        case Verdict.FIRST:
            subject = reading.subject
            of = f" of {subject.kind.replace('_', ' ')} {subject.name or subject.id}" if subject else ""
            return f"The first delivery{of}."
        case Verdict.CHANGED:
            count = len(reading.changes)
            what = {0: "Changed", 1: "1 change"}.get(count, f"{count} changes")
        case Verdict.UNCHANGED:
            what = "Nothing visible changed"
        case Verdict.DUPLICATE:
            what = "A duplicate" if reading.twin is None else f"A duplicate of delivery {reading.twin}"
        case Verdict.LATE:
            what = "Late"
    return f"{what}{_since(opened, reading)}."


def _since(opened: Opened, reading: Reading) -> str:
    if reading.compared_with is None:
        return ""
    at = f" ({clock(opened.compared_at)})" if opened.compared_at else ""
    return f", compared with delivery {reading.compared_with}{at}"


def _prose(lead: str, text: str, width: int, style: str) -> list[Content]:
    """Wrap `text` at words behind `lead`, which stands on the first line only."""
    room = max(8, width - cell_len(lead))
    pieces = foreign(text, style).wrap(room)
    indent = " " * cell_len(lead)
    return [
        Content.styled(indent if number else lead, style) + piece.rstrip()
        for number, piece in enumerate(pieces)
    ]


def _table(changes: Sequence[Change], width: int) -> list[Content]:
    """One line a change where it fits: sign, path, value. The values begin in one column, or before it."""
    room = width - _SIGN - _GAP - 1
    rows = [
        (change, visible(change.path), _value(change, _LONG) + (_MIRRORED if mirrored else ""))
        for change, mirrored in without_mirrors(changes)
    ]
    fitting = [cell_len(path) for _, path, value in rows if cell_len(path) + value.cell_length <= room]
    column = max(fitting, default=0)
    lines: list[Content] = []
    for change, path, value in rows:
        sign = Content.styled(f" {KIND_SIGNS[change.kind]} ", f"bold {ink.KINDS[change.kind]}")
        start = min(column, room - value.cell_length)
        if cell_len(path) <= start:
            lines.append(sign + _path(path) + " " * (start - cell_len(path) + _GAP) + value)
            continue
        lines.append(sign + _path(cut(path, max(1, width - _SIGN))))
        if value.cell_length <= room:
            lines.append(Content(" " * (_SIGN + _GAP)) + value)
        else:
            lines += _folded(change, width)
    return lines


def _path(path: str) -> Content:
    """The field's own name plain, the way to it muted."""
    way, dot, name = path.rpartition(".")
    if "]" in name and "[" not in name:  # the dot was part of a name in brackets
        return Content.styled(path, ink.PLAIN)
    return Content.assemble((way + dot, ink.MUTED), (name, ink.PLAIN))


def _value(change: Change, room: int) -> Content:
    if change.kind is Kind.ADDED:
        return foreign(value_words(change.after, room), ink.GOOD)
    if change.kind is Kind.REMOVED:
        return foreign(value_words(change.before, room), ink.BAD)
    before, after = _excerpts(change.before, change.after, room)
    return Content.assemble(foreign(before, ink.MUTED), (_ARROW, ink.FAINT), foreign(after, ink.PLAIN))


def _folded(change: Change, width: int) -> list[Content]:
    """A long value on lines of its own, before above after."""
    if change.kind is Kind.CHANGED:
        before, after = _excerpts(change.before, change.after, _FOLDED)
        return _fold("   - ", before, width, ink.MUTED) + _fold("   + ", after, width, ink.PLAIN)
    value = change.after if change.kind is Kind.ADDED else change.before
    return _fold("     ", value_words(value, _FOLDED), width, ink.KINDS[change.kind])


def _fold(lead: str, text: str, width: int, style: str) -> list[Content]:
    pieces = [piece.rstrip() for piece in foreign(text, style).wrap(max(8, width - len(lead) - 1))]
    if len(pieces) > _FOLDED_LINES:
        pieces = [*pieces[: _FOLDED_LINES - 1], pieces[_FOLDED_LINES - 1].right_crop() + "…"]
    blank = " " * len(lead)
    return [Content.styled(blank if number else lead, style) + piece for number, piece in enumerate(pieces)]


def _excerpts(before: Any, after: Any, room: int) -> tuple[str, str]:
    """Both values in words; of two long texts that begin alike, the part where they begin to differ."""
    if isinstance(before, str) and isinstance(after, str) and max(len(before), len(after)) > room // 2:
        common = sum(1 for _ in takewhile(bool, map(eq, before, after)))
        if common > 2 * _LEAD:
            before, after = "…" + before[common - _LEAD :], "…" + after[common - _LEAD :]
    return value_words(before, room), value_words(after, room)


def difference(changes: Sequence[Change], width: int) -> Lines:
    """Lay out changes by themselves, as the tab shows them below its headline."""
    return Lines.of(_table(changes, width))
