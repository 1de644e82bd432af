"""Validates header names and values, and knows which headers describe a connection. Pure."""

import re
from typing import Final

_OF_THE_CONNECTION: Final = frozenset(
    {"connection", "content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def readable(text: str) -> str:
    """Return a header's name or value decoded as UTF-8; headers are kept as bytes read as Latin-1."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def is_of_the_connection(name: str) -> bool:
    """Return whether the header describes a connection; its recorded value is never sent again."""
    return name.lower() in _OF_THE_CONNECTION


def is_name(name: str) -> bool:
    """Return whether `name` is a valid header name (RFC 9110)."""
    return _NAME.fullmatch(name) is not None


def is_value(value: str) -> bool:
    """Return whether `value` is a valid header value: a control character could end the line."""
    return _CONTROLS.search(value) is None
