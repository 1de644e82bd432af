"""Where settings come from: the user's and the project's config file, and where the inbox lies.

A flag beats a `DEVHOOK_*` variable, which beats the project's `.devhook/config.toml`, which beats the
user's config file, which beats the default. click keeps the order; the files become its `default_map`.
Secrets stand in a table of their own, in a file that nobody else can read.
"""

import os
import stat
import tomllib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Final

import click
import platformdirs

from devhook.errors import InputError
from devhook.text import nearest

PROJECT_FOLDER: Final = Path(".devhook")

GIVEN_CREDENTIALS: Final = "devhook.credentials"
"""Where click's `context.meta` holds the GivenCredentials of the run."""

SETTINGS: Final = "devhook.settings"
"""Where click's `context.meta` holds the FileSettings of the run."""

SECRETS: Final = ("access_token", "client_secret", "old_client_secret", "notifications_secret")
"""What must not be readable by others. With `client_id` these are the settings of the table `[secrets]`."""

_CLIENT_ID: Final = "client_id"
_SHARED: Final = ("shop", "api_version")
_LIKE_LISTEN: Final = ("doctor", "prune")
# Whoever wrote a project's file could have the token sent to himself.
_NEVER_IN_A_FILE: Final = "admin_origin"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO

Settings = dict[str, Any]


class GivenCredentials:
    """What the config file says of secrets: the table `[secrets]`, and whether the keyring may be asked.

    `keyring` None leaves that open. The secrets are in no representation of this.
    """

    def __init__(self, secrets: Mapping[str, str], *, keyring: bool | None = None) -> None:
        self.secrets = secrets
        self.keyring = keyring


class FileSettings:
    """The settings of the config files: those of the group itself, and the default map of each command.

    A setting that all commands share (`shop`) stands at the top or in a command's own table, which goes
    before. `doctor` and `prune` use the settings of `listen` where their own table does not name them.
    """

    def __init__(self, given: Settings, group: click.Group, context: click.Context) -> None:
        """Raises InputError for a setting at the top, or a table, of an unknown name."""
        commands = {_plain(command) for command in group.list_commands(context)}
        own = {str(parameter.name) for parameter in group.params}
        self._tables: dict[str, Settings] = {}
        self._top: Settings = {}
        for name, value in given.items():
            plain = _plain(name)
            if plain not in commands:
                _require(name, {*own, *_SHARED, *commands}, "")
                self._top[plain] = value
            elif isinstance(value, dict):
                self._tables[plain] = value
                _require_no_origin(value, f"{name}.")
            else:
                raise InputError(
                    f"{name} in the config file is a command, so its value must be a table.", f"[{name}]"
                )
        self.group: Settings = {name: value for name, value in self._top.items() if name in own}

    def of(self, name: str, command: click.Command, listen: Callable[[], click.Command]) -> Settings:
        """Return a command's settings by parameter name. Raises InputError for an unknown one."""
        options = _by_option(command)
        own = self._table(name, options)
        like = self._table("listen", _by_option(listen())) if self._looks_at_listen(name) else {}
        shared = {**self._top, **like}
        given = {**{key: value for key, value in shared.items() if key in options}, **own}
        return {str(options[key].name): _as_click_takes(options[key], value) for key, value in given.items()}

    def _looks_at_listen(self, name: str) -> bool:
        return name in _LIKE_LISTEN and "listen" in self._tables

    def _table(self, name: str, options: Collection[str]) -> Settings:
        table = {_plain(key): value for key, value in self._tables.get(_plain(name), {}).items()}
        for key in table:
            _require(key, options, f"{name}.")
        return table


def inbox_path(asked: Path | None) -> Path:
    """Return where the inbox lies: as asked, else in the project's folder, else among the user's data."""
    if asked is not None:
        return asked
    if PROJECT_FOLDER.is_dir():
        return PROJECT_FOLDER / "inbox"
    return Path(platformdirs.user_data_dir("devhook", appauthor=False)) / "inbox"


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


def taken_out(given: Settings) -> GivenCredentials:
    """Take out of the settings what is no option: the table `[secrets]`, and whether to ask the keyring.

    Raises InputError where they are amiss.
    """
    table, keyring = given.pop("secrets", {}), given.pop("keyring", None)
    if not isinstance(table, dict):
        raise InputError("secrets in the config file must be a table.", "[secrets]")
    for name, value in table.items():
        _require(name, {*SECRETS, _CLIENT_ID}, "secrets.")
        if not isinstance(value, str):
            raise InputError(f"secrets.{name} in the config file must be a string.", f'{name} = "…"')
    if keyring is not None and not isinstance(keyring, bool):
        raise InputError("keyring in the config file must be true or false.", "keyring = true")
    return GivenCredentials({_plain(name): value for name, value in table.items()}, keyring=keyring)


def _by_option(command: click.Command) -> dict[str, click.Parameter]:
    """A command's parameters by what they are called in its help: `--forward-to` is `forward_to`."""
    return {
        _plain(called.removeprefix("--")): parameter
        for parameter in command.params
        for called in parameter.opts
        if called.startswith("--") or not called.startswith("-")
    }


def _as_click_takes(parameter: click.Parameter, value: Any) -> Any:
    """One text where there may be several is the one."""
    several = parameter.multiple or parameter.nargs == -1
    return [value] if several and isinstance(value, str) else value


def _require_no_origin(names: Collection[str], table: str) -> None:
    """Raise InputError when one of the names says where the token is sent to."""
    for name in names:
        if _plain(name) == _NEVER_IN_A_FILE:
            raise InputError(
                f"{table}{name} cannot be set in a config file, because the access token is sent to "
                f"that address.",
                "Use --admin-origin or DEVHOOK_ADMIN_ORIGIN.",
            )


def _require(name: str, options: Collection[str], table: str) -> None:
    """Raise InputError when `name` is none of the options."""
    _require_no_origin([name], table)
    plain = _plain(name)
    if plain in options:
        return
    if plain in {*SECRETS, _CLIENT_ID}:
        raise InputError(
            f"The config file sets {table}{name} outside the table [secrets].",
            f"Move {plain} below [secrets].",
        )
    known = sorted(set(options) - {_NEVER_IN_A_FILE})
    near = nearest(plain, known) or known
    raise InputError(
        f"Unknown setting {table}{name} in the config file.",
        f"Did you mean: {', '.join(table + option.replace('_', '-') for option in near)}",
    )


def _plain(name: str) -> str:
    return name.replace("-", "_")


def _read(file: Path) -> Settings:
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            given = tomllib.loads(opened.read().decode())
    except OSError as error:
        raise InputError(
            f"The config file {file} cannot be read: {error.strerror}.",
            "Use another file: --config FILE",
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"The config file {file} is not UTF-8.", f"Save {file} as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"The config file {file} is not valid TOML: {error}.", f"Correct {file}.") from error
    if mode & _OTHERS and _holds_a_secret(given):
        raise InputError(
            f"The config file {file} contains a secret and is readable by other users.", f"chmod 600 {file}"
        )
    return given


def _holds_a_secret(given: Settings) -> bool:
    """Whether a secret stands anywhere in it, where it belongs or where it does not."""
    tables = [given, *(value for value in given.values() if isinstance(value, dict))]
    return any(value for table in tables for name, value in table.items() if _plain(name) in SECRETS)


def _merged(low: Settings, high: Settings) -> Settings:
    """Put `high` over `low`, tables key by key."""
    both = {name: {**low[name], **table} for name, table in high.items() if _tables(low.get(name), table)}
    return {**low, **high, **both}


def _tables(*values: Any) -> bool:
    return all(isinstance(value, dict) for value in values)
