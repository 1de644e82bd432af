"""One byte of a body altered, as somebody would who wants to gain by it."""

import re
from typing import Final

# Where a digit of money stands, in JSON or XML: what somebody would alter. An order's total comes first.
_DIGITS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rb"""total[_-]price(?:":"|[^<>]*>)(\d)""",
        rb"""(?:price|amount)(?:":"|[^<>]*>)(\d)""",
        rb"""(\d)\D*\Z""",
    )
)


def tampered(body: bytes) -> bytes:
    """Return `body` with one byte altered: a digit of an amount, else the last digit, else the last byte.

    The length stays, and a digit stays a digit, so that what comes out can still be read.
    """
    found = next(filter(None, (digit.search(body) for digit in _DIGITS)), None)
    if found is None:
        return body[:-1] + b" " if body else body
    position = found.start(1)
    digit = b"%d" % (int(found[1]) % 9 + 1)
    return body[:position] + digit + body[position + 1 :]
