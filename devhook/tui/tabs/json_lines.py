"""A document as indented JSON, one line of it at a time, with the changed fields marked. Pure of widgets.

The document is walked once; what a line looks like is made only when it is drawn, and its text when it is
searched.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from textual.content import Content

from devhook.analysis.diff import Kind
from devhook.analysis.wording import KIND_SIGNS, value_words
from devhook.json_pointer import escape
from devhook.text import counted
from devhook.tui import styles
from devhook.tui.untrusted import displayed

_INDENT: Final = "  "
_LONGEST_VALUE: Final = 4_000
# Text without quotes, backslashes, controls and what a mask could take for personal data.
_PLAIN: Final = re.compile(r"[A-Za-z_ ./:-]*|[0-9]{1,4}(\.[0-9]{2})?")
_SHORT: Final = 200


class JsonLine(NamedTuple):
    """One line: `key` is None in lists and on closing lines; `comma` is `,` or nothing.

    `mark` says what happened to the field that it is or belongs to, `begins` that the field begins here.
    """

    depth: int
    key: str | None
    value: Any
    bracket: str
    comma: str
    mark: Kind | None
    begins: bool = False

    @property
    def length(self) -> int:
        """About as many cells as it takes: wide characters count once."""
        key = len(self.key) + 4 if self.key is not None else 0
        value = len(self.bracket) or len(str(self.value)) + 2
        return 2 + 2 * self.depth + key + value + 1

    @property
    def opens(self) -> bool:
        """Whether an object or a list begins here that ends on a later line."""
        return self.bracket in {"{", "["}

    @property
    def closes(self) -> bool:
        """Whether an object or a list ends here that began on an earlier line."""
        return self.bracket in {"}", "]"}

    def content(self) -> Content:
        """Return the line as it is drawn: the mark's column, then highlighted JSON."""
        return Content.assemble(*_pieces(self))

    def folded(self, items: int, closing: "JsonLine", mark: Kind | None) -> Content:
        """Return the first line of an object or a list of so many `items` that is folded into it.

        `mark` says what happened to a field in it.
        """
        noun = "item" if self.bracket == "[" else "field"
        parts = _pieces(self._replace(mark=self.mark or mark, comma=""))
        parts += [
            (f"▸ {counted(items, noun)} ", styles.ACCENT),
            (closing.bracket + closing.comma, styles.PUNCTUATION),
        ]
        return Content.assemble(*parts)

    def plain(self) -> str:
        """Return the text of `content`. A payload of 350 KB has 20,000 lines: most take the short way."""
        value, key = self.value, self.key
        if self.bracket:
            end = self.bracket
        elif isinstance(value, str) and _is_plain(value):
            end = f'"{value}"'
        elif isinstance(value, int) and not isinstance(value, bool):
            end = str(value)
        else:
            end = displayed(value_words(value, _LONGEST_VALUE))
        if key is None:
            name = ""
        elif _is_plain(key):
            name = f'"{key}": '
        else:
            name = f"{displayed(json.dumps(key, ensure_ascii=False))}: "
        sign = KIND_SIGNS[self.mark] if self.mark else " "
        return f"{sign} {_INDENT * self.depth}{name}{end}{self.comma}"


def json_lines(document: Any, marks: Mapping[str, Kind]) -> list[JsonLine]:
    """Return the lines of `document`; the fields at the pointers (RFC 6901) in `marks` carry their mark.

    A whole object or list that was added is marked on every line. Nothing here recurses, so that a document
    nested a thousand deep is drawn like any other.
    """
    lines: list[JsonLine] = []
    todo: list[JsonLine | tuple[int, str | None, Any, str, str, Kind | None]] = [
        (0, None, document, "", "", None)
    ]
    while todo:
        item = todo.pop()
        if isinstance(item, JsonLine):
            lines.append(item)
            continue
        depth, key, value, pointer, comma, inherited = item
        begins = pointer in marks
        mark = marks[pointer] if begins else inherited
        if not isinstance(value, dict | list):
            lines.append(JsonLine(depth, key, value, "", comma, mark, begins))
            continue
        opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
        if not value:
            lines.append(JsonLine(depth, key, None, opening + closing, comma, mark, begins))
            continue
        lines.append(JsonLine(depth, key, None, opening, "", mark, begins))
        todo.append(JsonLine(depth, None, None, closing, comma, mark))
        last = True
        for name, child in reversed(_children(value)):
            key = name if isinstance(name, str) else None
            todo.append((depth + 1, key, child, f"{pointer}/{escape(name)}", "" if last else ",", mark))
            last = False
    return lines


def _pieces(line: JsonLine) -> list[tuple[str, str]]:
    sign, sign_style = (KIND_SIGNS[line.mark] + " ", styles.KINDS[line.mark]) if line.mark else (_INDENT, "")
    parts = [(sign, sign_style), (_INDENT * line.depth, "")]
    if line.key is not None:
        key_style = f"bold {sign_style}" if line.mark else styles.KEY
        parts += [
            (displayed(json.dumps(line.key, ensure_ascii=False)), key_style),
            (": ", styles.PUNCTUATION),
        ]
    if line.bracket:
        parts.append((line.bracket + line.comma, styles.PUNCTUATION))
    else:
        parts += [
            (displayed(value_words(line.value, _LONGEST_VALUE)), _style_of(line.value)),
            (line.comma, styles.PUNCTUATION),
        ]
    return parts


def _is_plain(text: str) -> bool:
    """Return whether JSON writes the text as it is, and a line shows it so."""
    return len(text) < _SHORT and _PLAIN.fullmatch(text) is not None


def _children(value: dict[str, Any] | list[Any]) -> Sequence[tuple[str | int, Any]]:
    return list(value.items()) if isinstance(value, dict) else list(enumerate(value))


def _style_of(value: Any) -> str:
    match value:
        case str():
            return styles.STRING
        case None | bool():
            return styles.WORD
        case _:
            return styles.NUMBER
