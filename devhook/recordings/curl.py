r"""Writes deliveries as shell lines that send them again with curl, whatever bytes they contain.

A line is ASCII and needs bash or zsh. Plain characters are quoted in '…', everything else in $'…', where each
special byte is \xHH: also `'` and `!`, which an interactive shell looks up in its history. A body that no
argument can contain (a zero byte, or more than Linux allows) comes through a pipe.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Final

from devhook.inbox.recorded import Recorded
from devhook.recordings.export_format import DEFAULT_TARGET, ExportFormat, path_of, sendable
from devhook.webhook.delivery import Delivery

# Bytes. Linux takes 128 KiB for one argument (MAX_ARG_STRLEN).
_LONGEST_ARGUMENT: Final = 100_000
_PLAIN: Final = re.compile(rb"[ -&(-~]*")
# The headers that curl adds by default.
_ADDED: Final = ("Accept", "Content-Type", "User-Agent")
_EXPECT_FROM: Final = 1024


def write_curl(deliveries: Iterable[Recorded], to: str | None = None) -> Iterator[str]:
    """Yield a line for each delivery. Without `to` it goes to its own path at $TARGET or localhost:3000."""
    for each in deliveries:
        yield curl_line(each.delivery, to)


def curl_line(delivery: Delivery, to: str | None = None) -> str:
    """Return the line that sends the delivery's bytes and headers, and prints the answer.

    >>> curl -i "${TARGET:-http://localhost:3000}"'/webhooks' -H 'X-Shopify-Topic: orders/paid' … \
    ...     --data-raw '{"id":1}'
    """
    piped = b"\x00" in delivery.body or len(delivery.body) > _LONGEST_ARGUMENT
    words = ["curl", "-i"]
    if delivery.method != "POST":
        words += ["-X", quoted(delivery.method.encode("latin-1", "replace"))]
    # So that curl does not interpret brackets in the address, or remove dots.
    words += ["--globoff", "--path-as-is", _address(delivery, to)]
    words += [f"-H {quoted(header)}" for header in _headers(delivery)]
    if not piped:
        return " ".join([*words, "--data-raw", quoted(delivery.body)])
    encoded = base64.b64encode(delivery.body).decode("ascii")
    return f"printf %s {encoded} | base64 -d | {' '.join(words)} --data-binary @-"


def quoted(text: bytes) -> str:
    """Return a shell word for these bytes, which contain no zero byte."""
    if _PLAIN.fullmatch(text):
        return f"'{text.decode('ascii')}'"
    return f"$'{''.join(map(_escaped, text))}'"


def _escaped(byte: int) -> str:
    character = chr(byte)
    if character == "\n":
        return r"\n"
    if " " <= character <= "~" and character not in "'\\!":
        return character
    return f"\\x{byte:02x}"


def _address(delivery: Delivery, to: str | None) -> str:
    if to is not None:
        return quoted(to.encode())
    return f'"${{TARGET:-{DEFAULT_TARGET}}}"{quoted(path_of(delivery).encode())}'


def _headers(delivery: Delivery) -> Iterator[bytes]:
    """Yield the headers in curl's form: `Name;` has no value, `Name:` is not added by curl."""
    given = sendable(delivery)
    for name, value in given:
        header = f"{name}: {value}" if value.strip() else f"{name};"
        yield header.encode("latin-1")
    names = {name.lower() for name, _ in given}
    for name in _ADDED:
        if name.lower() not in names:
            yield f"{name}:".encode()
    if len(delivery.body) > _EXPECT_FROM:
        yield b"Expect:"


CURL: Final = ExportFormat(
    name="curl",
    summary="one line of bash for each delivery; it sends the delivery again",
    suffixes=(".sh",),
    write=lambda deliveries, options: write_curl(deliveries, options.to),
    takes_address=True,
)
