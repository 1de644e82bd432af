"""The formats that deliveries are written in, and which one a file's name asks for."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

from devhook.inbox.recorded import Recorded
from devhook.recordings.curl import write_curl
from devhook.recordings.har import write_har
from devhook.recordings.http_file import write_http
from devhook.recordings.pytest_module import write_pytest
from devhook.recordings.recording import write_recording
from devhook.webhook.signature import Secret


class Format(StrEnum):
    """What deliveries can be written as."""

    JSONL = "jsonl"
    HAR = "har"
    CURL = "curl"
    HTTP = "http"
    PYTEST = "pytest"


_BY_SUFFIX: Final = {
    ".har": Format.HAR,
    ".sh": Format.CURL,
    ".http": Format.HTTP,
    ".rest": Format.HTTP,
    ".py": Format.PYTEST,
}


def format_of(file: Path | None) -> Format:
    """Return what the file's name asks for; a recording where it asks for nothing."""
    return _BY_SUFFIX.get(file.suffix.lower(), Format.JSONL) if file else Format.JSONL


def written(
    deliveries: Iterable[Recorded],
    wanted: Format,
    *,
    name: str = "test_webhooks.py",
    to: str | None = None,
    test_secret: Secret | None = None,
) -> Iterator[str]:
    """Write deliveries, piece by piece, each to be ended by a line end.

    `name` is the file's; `to` the address that requests go to, else each goes to its own path. `test_secret`
    is what they were signed with when they were masked.
    """
    match wanted:
        case Format.JSONL:
            return write_recording(deliveries, test_secret)
        case Format.HAR:
            return write_har(deliveries, to, test_secret)
        case Format.CURL:
            return write_curl(deliveries, to)
        case Format.HTTP:
            return write_http(deliveries, to)
        case Format.PYTEST:
            return write_pytest(deliveries, name, test_secret)
