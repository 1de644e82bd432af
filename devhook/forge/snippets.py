"""Writes a request as text to paste: for a shell, for Python, for Node, for an editor's HTTP client.

Each form sends exactly the given bytes and headers, and adds only Host and Content-Length. Characters that
could control a terminal, and bytes that are not text, are written as escapes or in base64.
"""

import base64
import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from devhook.errors import InputError
from devhook.forge.shopify_headers import Headers
from devhook.recordings.curl import curl_line
from devhook.recordings.http_file import altered
from devhook.text import visible
from devhook.webhook.delivery import Delivery

# curl_line takes a delivery; its time is not part of the line.
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


class SnippetFormat(StrEnum):
    """The forms in which a request is printed."""

    CURL = "curl"
    HTTP = "http"
    BODY = "body"
    HEADERS = "headers"
    PYTHON = "python"
    NODE = "node"


def render(form: SnippetFormat, url: str, headers: Headers, body: bytes) -> bytes:
    """Return the request in `form`: text with a line end, or (BODY) the exact bytes of the body.

    Raises InputError if the form cannot represent the request.
    """
    match form:
        case SnippetFormat.BODY:
            return body
        case SnippetFormat.HEADERS:
            text = "\n".join(f"{name}: {visible(_text(value))}" for name, value in headers)
        case SnippetFormat.CURL:
            text = curl(url, headers, body)
        case SnippetFormat.HTTP:
            text = http(url, headers, body)
        case SnippetFormat.PYTHON:
            text = python(url, headers, body)
        case SnippetFormat.NODE:
            text = node(url, headers, body)
    return f"{text}\n".encode("utf-8", "surrogateescape")


def curl(url: str, headers: Headers, body: bytes) -> str:
    """Return the line for a POSIX shell, including the body."""
    return curl_line(Delivery(received_at=_NEVER, headers=headers, body=body), url)


def http(url: str, headers: Headers, body: bytes) -> str:
    """Return the request as a `.http` file for VS Code's REST Client and JetBrains' IDEs.

    Raises InputError for a body that they would change.
    """
    why = altered(body)
    if not why and _printable(body) is None:
        why = "its body contains invisible characters"
    if why:
        raise InputError(f"A .http file cannot represent this request: {why}.", "Use --print curl.")
    lines = [f"POST {url} HTTP/1.1", *(f"{name}: {_text(value)}" for name, value in headers)]
    return "\n".join([*lines, "", body.decode()])


def python(url: str, headers: Headers, body: bytes) -> str:
    """Return a script for Python 3 that uses only the standard library."""
    parts = urlsplit(url)
    connection = "HTTPSConnection" if parts.scheme == "https" else "HTTPConnection"
    written = "".join(f"    ({name!r}, {value!a}),\n" for name, value in headers)
    return (
        "import http.client\n\n"
        f"headers = [\n{written}]\n"
        f"body = {body!r}\n\n"
        f"connection = http.client.{connection}({parts.netloc!r}, timeout=10)\n"
        f'connection.putrequest("POST", {_target(url)!r}, skip_accept_encoding=True)\n'
        'for name, value in [*headers, ("Content-Length", str(len(body)))]:\n'
        "    connection.putheader(name, value)\n\n"
        "connection.endheaders(body)\n"
        "answer = connection.getresponse()\n"
        "print(answer.status, answer.read().decode(errors='replace'))"
    )


def node(url: str, headers: Headers, body: bytes) -> str:
    """Return a script for Node without dependencies; it also works in its prompt and in `node -e`."""
    module = "node:https" if urlsplit(url).scheme == "https" else "node:http"
    grouped: dict[str, list[str]] = {}
    for name, value in headers:
        grouped.setdefault(name, []).append(value)
    written = "".join(
        f"  {json.dumps(name)}: {json.dumps(values[0] if len(values) == 1 else values)},\n"
        for name, values in grouped.items()
    )
    text = _printable(body)
    content = (
        f'Buffer.from({json.dumps(base64.b64encode(body).decode())}, "base64")'
        if text is None
        else f"Buffer.from({json.dumps(text)})"
    )
    return (
        f"const headers = {{\n{written}}};\n"
        f"const body = {content};\n\n"
        f'import("{module}").then(({{ request }}) => {{\n'
        f"  const asked = request({json.dumps(url)}, {{\n"
        '    method: "POST",\n'
        '    headers: { ...headers, "Content-Length": body.length },\n'
        "  });\n"
        '  asked.on("response", (answer) => {\n'
        "    console.log(answer.statusCode);\n"
        "    answer.pipe(process.stdout);\n"
        "  });\n"
        "  asked.end(body);\n"
        "});"
    )


def _printable(body: bytes) -> str | None:
    """Return the body as text if all its characters are visible; else None."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    shown = all(visible(line) == line for line in text.split("\n"))
    return text if shown else None


def _text(value: str) -> str:
    """Return a header's value decoded from UTF-8."""
    return value.encode("latin-1").decode("utf-8", "surrogateescape")


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
