"""What an answer says: its body as the text it is, without encoding and markup, and its beginning. Pure."""

import html
import re
import zlib
from typing import Final

from devhook.webhook.answer import Answer

_SHOWN: Final = 120
# zlib finds out by itself whether it is gzip or deflate.
_GZIP_OR_DEFLATE: Final = 47
_LARGEST: Final = 256 * 1024
_UNSEEN: Final = re.compile(r"<(head|script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def text_of(answer: Answer) -> str:
    """Return the answer's body as text; nothing where it is compressed in a way that cannot be undone."""
    encoding = next((value for name, value in answer.headers if name.lower() == "content-encoding"), "")
    body = answer.body
    if encoding.strip().lower() in {"gzip", "deflate"}:
        try:
            body = zlib.decompressobj(_GZIP_OR_DEFLATE).decompress(body, _LARGEST)
        except zlib.error:
            body = b""
    return body.decode("utf-8", "replace")


def beginning(text: str) -> str:
    """Return the first words of a text on one line; of a page, those that a browser would show."""
    if text.lstrip().startswith("<"):
        text = html.unescape(_UNSEEN.sub(" ", text))
    words = " ".join(text.split())
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"
