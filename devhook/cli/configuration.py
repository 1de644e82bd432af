"""Where settings come from: the user's and the project's config file, and where the inbox lies.

A flag beats a `DEVHOOK_*` variable, which beats the project's `.devhook/config.toml`, which beats the user's
config file, which beats the default. click keeps the order; the files become its `default_map`.
"""

import tomllib
from pathlib import Path
from typing import Any, Final

import platformdirs

from devhook.errors import InputError

PROJECT_FOLDER: Final = Path(".devhook")


def inbox_path(asked: Path | None) -> Path:
    """Return where the inbox lies: as asked, else in the project's `.devhook` folder, else in the user's data."""
    if asked is not None:
        return asked
    if PROJECT_FOLDER.is_dir():
        return PROJECT_FOLDER / "inbox.db"
    return Path(platformdirs.user_data_dir("devhook", appauthor=False)) / "inbox.db"


def settings(asked: Path | None) -> dict[str, Any]:
    """Return the config files' settings as click's `default_map`: `{"inbox": …, "listen": {"port": …}}`.

    Where a file is asked for, it is the only one read, and it must be there.
    """
    if asked is not None:
        return _read(asked)
    merged: dict[str, Any] = {}
    user = Path(platformdirs.user_config_dir("devhook", appauthor=False)) / "config.toml"
    for file in (user, PROJECT_FOLDER / "config.toml"):
        if file.is_file():
            merged = _merged(merged, _read(file))
    return merged


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InputError(
            f"The config file {file} cannot be read: {reason}.",
            "Name another one with --config FILE.",
        ) from error
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"The config file {file} is not valid TOML: {error}.", f"Mend {file}.") from error
    return {_option(name): value for name, value in read.items()}


def _option(name: str) -> str:
    return name.replace("-", "_")


def _merged(low: dict[str, Any], high: dict[str, Any]) -> dict[str, Any]:
    merged = dict(low)
    for name, value in high.items():
        below = merged.get(name)
        both_tables = isinstance(value, dict) and isinstance(below, dict)
        merged[name] = {**below, **value} if both_tables else value
    return merged
