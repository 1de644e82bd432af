"""The signs of the screen and of the lines, and the ASCII character for each in a locale without UTF-8.

A sign and its substitute are one cell wide, so that columns stay where they are.
"""

from collections.abc import Mapping
from typing import Final

_SUBSTITUTES: Final = (
    ("✓✗●○◆■×", "vx*oo#x"),
    ("→←↑↓↵⏎↻▸▾", "><^v<<@+-"),
    ("…·•–—\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}“”‹›", ".-*--''\"\"<>"),
    ("▌▐▏▎▍▕", ">|||||"),
    ("▁▂▃▄▅▆▇█▉▊▋", "_.:-=+*####"),
    ("░▒▓▔▙▛▜▟▖▗▘▝", ".:#-########"),
    ("─━═╌┄┈╴╶╸╺", "----------"),
    ("│┃║┆┊╎╵╷╹╻", "||||||||||"),
    ("┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝╠╣╦╩╬", "+" * 22),
    ("\N{NO-BREAK SPACE}µ␛␊␉␍�", " u?????"),
)
SIGNS: Final[Mapping[str, str]] = {
    sign: substitute for signs, row in _SUBSTITUTES for sign, substitute in zip(signs, row, strict=True)
}
"""The ASCII character of each sign."""

_VARIABLES: Final = ("LC_ALL", "LC_CTYPE", "LANG")
_UTF8: Final = ("UTF-8", "UTF8")
# Python sets LC_CTYPE to one of these where the locale is C (https://peps.python.org/pep-0538/).
_COERCED: Final = frozenset({"C.UTF-8", "C.utf8", "UTF-8"})
_NO_LOCALE: Final = frozenset({"C", "POSIX"})


def has_utf8(environment: Mapping[str, str]) -> bool:
    """Return whether the locale uses UTF-8; if none is set, as in most containers, assume UTF-8."""
    given = {name: environment[name] for name in _VARIABLES if environment.get(name)}
    if given.get("LC_CTYPE") in _COERCED and given.get("LANG") in _NO_LOCALE and "LC_ALL" not in given:
        del given["LC_CTYPE"]
    locale = next(iter(given.values()), _UTF8[0])
    return locale.upper().partition("@")[0].endswith(_UTF8)


def in_ascii(text: str) -> str:
    r"""Return text with its signs in ASCII; any other character is escaped: `\u20ac`."""
    if text.isascii():
        return text
    signs = "".join(SIGNS.get(character, character) for character in text)
    return signs.encode("ascii", "backslashreplace").decode()
