"""Deliveries as a `.http` file, whose requests VS Code (REST Client) and the JetBrains editors send.

The format has no way to write a byte that is no text, nor one to say that `{{` is no variable. A body that it
would alter is left out, and the file says so in its place.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from devhook.inbox.recorded import Recorded
from devhook.recordings.export_format import DEFAULT_TARGET, ExportFormat, path_of, sendable
from devhook.text import visible

# A line that begins so is a comment, a file to be put in, a script, or the beginning of the next request.
_TAKEN: Final = re.compile(r"^(?:#|//|<[ @>]|> )", re.MULTILINE)
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")


def write_http(deliveries: Iterable[Recorded], to: str | None = None) -> Iterator[str]:
    """Write the file, a request at a time. Without `to` a delivery goes to its own path at `@target`."""
    if to is None:
        yield f"@target = {DEFAULT_TARGET}\n"
    for each in deliveries:
        yield _request(each, to)


def altered(body: bytes) -> str:
    """Return why a `.http` file would not send this body as it is; nothing where it would."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return "its body is not text"
    if _CONTROLS.search(text):
        return "its body holds control characters"
    if "{{" in text:
        return "its body holds {{, which begins a variable here"
    if _TAKEN.search(text):
        return "a line of its body begins with what means something else here"
    if text != text.strip("\n") or (text and not text.strip()):
        return "its body begins or ends with empty lines, which editors take off"
    return ""


def _request(each: Recorded, to: str | None) -> str:
    delivery = each.delivery
    title = f"### {each.id} {visible(delivery.topic or '(no topic)')}"
    if why := altered(delivery.body) or _unwritable(each):
        return f"{title}\n# Delivery {each.id} is left out: {why}.\n# devhook export {each.id} --as curl\n"
    address = to if to is not None else f"{{{{target}}}}{path_of(delivery)}"
    lines = [title, f"{delivery.method} {address} HTTP/1.1", *map(_header, sendable(delivery))]
    return "\n".join([*lines, "", delivery.body.decode(), ""])


def _unwritable(each: Recorded) -> str:
    """Return why the headers cannot be written; nothing where they can."""
    for name, value in sendable(each.delivery):
        try:
            text = value.encode("latin-1").decode()
        except UnicodeDecodeError:
            return f"its header {name} is not text"
        if "{{" in text:
            return f"its header {name} holds {{{{, which begins a variable here"
    return ""


def _header(header: tuple[str, str]) -> str:
    name, value = header
    return f"{name}: {value.encode('latin-1').decode()}"


HTTP: Final = ExportFormat(
    name="http",
    summary="requests for VS Code and JetBrains",
    suffixes=(".http", ".rest"),
    write=lambda deliveries, options: write_http(deliveries, options.to),
    takes_address=True,
)
