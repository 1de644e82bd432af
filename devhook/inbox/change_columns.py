"""How a reading's changes are written in its columns: whole, as JSON, and as the paths of the first ones."""

from collections.abc import Iterable, Sequence
from typing import Final

from devhook.analysis.diff import Change
from devhook.webhook.payload import read_json, write_json

# An order that is compared with another one differs in thousands of fields.
_PATHS_KEPT: Final = 200


def changes_text(changes: Sequence[Change]) -> str:
    """Write changes as JSON; numbers keep their form, and half surrogates are escaped."""
    return write_json([change.model_dump() for change in changes]).decode() if changes else "[]"


def changes_of(text: str) -> tuple[Change, ...]:
    """Read the changes that `changes_text` wrote."""
    return tuple(Change.model_validate(change) for change in read_json(text.encode()))


def paths_text(changes: Iterable[Change]) -> str:
    """Write the paths of the first changes, one a line: no path contains the end of a line."""
    paths = dict.fromkeys(change.path for change in changes)
    return "\n".join(list(paths)[:_PATHS_KEPT])


def paths_of(text: str) -> tuple[str, ...]:
    """Read the paths that `paths_text` wrote."""
    return tuple(text.split("\n")) if text else ()
