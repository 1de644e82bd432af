"""The text of a trainer's note: a small subset of Markdown, as paragraphs, items and code."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from devhook.text import visible

_MARKED: Final = re.compile(
    r"\*\*(?P<strong>[^*\n]+)\*\*|\*(?P<emphasis>[^*\s][^*\n]*)\*|`(?P<code>[^`\n]+)`"
)
_INDENT: Final = "    "
_BULLET: Final = "- "


class TextStyle(StrEnum):
    """The style of a piece of a paragraph."""

    PLAIN = "plain"
    STRONG = "strong"
    EMPHASIS = "emphasis"
    CODE = "code"


class StyledPiece(NamedTuple):
    """A part of a paragraph with one style."""

    text: str
    look: TextStyle = TextStyle.PLAIN


class NoteBlock(NamedTuple):
    """A paragraph, an item of a list (`is_item`), or a line of code, which is not wrapped (`is_code`).

    `follows` is whether the block before it is of the same kind, so that no blank line parts them.
    """

    pieces: tuple[StyledPiece, ...]
    is_item: bool = False
    is_code: bool = False
    follows: bool = False

    @property
    def text(self) -> str:
        """The text without its styles."""
        return "".join(piece.text for piece in self.pieces)


def blocks(note: str) -> tuple[NoteBlock, ...]:
    """Return the blocks of a note.

    A blank line ends a paragraph, `- ` begins an item, four blanks begin a line of code. `**strong**`,
    `*emphasis*` and `` `code` `` give a piece another look. Everything else is text: headings, links, tags.
    """
    found: list[NoteBlock] = []
    for kind, text in _gathered(note):
        block = NoteBlock(
            (StyledPiece(text, TextStyle.CODE),) if kind == _INDENT else tuple(_pieces(text)),
            is_item=kind == _BULLET,
            is_code=kind == _INDENT,
        )
        before = found[-1] if found else None
        follows = before is not None and kind != "" and before[1:3] == block[1:3]
        found.append(block._replace(follows=follows))
    return tuple(found)


def _gathered(note: str) -> Iterator[tuple[str, str]]:
    """Yield (prefix of the block, its text); the lines of a paragraph or an item are joined."""
    kind, gathered = "", list[str]()
    for line in [*note.splitlines(), ""]:
        begins = next((sign for sign in (_INDENT, _BULLET) if line.startswith(sign)), "")
        if gathered and (begins or not line.strip()):
            yield kind, " ".join(gathered)
            kind, gathered = "", []
        if begins == _INDENT:
            yield _INDENT, visible(line.removeprefix(_INDENT))
        elif line.strip():
            kind = kind if gathered else begins
            gathered.append(visible(line.removeprefix(begins).strip()))


def _pieces(text: str) -> Iterator[StyledPiece]:
    end = 0
    for found in _MARKED.finditer(text):
        if found.start() > end:
            yield StyledPiece(text[end : found.start()])
        look = TextStyle(found.lastgroup or TextStyle.PLAIN)
        yield StyledPiece(found[look], look)
        end = found.end()
    if end < len(text) or not end:
        yield StyledPiece(text[end:])
