"""Which project config files this user allowed: by path and content, in the user's data folder.

A file is allowed as it was when the user allowed it; after any change it has to be allowed again.
"""

import hashlib
import json
from enum import Enum
from pathlib import Path
from typing import Any, Final

from devhook.errors import InputError
from devhook.files import read_regular, replace_file
from devhook.user_key import data_folder, is_proven, mac

_LARGEST: Final = 16 * 2**20


class Trust(Enum):
    """Whether the user allowed a file: as it is, in another form, or never."""

    ALLOWED = "allowed"
    CHANGED = "changed"
    UNKNOWN = "unknown"


def trust_of(file: Path, content: bytes) -> Trust:
    """Return whether the user allowed `file` with this content."""
    path, digest = str(file.resolve()), hashlib.sha256(content).hexdigest()
    entry = _entries().get(path)
    if not isinstance(entry, dict) or not is_proven(
        str(entry.get("mac")), "config", path, entry.get("sha256")
    ):
        return Trust.UNKNOWN
    return Trust.ALLOWED if entry["sha256"] == digest else Trust.CHANGED


def allow(file: Path, content: bytes) -> None:
    """Allow `file` with this content. Raise InputError when that cannot be stored."""
    path, digest = str(file.resolve()), hashlib.sha256(content).hexdigest()
    _write(_entries() | {path: {"sha256": digest, "mac": mac("config", path, digest)}})


def revoke(file: Path) -> bool:
    """Remove the permission for `file`; return whether there was one."""
    entries = _entries()
    found = entries.pop(str(file.resolve()), None)
    if found is not None:
        _write(entries)
    return found is not None


def _file() -> Path:
    return data_folder() / "trusted.json"


def _entries() -> dict[str, Any]:
    """Return the entries by path. A missing or damaged file has none: everything has to be allowed again."""
    try:
        entries = json.loads(read_regular(_file(), _LARGEST))
    except (OSError, ValueError):
        return {}
    return entries if isinstance(entries, dict) else {}


def _write(entries: dict[str, Any]) -> None:
    file = _file()
    try:
        replace_file(file, json.dumps(entries, indent=1))
    except OSError as error:
        raise InputError(
            f"The permission cannot be stored in {file}: {error.strerror}.",
            f"Check the permissions of {file.parent}.",
        ) from error
