"""Which project config files this user allowed: by path and content, in the user's data folder.

A file is allowed as it was when the user allowed it; after any change it has to be allowed again.
"""

import hashlib
import json
import os
import tempfile
from enum import Enum
from pathlib import Path
from typing import Any

from devhook.errors import InputError
from devhook.user_key import data_folder, is_proven, mac


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
        entries = json.loads(_file().read_bytes())
    except (OSError, ValueError):
        return {}
    return entries if isinstance(entries, dict) else {}


def _write(entries: dict[str, Any]) -> None:
    file = _file()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # mkstemp makes the file with mode 0600.
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
                json.dump(entries, opened, indent=1)
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(
            f"The permission cannot be stored in {file}: {error.strerror}.",
            f"Check the permissions of {file.parent}.",
        ) from error
