r"""Writes deliveries as shell lines that send them again with curl, whatever bytes they contain.

A line is ASCII and runs in every POSIX shell: sh, dash, bash, zsh. Words are quoted in '…'; bytes that are
not printable ASCII come from printf, in octal. A body with such bytes comes through a pipe, and so does one
that no argument can contain (a zero byte, or more than Linux allows).
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
_PRINTABLE: Final = re.compile(rb"[ -~]*")
_PLAIN: Final = re.compile(rb"[ -&(-[\]-~]")  # without ' and \
_PIECES: Final = re.compile(rb"[ -&(-~]+|'+|[^ -~]+")
# The escapes that printf's %b decodes: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/printf.html
_ESCAPES: Final = [chr(byte) if _PLAIN.fullmatch(bytes([byte])) else rf"\0{byte:03o}" for byte in range(256)]
_ESCAPES[ord("\n")], _ESCAPES[ord("\\")] = r"\n", r"\\"
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
    ...     --data-binary '{"id":1}'
    """
    words = ["curl", "-i"]
    if delivery.method != "POST":
        words += ["-X", quoted(delivery.method.encode("latin-1", "replace"))]
    # So that curl does not interpret brackets in the address, or remove dots.
    words += ["--globoff", "--path-as-is", _address(delivery, to)]
    words += [f"-H {quoted(header)}" for header in _headers(delivery)]
    line = " ".join(words)
    body = delivery.body
    # A leading @ would name a file.
    if len(body) <= _LONGEST_ARGUMENT and _PRINTABLE.fullmatch(body) and not body.startswith(b"@"):
        return f"{line} --data-binary {quoted(body)}"
    return f"{_printed(body)} | {line} --data-binary @-"


def quoted(text: bytes) -> str:
    """Return a word of a POSIX shell for these bytes, which contain no zero byte and no line end."""
    return "".join(map(_piece, _PIECES.findall(text))) or "''"


def _piece(text: bytes) -> str:
    if text.startswith(b"'"):
        return r"\'" * len(text)
    if _PRINTABLE.fullmatch(text):
        return f"'{text.decode('ascii')}'"
    octal = "".join(f"\\{byte:03o}" for byte in text)
    return f"\"$(printf '{octal}')\""


def _printed(body: bytes) -> str:
    """Return the command that prints a body: readable where most of it is ASCII, else in base64."""
    text = "".join(map(_ESCAPES.__getitem__, body))
    if b"\0" in body or len(text) > min(2 * len(body), _LONGEST_ARGUMENT):
        return f"printf %s {base64.b64encode(body).decode('ascii')} | base64 -d"
    return f"printf %b '{text}'"


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
    summary="one shell line for each delivery; it sends the delivery again",
    suffixes=(".sh",),
    write=lambda deliveries, options: write_curl(deliveries, options.to),
    takes_address=True,
)
