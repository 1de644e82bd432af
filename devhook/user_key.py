"""The secret key of this user on this machine: a MAC proves that devhook wrote a record here.

The key is 32 random bytes in a file of mode 0600 in the user's data folder. It is never copied elsewhere.
"""

import hmac
import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes
from typing import Final, Self

import platformdirs

from devhook.errors import InputError
from devhook.files import is_open_to_others

_FILE: Final = "user.key"
_SIZE: Final = 32


def data_folder() -> Path:
    """Return the folder of the user's data for devhook; it may not exist."""
    return Path(platformdirs.user_data_dir("devhook", appauthor=False))


class NoKey(InputError):
    """There is no key, and none can be created."""


class UserKey:
    """The key, read from its file once. Making and checking a MAC does not touch the disk (14 µs, not 85)."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def load(cls) -> Self:
        """Return the key of this user; create it if there is none.

        Raise NoKey if that fails, and InputError if the key is not usable.
        """
        file = data_folder() / _FILE
        try:
            if not file.exists():
                _make(file)
        except OSError as error:
            raise _not_usable(NoKey, file, error) from error
        return cls(_read(file))

    @classmethod
    def existing(cls) -> Self | None:
        """Return the key of this user; None if there is none, or none that is usable."""
        try:
            return cls(_read(data_folder() / _FILE))
        except InputError:
            return None

    def mac(self, purpose: str, *fields: str | int | None) -> str:
        """Return the MAC of a record in hexadecimal; `purpose` separates records of different kinds."""
        message = json.dumps([purpose, *fields], default=repr).encode()
        return hmac.digest(self._key, message, "sha256").hex()

    def proves(self, found: str | None, purpose: str, *fields: str | int | None) -> bool:
        """Return whether `found` is the MAC of the record."""
        return bool(found) and hmac.compare_digest(str(found).encode(), self.mac(purpose, *fields).encode())


def mac(purpose: str, *fields: str | int | None) -> str:
    """Return the MAC of one record with the key as it is on disk (see `UserKey.mac`).

    Raise InputError if the key cannot be read or made.
    """
    return UserKey.load().mac(purpose, *fields)


def is_proven(found: str | None, purpose: str, *fields: str | int | None) -> bool:
    """Return whether `found` is the MAC of one record; False without one, or without a usable key."""
    key = UserKey.existing() if found else None
    return key is not None and key.proves(found, purpose, *fields)


def _not_usable(kind: type[InputError], file: Path, error: OSError) -> InputError:
    return kind(
        f"The key {file} cannot be read or made: {error.strerror}.",
        f"Check the permissions of {file.parent}.",
    )


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            key = opened.read(_SIZE + 1)
    except OSError as error:
        raise _not_usable(InputError, file, error) from error
    if is_open_to_others(mode):
        raise InputError(f"The key {file} is readable by other users.", f"Remove it: rm '{file}'")
    if len(key) != _SIZE:
        raise InputError(f"The key {file} is damaged.", f"Remove it: rm '{file}'")
    return key


def _make(file: Path) -> None:
    """Write a new key under a temporary name and link it, so that no process reads an incomplete key."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(token_bytes(_SIZE))
            opened.flush()
            os.fsync(opened.fileno())
        # Another process may have made the key first; then its key is used.
        with suppress(FileExistsError):
            os.link(name, file)
    finally:
        with suppress(OSError):
            Path(name).unlink()
