"""The one way foreign text reaches the screen: made visible, never parsed as markup, cut by cells.

Given the string `[/foo]` a Textual widget crashes, `[@click=app.quit]` becomes a clickable action, and a raw
escape sequence reaches the terminal. What comes out of here can do none of it.

While the app masks personal data, text is masked here by shape too, before it is cut or wrapped: half of an
address is not recognised as one.
"""

import unicodedata
from typing import Final

from rich.cells import cell_len, chop_cells
from textual._context import active_app
from textual.content import Content
from textual.widgets import Input

from devhook.privacy.mask import Mask
from devhook.text import visible

_ELLIPSIS: Final = "…"
# A line of a few hundred kilobytes is not read on a screen; measuring its cells would freeze it.
_LONGEST_LINE: Final = 4_000
# What is cut off a line begins with the rest of a word.
_LAST_WORD: Final = 256


class UntrustedInput(Input):
    """A line to type into. What is typed or pasted into it is made visible before it is shown."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Take the slash too, whose character Textual does not know: a page's `/` does nothing here."""
        return key == "slash" or super().check_consume_key(key, character)

    def validate_value(self, value: str) -> str:
        """Make the value visible."""
        return visible(value)


def app_mask(app: object) -> Mask | None:
    """Return the mask of an app; None where it shows personal data, or cannot mask it."""
    # A page asks 400 times: to compare the app with a protocol takes 4 ms (Python 3.11).
    found: Mask | None = getattr(app, "mask", None)
    return found


def untrusted(text: str, style: str = "") -> Content:
    """Return `text` as something to look at, in `style` (a theme variable such as `$text-muted`)."""
    return Content.styled(displayed(text), style)


def cut(text: str, cells: int) -> str:
    """Return `text` made visible in at most `cells` cells, ending in `…` where it was cut."""
    shown = displayed(text)
    if (len(shown) if shown.isascii() else cell_len(shown)) <= cells:
        return shown
    if cells <= 0:
        return ""
    if shown.isascii():
        return shown[: cells - 1] + _ELLIPSIS
    return (chop_cells(shown, cells - 1)[0] if cells > 1 else "") + _ELLIPSIS


def fitted(text: str, cells: int) -> str:
    """Return `text` made visible in exactly `cells` cells: cut with `…`, or filled with blanks."""
    shown = cut(text, cells)
    return shown + " " * (cells - (len(shown) if shown.isascii() else cell_len(shown)))


def wrapped(text: str, cells: int) -> list[str]:
    """Return `text` made visible, folded into pieces of at most `cells` cells; at least one piece."""
    shown = displayed(text)
    return chop_cells(shown, max(1, cells)) or [""]


def prose(lead: str, text: str, width: int, style: str) -> list[Content]:
    """Wrap `text`, made visible, at words behind `lead`, which stands on the first line only."""
    room = max(8, width - cell_len(lead))
    pieces = untrusted(text, style).wrap(room)
    indent = " " * cell_len(lead)
    return [
        Content.styled(indent if number else lead, style) + piece.rstrip()
        for number, piece in enumerate(pieces)
    ]


def displayed(text: str) -> str:
    """Return `text` made visible and masked; of a very long one its beginning, and its length."""
    kept = text[: _LONGEST_LINE + _LAST_WORD]
    mask = app_mask(active_app.get(None))
    if mask is not None:
        kept = mask.text(kept)
    if len(text) <= _LONGEST_LINE:
        return visible(kept)
    return visible(f"{kept[:_LONGEST_LINE]}{_ELLIPSIS} ({len(text):,} characters)")


def writable_json(text: str) -> str:
    r"""Return JSON that can stand in an editor: what could act in its strings is written `\u202e` instead.

    It means the same document. `visible` would alter it.
    """
    return "\n".join(
        line if visible(line) == line else "".join(map(_spelled, line)) for line in text.split("\n")
    )


def _spelled(character: str) -> str:
    if visible(character) == character and not unicodedata.category(character).startswith("M"):
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
