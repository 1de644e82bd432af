"""The table of export formats, and the format that a file name selects."""

from pathlib import Path
from typing import Final

from devhook.recordings.curl import CURL
from devhook.recordings.export_format import ExportFormat
from devhook.recordings.har import HAR
from devhook.recordings.http_file import HTTP
from devhook.recordings.k6 import K6
from devhook.recordings.pytest_module import PYTEST
from devhook.recordings.recording import JSONL

FORMATS: Final[dict[str, ExportFormat]] = {each.name: each for each in (JSONL, HAR, CURL, HTTP, PYTEST, K6)}
"""All export formats by name, in the order of the help."""


def format_of(file: Path | None) -> ExportFormat:
    """Return the format that the extension of `file` selects; JSONL without a file or for any other."""
    suffix = file.suffix.lower() if file else ""
    return next((each for each in FORMATS.values() if suffix in each.suffixes), JSONL)
