"""XML as an outline: elements of several lines fold; paths are those of the document that it is read as."""

import re
from collections.abc import Iterable
from html import unescape
from typing import Final, NamedTuple

from textual.content import Content

from devhook.text import counted
from devhook.tui import styles
from devhook.tui.tabs.json_outline import WIDEST
from devhook.tui.tabs.outline import Outline, Step
from devhook.tui.untrusted import displayed

_TAG: Final = re.compile(r"<[^<>]*>")
_NAME: Final = re.compile(r"</?([^\s/>]+)")
_ARRAY: Final = re.compile(r"""\btype\s*=\s*["']array["']""")
# XML with fewer line ends was written by a machine for machines: it gets a line for every element.
_LAID_OUT: Final = 3


class _Element(NamedTuple):
    """An element: the line where it begins, and the way to it."""

    line: int
    steps: tuple[Step, ...]
    is_array: bool


class XmlOutline(Outline):
    """The lines of a well-formed XML text, as it came."""

    def __init__(self, text: str) -> None:
        if text.count("\n") < _LAID_OUT:
            text = re.sub(r">\s*<", ">\n<", text)
        self._lines = text.replace("\r\n", "\n").split("\n")
        elements = _Elements()
        self._steps = [elements.read(number, line) for number, line in enumerate(self._lines)]
        self.ends = elements.ends
        width = min(WIDEST, max(map(len, self._lines)) + 2)
        super().__init__(
            len(self._lines), width, lambda number: Content.assemble(*_parts(self._lines[number]))
        )

    def folded(self, first: int) -> Content:
        """Return the line that an element is folded into."""
        last = self.ends[first]
        return Content.assemble(
            *_parts(self._lines[first]),
            (f" ▸ {counted(last - first - 1, 'line')} ", styles.ACCENT),
            (displayed(self._lines[last].strip()), styles.KEY),
        )

    def texts(self) -> Iterable[str]:
        """Return the text of every line."""
        return ("".join(text for text, _ in _parts(line)) for line in self._lines)

    def steps(self, number: int) -> tuple[Step, ...] | None:
        """Return the way to the first element of a line."""
        return self._steps[number]

    def value(self, number: int) -> str | None:
        """Return the text of an element on one line, and the lines of a longer one."""
        first = self.node(number) if self._lines[number].strip().startswith("</") else number
        if self._steps[number] is None or first is None:
            return None
        if first in self.ends:
            return "\n".join(self._lines[first : self.ends[first] + 1])
        return unescape(_TAG.sub("", self._lines[number]).strip())


class _Elements:
    """Tracks the open elements from line to line. `ends`: the last line of each longer one, by its first."""

    def __init__(self) -> None:
        self.ends: dict[int, int] = {}
        self._open: list[_Element] = []
        self._inside = [0]  # how many elements each of the open ones has had

    def read(self, number: int, line: str) -> tuple[Step, ...] | None:
        """Take in a line; return the way to the first element that begins or ends on it, or that it is in."""
        found = [self._take(number, tag) for tag in _TAG.findall(line) if not tag.startswith(("<?", "<!"))]
        if found:
            return found[0]
        return self._open[-1].steps if self._open else None

    def _take(self, number: int, tag: str) -> tuple[Step, ...]:
        if tag.startswith("</"):
            return self._end(number)
        named = _NAME.match(tag)
        steps: tuple[Step, ...] = ()
        if self._open:  # the outermost name is no step
            outer = self._open[-1]
            name = named[1].replace("-", "_") if named else ""
            steps = (*outer.steps, self._inside[-1] if outer.is_array else name)
        self._inside[-1] += 1
        if not tag.endswith("/>"):
            self._open.append(_Element(number, steps, _ARRAY.search(tag) is not None))
            self._inside.append(0)
        return steps

    def _end(self, number: int) -> tuple[Step, ...]:
        if not self._open:
            return ()
        self._inside.pop()
        element = self._open.pop()
        if element.line < number:
            self.ends[element.line] = number
        return element.steps


def _parts(text: str) -> list[tuple[str, str]]:
    """Return the pieces of a line with their styles: tags, and the text between them."""
    parts = [("  ", "")]
    end = 0
    for tag in _TAG.finditer(text):
        parts += [(displayed(text[end : tag.start()]), styles.STRING), (displayed(tag.group()), styles.KEY)]
        end = tag.end()
    return [*parts, (displayed(text[end:]), styles.STRING)]
