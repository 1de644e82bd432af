"""Undoes the chunk framing of HTTP/1.1, where a recorder kept it. Pure."""

import re
from typing import Final

_SIZE_LINE: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_LINE_END: Final = re.compile(rb"\r?\n")
# What follows the last chunk: header lines, then an empty one, which recorders omit.
_TRAILER: Final = re.compile(rb"(?:[!#-'*+.^-z|~0-9A-Z-]+:[^\r\n]*\r?\n)*\s*")


def unchunked(framed: bytes) -> bytes | None:
    """Return the body inside a complete chunked transfer (RFC 9112, section 7.1); None if this is not one.

    Line ends may be LF, as editors save them.
    """
    pieces: list[bytes] = []
    position = 0
    while found := _SIZE_LINE.match(framed, position):
        start, size = found.end(), int(found[1], 16)
        if size == 0:
            return b"".join(pieces) if _TRAILER.fullmatch(framed, start) else None
        pieces.append(framed[start : start + size])
        end = _LINE_END.match(framed, start + size)
        if end is None:
            return None
        position = end.end()
    return None
