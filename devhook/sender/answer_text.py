"""The text of an answer: its body decoded, and the beginning of it without markup, on one line. Pure."""

import html
import re
import zlib
from typing import Final

from devhook.webhook.answer import Answer

_EXCERPT: Final = 120
# zlib detects whether it is gzip or deflate.
_GZIP_OR_DEFLATE: Final = 47
_LARGEST: Final = 256 * 1024
_UNSEEN: Final = re.compile(r"<(head|script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def text_of(answer: Answer) -> str:
    """Return the answer's body as text; empty where it cannot be decompressed."""
    encoding = next((value for name, value in answer.headers if name.lower() == "content-encoding"), "")
    body = answer.body
    if encoding.strip().lower() in {"gzip", "deflate"}:
        try:
            body = zlib.decompressobj(_GZIP_OR_DEFLATE).decompress(body, _LARGEST)
        except zlib.error:
            body = b""
    return body.decode("utf-8", "replace")


def excerpt(text: str, length: int = _EXCERPT) -> str:
    """Return the beginning of a text on one line; of an HTML page, of the words that a browser shows."""
    if text.lstrip().startswith("<"):
        text = html.unescape(_UNSEEN.sub(" ", text))
    words = " ".join(text.split())
    return words if len(words) <= length else f"{words[: length - 1]}…"
