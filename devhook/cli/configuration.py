"""Where settings come from: the user's and the project's config file, and where the inbox lies.

A flag beats a `DEVHOOK_*` variable, which beats the project's `.devhook/config.toml`, which beats the
user's config file, which beats the default. click keeps the order; the files become its `default_map`.
"""

import difflib
import tomllib
from pathlib import Path
from typing import Any, Final

import click
import platformdirs

from devhook.errors import InputError

PROJECT_FOLDER: Final = Path(".devhook")

Settings = dict[str, Any]


def inbox_path(asked: Path | None) -> Path:
    """Return where the inbox lies: as asked, else in the project's folder, else among the user's data."""
    if asked is not None:
        return asked
    if PROJECT_FOLDER.is_dir():
        return PROJECT_FOLDER / "inbox.db"
    return Path(platformdirs.user_data_dir("devhook", appauthor=False)) / "inbox.db"


def settings(asked: Path | None) -> Settings:
    """Return what the config files say: `{"inbox": …, "listen": {"port": …}}`.

    Where a file is asked for, it is the only one read, and it must be there.
    """
    if asked is not None:
        return _read(asked)
    user = Path(platformdirs.user_config_dir("devhook", appauthor=False)) / "config.toml"
    merged: Settings = {}
    for file in (user, PROJECT_FOLDER / "config.toml"):
        if file.is_file():
            merged = _merged(merged, _read(file))
    return merged


def checked(given: Settings, group: click.Group) -> Settings:
    """Return the settings by the names that click knows. Raises InputError at one that means nothing."""
    known = {_plain(name): command for name, command in group.commands.items()}
    options = {str(parameter.name) for parameter in group.params}
    renamed: Settings = {}
    for name, value in given.items():
        command = known.get(_plain(name))
        if command is None:
            renamed[_known(name, options | set(known), "")] = value
        elif isinstance(value, dict):
            inner = {str(parameter.name) for parameter in command.params}
            renamed[name] = {_known(key, inner, f"{name}."): each for key, each in value.items()}
        else:
            raise InputError(
                f"{name} in the config file is a command: its settings stand in a table.", f"[{name}]"
            )
    return renamed


def _known(name: str, options: set[str], table: str) -> str:
    if _plain(name) in options:
        return _plain(name)
    near = difflib.get_close_matches(_plain(name), sorted(options), n=1) or sorted(options)
    raise InputError(
        f"The config file sets {table}{name}, which is no setting.",
        f"There is: {', '.join(table + option.replace('_', '-') for option in near)}",
    )


def _plain(name: str) -> str:
    return name.replace("-", "_")


def _read(file: Path) -> Settings:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"The config file {file} cannot be read: {error.strerror}.",
            "Name another one with --config FILE.",
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"The config file {file} is not UTF-8.", f"Save {file} as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"The config file {file} is not valid TOML: {error}.", f"Mend {file}.") from error


def _merged(low: Settings, high: Settings) -> Settings:
    """Put `high` over `low`, tables key by key."""
    both = {name: {**low[name], **table} for name, table in high.items() if _tables(low.get(name), table)}
    return {**low, **high, **both}


def _tables(*values: Any) -> bool:
    return all(isinstance(value, dict) for value in values)
