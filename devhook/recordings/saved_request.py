"""Reads one saved request: a `.http` file, a raw HTTP message, or what `curl -v` prints."""

import re
from typing import Final, NamedTuple

from devhook.errors import InputError
from devhook.webhook.transfer import unchunked

Headers = tuple[tuple[str, str], ...]

_FIRST_LINE: Final = rb"(?:[A-Z]+ [^\r\n]+|HTTP/[0-9.]+ \d{3}[^\r\n]*)\r?\n"
_HEADER_LINE: Final = rb":?[A-Za-z][A-Za-z0-9-]*:[^\r\n]*\r?\n"
_MESSAGE: Final = re.compile(rb"((?:%s)?(?:%s)+)\r?\n" % (_FIRST_LINE, _HEADER_LINE))
# What may stand before a request in a `.http` file: empty lines, comments, titles and variables.
_PREAMBLE_LINE: Final = re.compile(rb"[ \t]*(?:(?:#|//|@)[^\r\n]*)?\r?\n")
_NEXT: Final = re.compile(rb"(?:\r?\n)+###[^\r\n]*(?:\r?\n|\Z)")
_HEADER: Final = re.compile(r"^(:?[A-Za-z][A-Za-z0-9-]*)\s*:\s*(.*?)\s*$", re.MULTILINE)
_VERBOSE: Final = re.compile(rb"^> [A-Z]+ [^\r\n]+ HTTP/[0-9.]+\r?$", re.MULTILINE)
# curl's own lines: what it does, how many bytes it sent, and its progress.
_CURLS: Final = re.compile(rb"\* |[{}] \[\d+ bytes data\]|\s+% Total |\s+Dload |[^\n]*--:--:--")
_ANSWERED: Final = re.compile(rb"<(?: |\r?$)")


class SavedRequest(NamedTuple):
    """The headers and the body of a saved request; a body alone has no headers.

    `body` None: the text has no body, because `curl -v` does not print what it sends.
    """

    headers: Headers
    body: bytes | None
    path: str = "/"

    def values(self, name: str) -> list[str]:
        """Return the values of a header, whose name is in lower case."""
        return [value for given, value in self.headers if given.lower() == name]


def read_request(saved: bytes) -> SavedRequest:
    """Split a saved request into headers and body, without the framing of the transfer.

    A body never looks like a request: JSON begins with `{`, XML with `<`. Raise InputError where there are
    several requests.
    """
    if _VERBOSE.search(saved):
        return _sent_by_curl(saved)
    start = _after_preamble(saved)
    found = _MESSAGE.match(saved, start)
    if found is None:
        return SavedRequest((), saved)
    body, *others = _NEXT.split(saved[found.end() :])
    if start or others:
        # An editor ends the file, and a request in it, with empty lines.
        body = body.rstrip(b"\r\n")
    if any(_MESSAGE.match(other, _after_preamble(other)) for other in others):
        raise InputError(
            f"FILE contains {len(others) + 1} requests.", "devhook verify checks one: keep one of them."
        )
    head = found[1].decode("latin-1")
    return _unframed(SavedRequest(header_lines(head), body, _path(head)))


def header_lines(text: str) -> Headers:
    """Return the headers in lines of text, also as curl -v prints them."""
    plain = re.sub(r"(?m)^[>* ]+", "", text)
    return tuple((name.lstrip(":"), value) for name, value in _HEADER.findall(plain) if name[0] != ":")


def _path(head: str) -> str:
    """Return the request target in the first line; `/` without one."""
    words = head.partition("\n")[0].split()
    return words[1] if len(words) > 1 and words[1].startswith("/") else "/"


def _after_preamble(saved: bytes) -> int:
    """Return where the request begins, after the comments and variables of a `.http` file."""
    position = 3 if saved.startswith(b"\xef\xbb\xbf") else 0
    while found := _PREAMBLE_LINE.match(saved, position):
        position = found.end()
    return position


def _sent_by_curl(saved: bytes) -> SavedRequest:
    """Read what `curl -v` printed of a request, and the body if somebody put it after the headers."""
    lines = saved.splitlines(keepends=True)
    begins = [number for number, line in enumerate(lines) if _VERBOSE.match(line)]
    first = begins[-1]
    headers = [line for line in lines[first:] if line.startswith(b">")]
    ends = first + next(
        (number for number, line in enumerate(lines[first:]) if line.strip() == b">"), len(lines) - first
    )
    body: list[bytes] = []
    for line in lines[ends + 1 :]:
        if _ANSWERED.match(line):
            break
        if not _CURLS.match(line):
            body.append(line)
    text = b"".join(line.removeprefix(b"> ") for line in headers).decode("latin-1")
    sent = b"".join(body).removesuffix(b"\n").removesuffix(b"\r")
    return _unframed(SavedRequest(header_lines(text), sent or None, _path(text)))


def _unframed(request: SavedRequest) -> SavedRequest:
    """Undo the chunk framing, and take away the line end that an editor put after the announced length."""
    body = request.body
    if body is None:
        return request
    codings = ",".join(request.values("transfer-encoding")).lower()
    if "chunked" in codings:
        plain = unchunked(body)
        return request if plain is None else request._replace(body=plain)
    lengths = request.values("content-length")
    if lengths and lengths[0].isascii() and lengths[0].isdigit() and len(lengths[0]) < 19:  # noqa: PLR2004 - 64 bits
        announced = int(lengths[0])
        if not body[announced:].strip(b"\r\n"):
            return request._replace(body=body[:announced])
    return request
