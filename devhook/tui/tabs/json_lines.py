"""A document as indented JSON, one line of it at a time, with the changed fields marked. Pure of widgets.

The document is walked once; what a line looks like is made only when it is drawn.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from textual.content import Content

from devhook.analysis.diff import Kind
from devhook.analysis.wording import KIND_SIGNS, value_words
from devhook.json_pointer import escape
from devhook.tui import styles
from devhook.tui.untrusted import untrusted

_INDENT: Final = "  "
_LONGEST_VALUE: Final = 4_000


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

    def content(self) -> Content:
        """Return the line as it is drawn: the mark's column, then highlighted JSON."""
        sign, sign_style = (
            (KIND_SIGNS[self.mark] + " ", styles.KINDS[self.mark]) if self.mark else (_INDENT, "")
        )
        parts: list[Content] = [Content.styled(sign, sign_style), Content(_INDENT * self.depth)]
        if self.key is not None:
            key_style = f"bold {sign_style}" if self.mark else styles.KEY
            parts += [
                untrusted(json.dumps(self.key, ensure_ascii=False), key_style),
                Content.styled(": ", styles.PUNCTUATION),
            ]
        if self.bracket:
            parts.append(Content.styled(self.bracket + self.comma, styles.PUNCTUATION))
        else:
            parts += [
                untrusted(value_words(self.value, _LONGEST_VALUE), _style_of(self.value)),
                Content.styled(self.comma, styles.PUNCTUATION),
            ]
        return Content.assemble(*parts)


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
            shown = name if isinstance(name, str) else None
            todo.append((depth + 1, shown, child, f"{pointer}/{escape(name)}", "" if last else ",", mark))
            last = False
    return lines


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
