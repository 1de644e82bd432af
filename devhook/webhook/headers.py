"""Validates and finds headers, and knows which ones describe a connection. Pure."""

import re
from collections.abc import Sequence
from typing import Final

# Shopify's two header families; where both are present the first one wins, as in its own libraries.
_SHOPIFY_PREFIXES: Final = ("shopify-", "x-shopify-")

RawHeaders = Sequence[tuple[bytes, bytes]]
"""Names and values as the bytes that came."""

_OF_THE_CONNECTION: Final = frozenset(
    {"connection", "content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class FirstValues:
    """The first value of each header of a request, found whatever the case of its name.

    `Delivery` finds the same, once it is made with all headers as text. The receiver makes none: it needs six
    values before it answers, which take 2 us here.
    """

    __slots__ = ("_values",)

    def __init__(self, headers: RawHeaders) -> None:
        self._values = {name.lower(): value for name, value in reversed(headers)}

    def get(self, name: str) -> str | None:
        """Return the value of the header `name`, given in lower case; None if there is none."""
        value = self._values.get(name.encode())
        return None if value is None else value.decode("latin-1")

    def shopify(self, name: str) -> str | None:
        """Return the value of Shopify's header `name`, as `Delivery.shopify` does."""
        for prefix in _SHOPIFY_PREFIXES:
            value = self._values.get(f"{prefix}{name}".encode())
            if value is not None:
                return _as_text(value).strip()
        return None


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


def _as_text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
