"""The position of each value in a JSON text, which may be invalid: for the tree beside the editor. Pure."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from devhook.webhook.document import DEEPEST

_TOKEN: Final = re.compile(r'"(?:\\.|[^"\\\n])*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')
_OPENING: Final = "{["
_CLOSING: Final = "}]"
_BETWEEN: Final = ",:"
# Values that are listed; an order of 250 lines has about 25,000.
_MOST: Final = 50_000


class Node(NamedTuple):
    """One value: its place in the text, its name, and its path of names and positions.

    `inside`: how many values it contains; None for one that is no object and no list.
    """

    path: tuple[str, ...]
    start: int
    end: int
    inside: int | None = None

    @property
    def depth(self) -> int:
        """The number of values that contain it."""
        return len(self.path)

    @property
    def name(self) -> str:
        """Its key, or its position in a list; empty for the document."""
        return self.path[-1] if self.path else ""


@dataclass
class _Open:
    """An object or a list that is not closed yet: its node, and the name of the value that comes next."""

    node: int
    is_list: bool
    name: str = ""
    count: int = 0


@dataclass(frozen=True)
class JsonTextOutline:
    """The values of a text, in their order."""

    text: str
    nodes: tuple[Node, ...]
    _lines: tuple[int, ...] = field(repr=False)

    @classmethod
    def of(cls, text: str) -> "JsonTextOutline":
        """Return the outline of a text. Invalid JSON is read as far as possible."""
        lines = (0, *(found.end() for found in re.finditer("\n", text)))
        return cls(text, tuple(_nodes(text)), lines)

    def location(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of a place in the text."""
        line = bisect_right(self._lines, offset) - 1
        return line, offset - self._lines[line]

    def offset(self, location: tuple[int, int]) -> int:
        """Return the place in the text of a line and a column."""
        line = min(location[0], len(self._lines) - 1)
        return self._lines[line] + location[1]

    def node_at(self, location: tuple[int, int]) -> int | None:
        """Return the number of the value that begins on the line of a place, or else is around it."""
        here, first = self.offset(location), self.offset((location[0], 0))
        end = self._lines[location[0] + 1] if location[0] + 1 < len(self._lines) else len(self.text) + 1
        found = bisect_right(self.nodes, here, key=lambda node: node.start) - 1
        following = self.nodes[found + 1] if found + 1 < len(self.nodes) else None
        begun = found >= 0 and self.nodes[found].start >= first
        if not begun and following is not None and following.start < end:
            return found + 1
        while not begun and found > 0 and self.nodes[found].end <= here:
            found -= 1
        return found if found >= 0 else None

    def value(self, node: Node) -> str:
        """Return a value as it is written."""
        return self.text[node.start : node.end]


def _nodes(text: str) -> list[Node]:
    nodes: list[Node] = []
    around: list[_Open] = []
    tokens = list(_TOKEN.finditer(text))
    for place, found in enumerate(tokens):
        written, inside = found[0], around[-1] if around else None
        if written in _CLOSING:
            if around:
                closed = around.pop()
                nodes[closed.node] = nodes[closed.node]._replace(end=found.end(), inside=closed.count)
        elif written in _BETWEEN:
            continue
        elif inside and not inside.is_list and _is_key(tokens, place):
            inside.name = written[1:-1]
        else:
            opens = written in _OPENING
            nodes.append(Node(_path(nodes, inside), found.start(), found.end(), 0 if opens else None))
            if opens:
                around.append(_Open(len(nodes) - 1, is_list=written == _OPENING[1]))
            if len(nodes) >= _MOST or len(around) > DEEPEST:
                break
    for left in around:
        nodes[left.node] = nodes[left.node]._replace(end=len(text), inside=left.count)
    return nodes


def _path(nodes: list[Node], inside: _Open | None) -> tuple[str, ...]:
    """Return the path of the next value inside of what is open, and count it there."""
    if inside is None:
        return ()
    name = str(inside.count) if inside.is_list else inside.name
    inside.count += 1
    return (*nodes[inside.node].path, name)


def _is_key(tokens: list[re.Match[str]], place: int) -> bool:
    return tokens[place][0].startswith('"') and place + 1 < len(tokens) and tokens[place + 1][0] == ":"


def line_parts(line: str) -> Iterator[tuple[int, int, str]]:
    """Yield the parts of a line that are drawn in a colour: start, end and kind."""
    tokens = list(_TOKEN.finditer(line))
    for place, found in enumerate(tokens):
        written = found[0]
        if _is_key(tokens, place):
            kind = "key"
        elif written.startswith('"'):
            kind = "string"
        elif written in _OPENING + _CLOSING + _BETWEEN:
            kind = "punctuation"
        else:
            kind = "word" if written[0].isalpha() else "number"
        yield found.start(), found.end(), kind
