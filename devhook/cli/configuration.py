"""Where settings come from: the user's and the project's config file, and where the inbox lies.

A flag beats a `DEVHOOK_*` variable, which beats the project's `.devhook/config.toml`, which beats the
user's config file, which beats the default. click keeps the order; the files become its `default_map`.
Secrets stand in a table of their own, in a file that nobody else can read.
"""

import difflib
import os
import stat
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

import click
import platformdirs

from devhook.errors import InputError

PROJECT_FOLDER: Final = Path(".devhook")

KEPT: Final = "devhook.kept"
"""Where click's `context.meta` holds the Kept of the run."""

SECRETS: Final = ("access_token", "client_secret", "old_client_secret", "notifications_secret")
"""What must not be readable by others. With `client_id` these are the settings of the table `[secrets]`."""

_CLIENT_ID: Final = "client_id"
_SHARED: Final = ("shop", "api_version")
_LIKE_LISTEN: Final = ("doctor", "prune")
# Whoever wrote a project's file could have the token sent to himself.
_NEVER_IN_A_FILE: Final = "admin_origin"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO

Settings = dict[str, Any]


class Kept:
    """What the config file says of secrets: the table `[secrets]`, and whether the keyring may be asked.

    `keyring` None leaves that open. The secrets are in no representation of this.
    """

    def __init__(self, secrets: Mapping[str, str], *, keyring: bool | None = None) -> None:
        self.secrets = secrets
        self.keyring = keyring


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


def checked(given: Settings, group: click.Group) -> Settings:
    """Return the settings by the names that click knows. Raises InputError at one that means nothing.

    A setting that all commands share (`shop`) stands at the top or in a command's own table, which goes
    before. `doctor` and `prune` take what `listen` is told where they are told nothing themselves: that is
    what they look at.
    """
    tables: dict[str, Settings] = {}
    top: Settings = {}
    for name, value in given.items():
        plain = _plain(name)
        if plain not in {_plain(command) for command in group.commands}:
            top[plain] = value
        elif isinstance(value, dict):
            tables[plain] = value
        else:
            raise InputError(
                f"{name} in the config file is a command: its settings stand in a table.", f"[{name}]"
            )
    own = {str(parameter.name) for parameter in group.params}
    for name in top:
        _require(name, {*own, *_SHARED, *map(_plain, group.commands)}, "")
    return {name: value for name, value in top.items() if name in own} | _by_command(top, tables, group)


def taken_out(given: Settings) -> Kept:
    """Take out of the settings what is no option: the table `[secrets]`, and whether to ask the keyring.

    Raises InputError where they are amiss.
    """
    table, keyring = given.pop("secrets", {}), given.pop("keyring", None)
    if not isinstance(table, dict):
        raise InputError("secrets in the config file is a table.", "[secrets]")
    for name, value in table.items():
        _require(name, {*SECRETS, _CLIENT_ID}, "secrets.")
        if not isinstance(value, str):
            raise InputError(f"secrets.{name} in the config file is no text.", f'{name} = "…"')
    if keyring is not None and not isinstance(keyring, bool):
        raise InputError("keyring in the config file is neither true nor false.", "keyring = true")
    return Kept({_plain(name): value for name, value in table.items()}, keyring=keyring)


def _by_command(top: Settings, tables: dict[str, Settings], group: click.Group) -> Settings:
    commands: Settings = {}
    for name, command in group.commands.items():
        options = _by_option(command)
        told = {_plain(key): value for key, value in tables.get(_plain(name), {}).items()}
        for key in told:
            _require(key, options, f"{name}.")
        shared = {key: value for key, value in top.items() if key in options}
        like = tables.get("listen", {}) if name in _LIKE_LISTEN else {}
        alike = {_plain(key): value for key, value in like.items() if _plain(key) in options}
        given = {**shared, **alike, **told}
        commands[name] = {
            str(options[key].name): _as_click_takes(options[key], value) for key, value in given.items()
        }
    return {name: told for name, told in commands.items() if told}


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


def _require(name: str, options: Collection[str], table: str) -> None:
    """Raise InputError when `name` is none of the options."""
    plain = _plain(name)
    if plain == _NEVER_IN_A_FILE:
        raise InputError(
            f"{table}{name} cannot be set in a config file: it says where the token is sent to.",
            "Use --admin-origin or DEVHOOK_ADMIN_ORIGIN.",
        )
    if plain in options:
        return
    if plain in {*SECRETS, _CLIENT_ID}:
        raise InputError(
            f"The config file sets {table}{name} where it is no setting.",
            f"It stands under [secrets]: {plain}",
        )
    known = sorted(set(options) - {_NEVER_IN_A_FILE})
    near = difflib.get_close_matches(plain, known) or known
    raise InputError(
        f"The config file sets {table}{name}, which is no setting.",
        f"There is: {', '.join(table + option.replace('_', '-') for option in near)}",
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
            "Name another one with --config FILE.",
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"The config file {file} is not UTF-8.", f"Save {file} as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"The config file {file} is not valid TOML: {error}.", f"Mend {file}.") from error
    if mode & _OTHERS and _holds_a_secret(given):
        raise InputError(
            f"The config file {file} holds a secret, and others than you can read it.", f"chmod 600 {file}"
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
