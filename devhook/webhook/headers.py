"""What a header can be, and which ones describe a connection instead of the message on it. Pure."""

import re
from typing import Final

_OF_THE_CONNECTION: Final = frozenset(
    {"connection", "content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def readable(text: str) -> str:
    """Return a header's name or value as it was meant: what came, read as Latin-1, is mostly UTF-8."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def is_of_the_connection(name: str) -> bool:
    """Whether the header describes the connection: a recorded value would contradict the one open now."""
    return name.lower() in _OF_THE_CONNECTION


def is_name(name: str) -> bool:
    """Whether a header can be called so (RFC 9110). What cannot could be read as an option, or as a line."""
    return _NAME.fullmatch(name) is not None


def is_value(value: str) -> bool:
    """Whether a header can have this value: a control character could end it, or the line."""
    return _CONTROLS.search(value) is None
