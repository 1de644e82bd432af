"""The one way foreign text reaches a terminal: what could act is replaced by something to look at.

Whoever finds the public address chooses what is shown. A raw `ESC ]52` writes the clipboard, `ESC ]0` the
window's title, a bidi control turns a line round, a zero-width one hides a difference, a newline forges a
row.
Markup is another matter: what comes out of here is still text and must never be parsed as markup.
"""

import re
import unicodedata
from typing import Final

_PICTURES: Final = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}

# Cc: controls. Cf: format characters (bidi, zero-width, tags, soft hyphen, byte order mark). Cs: half
# surrogates, which no terminal can be sent. Co, Cn: private and unassigned, whose width nobody knows.
# Zl, Zp: line ends.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_PLAIN: Final = re.compile(r"[ -~]*\Z")
# Combining marks beyond this many on one character pile up over the lines above ("zalgo").
_MARKS_ALLOWED: Final = 3
# Blank in every font though no category says so: Hangul fillers, the Braille blank.
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def visible(text: str) -> str:
    """Return `text` with every control, bidi, zero-width and unassigned character replaced by a visible one.

    Controls become their pictures (`␛`, `␊`), the others their code (`‹U+202E›`). Printable text, accents and
    emoji of one code point are returned as they are. The result holds no character that moves the cursor.
    """
    if _PLAIN.match(text):
        return text
    shown = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if category in _HIDDEN or character in _BLANK or marks > _MARKS_ALLOWED:
            code = ord(character)
            shown.append(_PICTURES.get(code) or f"‹U+{code:04X}›")
        else:
            shown.append(character)
    return "".join(shown)
