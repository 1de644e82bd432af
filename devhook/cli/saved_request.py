"""A request that a person saved: headers as lines or as a JSON object, with or without the body below."""

import json
import re
from typing import Final

from devhook.errors import InputError

_REQUEST_LINE: Final = rb"(?:[A-Z]+ \S+(?: HTTP/[0-9.]+)?|HTTP/[0-9.]+ \d{3}[^\r\n]*)\r?\n"
_HEADER_LINE: Final = rb"[A-Za-z][A-Za-z0-9-]*:[^\r\n]*\r?\n"
_WHOLE: Final = re.compile(rb"((?:%s)?(?:%s)+)\r?\n" % (_REQUEST_LINE, _HEADER_LINE))
_HEADER: Final = re.compile(r"^[>* ]*([A-Za-z][A-Za-z0-9-]*)\s*:\s*(.*?)\s*$", re.MULTILINE)

Headers = tuple[tuple[str, str], ...]


def parted(saved: bytes) -> tuple[Headers, bytes]:
    """Part a saved request into its headers and its body; what is only a body has none.

    No body of Shopify's begins like a request: JSON begins with `{`, XML with `<`.
    """
    found = _WHOLE.match(saved)
    if found is None:
        return (), saved
    return _lines(found[1].decode("latin-1")), saved[found.end() :]


def headers_of(saved: bytes) -> Headers:
    """Read headers alone: lines as curl -v or a proxy shows them, or the JSON object that a program logged.

    Raises InputError where there are none.
    """
    text = saved.decode("latin-1")
    found = _object(text) if text.lstrip().startswith("{") else _lines(text)
    if not found:
        raise InputError(
            "The file that --headers names holds no headers.",
            'One a line (X-Shopify-Topic: orders/paid), or as a JSON object ({"x-shopify-topic": "…"}).',
        )
    return found


def _lines(text: str) -> Headers:
    return tuple(_HEADER.findall(text))


def _object(text: str) -> Headers:
    try:
        told = json.loads(text)
    except ValueError:
        return ()
    return tuple(
        (name, str(value[0] if isinstance(value, list) and value else value)) for name, value in told.items()
    )
