"""Writes deliveries as a `.http` file for VS Code (REST Client) and the JetBrains editors.

The format cannot represent bytes that are not text, or a `{{` that does not begin a variable. A body that it
would change is omitted, and a comment in the file names the reason.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from devhook.inbox.recorded import Recorded
from devhook.recordings.export_format import DEFAULT_TARGET, ExportFormat, path_of, sendable
from devhook.text import visible

# A line with this beginning is a comment, an included file, a script, or the start of the next request.
_TAKEN: Final = re.compile(r"^(?:#|//|<[ @>]|> )", re.MULTILINE)
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")


def write_http(deliveries: Iterable[Recorded], to: str | None = None) -> Iterator[str]:
    """Yield the file by requests. Without `to` a delivery is sent to its own path at `@target`."""
    if to is None:
        yield f"@target = {DEFAULT_TARGET}\n"
    for each in deliveries:
        yield _request(each, to)


def altered(body: bytes) -> str:
    """Return why a `.http` file would change this body; empty if it would not."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return "its body is not text"
    if _CONTROLS.search(text):
        return "its body contains control characters"
    if "{{" in text:
        return "its body contains {{, which begins a variable"
    if _TAKEN.search(text):
        return "a line of its body begins with .http syntax"
    if text != text.strip("\n") or (text and not text.strip()):
        return "its body begins or ends with empty lines, which editors remove"
    return ""


def _request(each: Recorded, to: str | None) -> str:
    delivery = each.delivery
    title = f"### {each.id} {visible(delivery.topic or '(no topic)')}"
    if why := altered(delivery.body) or _unwritable(each):
        return f"{title}\n# Delivery {each.id} is omitted: {why}.\n# devhook export {each.id} --as curl\n"
    address = to if to is not None else f"{{{{target}}}}{path_of(delivery)}"
    lines = [title, f"{delivery.method} {address} HTTP/1.1", *map(_header, sendable(delivery))]
    return "\n".join([*lines, "", delivery.body.decode(), ""])


def _unwritable(each: Recorded) -> str:
    """Return why the headers cannot be written; empty if they can."""
    for name, value in sendable(each.delivery):
        try:
            text = value.encode("latin-1").decode()
        except UnicodeDecodeError:
            return f"its header {name} is not text"
        if "{{" in text:
            return f"its header {name} contains {{{{, which begins a variable"
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
