"""Changes as lines: the field, its value before and after, folded or whole."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from rich.cells import cell_len
from textual.content import Content

from devhook.analysis.diff import Change, Kind
from devhook.analysis.wording import KIND_SIGNS, both_words, value_words, without_mirrors
from devhook.text import told_apart, visible
from devhook.tui import styles
from devhook.tui.tabs.json_lines import json_lines
from devhook.tui.untrusted import cut, untrusted, wrapped
from devhook.tui.widgets.lines_view import Continued

_PART_END: Final = re.compile(r"[.\[]")
_ARROW: Final = " → "
_MIRRORED: Final = Content.styled(" and its _set", styles.FAINT)
_SIGN: Final = 3  # the cells of ` ~ `
_GAP: Final = 2
# A value on one line up to here; longer ones are folded under their path.
_LONG: Final = 200
_FOLDED: Final = 800
_FOLDED_LINES: Final = 4
# Of a value that was unfolded; the payload has the rest.
_WHOLE_LINES: Final = 400
_WHOLE_VALUE: Final = 4_000


def change_table(
    changes: Sequence[Change], width: int, unfolded: Collection[int] = ()
) -> Iterator[list[Content]]:
    """The lines of each change, one where it fits: sign, path, value. The values begin in one column."""
    room = width - _SIGN - _GAP - 1
    rows = [
        (change, visible(change.path), _value(change, _LONG) + (_MIRRORED if mirrored else ""))
        for change, mirrored in without_mirrors(changes)
    ]
    fitting = [cell_len(path) for _, path, value in rows if cell_len(path) + value.cell_length <= room]
    column = max(fitting, default=0)
    for number, (change, path, value) in enumerate(rows):
        sign = Content.styled(f" {KIND_SIGNS[change.kind]} ", f"bold {styles.KINDS[change.kind]}")
        start = min(column, room - value.cell_length)
        if number in unfolded:
            yield [sign + _path(cut(path, max(1, width - _SIGN))), *_whole(change, width)]
        elif cell_len(path) <= start:
            yield [sign + _path(path) + " " * (start - cell_len(path) + _GAP) + value]
        elif value.cell_length <= room:
            yield [sign + _path(cut(path, max(1, width - _SIGN))), Content(" " * (_SIGN + _GAP)) + value]
        else:
            yield [sign + _path(cut(path, max(1, width - _SIGN))), *_folded(change, width)]


def part_of(change: Change) -> str:
    """Return the field of the document's top level that the change is in: `line_items`."""
    return _PART_END.split(change.path, maxsplit=1)[0]


def _whole(change: Change, width: int) -> list[Content]:
    """Both values to their end, as JSON with a line for each field."""
    before, after = change.before, change.after
    if isinstance(before, str) and isinstance(after, str):
        before, after = told_apart(before, after)
    lines: list[Content] = []
    if change.kind is not Kind.ADDED:
        lines += _value_lines(" - ", before, width, styles.ERROR)
    if change.kind is not Kind.REMOVED:
        lines += _value_lines(" + ", after, width, styles.SUCCESS)
    return lines


def _value_lines(sign: str, value: Any, width: int, style: str) -> list[Content]:
    room = max(8, width - _SIGN - len(sign) - 1)
    told = [value_words(value, _WHOLE_VALUE)]
    if isinstance(value, dict | list):
        told = [line.content().plain.removeprefix("  ") for line in json_lines(value, {})[:_WHOLE_LINES]]
    blank = " " * (_SIGN + len(sign))
    lines: list[Content] = []
    for line in told:
        first, *others = (Content.styled(piece, style) for piece in wrapped(line, room))
        lines.append(Content(blank if lines else " " * _SIGN + sign) + first)
        lines += [Continued.behind(blank, piece) for piece in others]
    return lines


def _path(path: str) -> Content:
    """The field's own name plain, the way to it muted."""
    way, dot, name = path.rpartition(".")
    if "]" in name and "[" not in name:  # the dot was part of a name in brackets
        return Content.styled(path, styles.PLAIN)
    return Content.assemble((way + dot, styles.MUTED), (name, styles.PLAIN))


def _value(change: Change, room: int) -> Content:
    if change.kind is Kind.ADDED:
        return untrusted(value_words(change.after, room), styles.SUCCESS)
    if change.kind is Kind.REMOVED:
        return untrusted(value_words(change.before, room), styles.ERROR)
    before, after = both_words(change.before, change.after, room, room // 2)
    return Content.assemble(
        untrusted(before, styles.MUTED), (_ARROW, styles.FAINT), untrusted(after, styles.PLAIN)
    )


def _folded(change: Change, width: int) -> list[Content]:
    """A long value on lines of its own, before above after."""
    if change.kind is Kind.CHANGED:
        before, after = both_words(change.before, change.after, _FOLDED, _FOLDED // 2)
        return _fold("   - ", before, width, styles.MUTED) + _fold("   + ", after, width, styles.PLAIN)
    value = change.after if change.kind is Kind.ADDED else change.before
    return _fold("     ", value_words(value, _FOLDED), width, styles.KINDS[change.kind])


def _fold(lead: str, text: str, width: int, style: str) -> list[Content]:
    pieces = [piece.rstrip() for piece in untrusted(text, style).wrap(max(8, width - len(lead) - 1))]
    if len(pieces) > _FOLDED_LINES:
        pieces = [*pieces[: _FOLDED_LINES - 1], pieces[_FOLDED_LINES - 1].right_crop() + "…"]
    blank = " " * len(lead)
    return [Content.styled(blank if number else lead, style) + piece for number, piece in enumerate(pieces)]
