"""TOML that anybody may have written: parsed within bounds."""

import re
import tomllib
from typing import Any, Final

_MOST_PARTS: Final = 32
# The time of Python's parser grows with the square of a key's parts: half a minute for 60 KB of `a.a.a`.
_LONG_KEY: Final = re.compile(
    rf"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){{{_MOST_PARTS}}}"""
)


def parse_toml(text: str) -> dict[str, Any]:
    """Return the tables of a TOML text. Raise ValueError with the reason for any other text."""
    if long := _LONG_KEY.search(text):
        line = text.count("\n", 0, long.start()) + 1
        raise ValueError(f"Key with more than {_MOST_PARTS} parts (at line {line}, column 1)")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("Nested too deeply (at end of document)") from error
