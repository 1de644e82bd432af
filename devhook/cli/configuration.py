"""Where settings come from: the user's and the project's config file, and the default folder of the inbox.

A flag overrides a `DEVHOOK_*` variable, which overrides the project's `.devhook/config.toml`, which overrides
the user's config file, which overrides the default. click applies this order; the files become its
`default_map`. A project's file that the user did not allow may set only what is free (see `settings`).
Secrets are in a table of their own, in a file that only its owner can read.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
import platformdirs

from devhook.cli.console import warn
from devhook.cli.trust_store import Trust, trust_of
from devhook.errors import InputError
from devhook.files import is_open_to_others, read_regular
from devhook.text import listed, nearest
from devhook.toml_text import parse_toml
from devhook.user_key import data_folder

PROJECT_FOLDER: Final = Path(".devhook")
PROJECT_FILE: Final = PROJECT_FOLDER / "config.toml"

GIVEN_CREDENTIALS: Final = "devhook.credentials"
"""The key of click's `context.meta` for the GivenCredentials of the run."""

SECRETS: Final = ("access_token", "client_secret", "old_client_secret", "notifications_secret")
"""Settings that other users must not read. With `client_id` they are the table `[secrets]`."""

_CLIENT_ID: Final = "client_id"
_SHARED: Final = ("shop", "api_version", "mask")
_LIKE_LISTEN: Final = ("doctor", "prune")
# The access token is sent to this address.
_NEVER_IN_A_FILE: Final = "admin_origin"
_LARGEST: Final = 64 * 2**10
_UNTRUSTED: Final = {
    Trust.CHANGED: "because the file changed since you allowed it",
    Trust.UNKNOWN: "because you did not allow it",
}

Settings = dict[str, Any]


class GivenCredentials:
    """The credentials of the config files: the table `[secrets]`, and whether to read the keyring.

    `keyring` is None when it is not set. The representation contains no secret.
    """

    def __init__(self, secrets: Mapping[str, str], *, keyring: bool | None = None) -> None:
        self.secrets = secrets
        self.keyring = keyring


class ConfigFile(NamedTuple):
    """A config file: its path, its settings, and whether the user allowed all of them."""

    path: Path
    settings: Settings
    trust: Trust = Trust.ALLOWED


class FileSettings:
    """The settings of the config files, later ones over earlier ones: `group` of the group, `of` a command.

    A setting that all commands share (`shop`) is at the top or in a command's own table, which overrides it.
    `doctor` and `prune` use the settings of `listen` that their own table does not contain. The screen has
    `theme` and `keys`.
    """

    def __init__(self, files: Sequence[ConfigFile], group: click.Group, context: click.Context) -> None:
        """Raise InputError for an unknown setting at the top, an unknown table and wrong credentials."""
        commands = {_plain(command) for command in group.list_commands(context)}
        own = {str(parameter.name) for parameter in group.params}
        self._files = files
        self._ignored: dict[Path, dict[str, None]] = {}
        for file in files:
            for name, value in file.settings.items():
                if _plain(name) not in commands:
                    _require(name, {*own, *_SHARED, *commands, "secrets", "keyring", "theme", "keys"}, "")
                elif isinstance(value, dict):
                    _require_no_origin(value, f"{name}.")
                else:
                    raise InputError(
                        f"{name} in the config file is a command, so its value must be a table.", f"[{name}]"
                    )
        self.group: Settings = self._top(own)
        self.credentials = self._credentials()
        self.theme, self.keys = self._screen()

    def of(self, name: str, command: click.Command, listen: Callable[[], click.Command]) -> Settings:
        """Return a command's settings by parameter name. Raise InputError for an unknown one."""
        options = _by_option(command)
        own = self._table(name, options, options)
        like: Settings = {}
        if name in _LIKE_LISTEN and any("listen" in file.settings for file in self._files):
            like = self._table("listen", _by_option(listen()), options)
        given = {**self._top(set(options)), **like, **own}
        return {str(options[key].name): _as_click_takes(options[key], value) for key, value in given.items()}

    def warn_ignored(self) -> None:
        """Report the settings that were ignored because the user did not allow their file."""
        for file in self._files:
            if names := self._ignored.get(file.path):
                warn(
                    f"Ignored in {file.path}, {_UNTRUSTED[file.trust]}: {', '.join(names)}.",
                    "To see what that allows, and to allow it: devhook trust",
                )

    def _top(self, options: Collection[str]) -> Settings:
        """Return the settings at the top of the files that are among the options."""
        top: Settings = {}
        for file in self._files:
            plain = {_plain(name): value for name, value in file.settings.items()}
            top |= self._allowed(file, "", {key: value for key, value in plain.items() if key in options})
        return top

    def _table(self, name: str, known: Collection[str], options: Collection[str]) -> Settings:
        """Return the settings of a command's table that are among the options, all of them `known`."""
        table: Settings = {}
        for file in self._files:
            given: Settings = next(
                (value for key, value in file.settings.items() if _plain(key) == _plain(name)), {}
            )
            for key in given:
                _require(key, known, f"{name}.")
            plain = {_plain(key): value for key, value in given.items()}
            table |= self._allowed(file, name, {key: value for key, value in plain.items() if key in options})
        return table

    def _credentials(self) -> GivenCredentials:
        """Return the credentials of the files. Raise InputError for a wrong name or type."""
        secrets: dict[str, str] = {}
        keyring: bool | None = None
        for file in self._files:
            table = file.settings.get("secrets", {})
            if not isinstance(table, dict):
                raise InputError("secrets in the config file must be a table.", "[secrets]")
            for name, value in table.items():
                _require(name, {*SECRETS, _CLIENT_ID}, "secrets.")
                if not isinstance(value, str):
                    raise InputError(f"secrets.{name} in the config file must be a string.", f'{name} = "…"')
            secrets |= self._allowed(file, "secrets", {_plain(name): value for name, value in table.items()})
            asked = file.settings.get("keyring")
            if asked is not None and not isinstance(asked, bool):
                raise InputError("keyring in the config file must be true or false.", "keyring = true")
            keyring = self._allowed(file, "", {"keyring": asked} if asked is not None else {}).get(
                "keyring", keyring
            )
        return GivenCredentials(secrets, keyring=keyring)

    def _screen(self) -> tuple[str, Settings]:
        """Return the theme and the table of keys. Raise InputError for a wrong type."""
        theme, keys = "", dict[str, Any]()
        for file in self._files:
            given: Settings = {
                name: file.settings[name] for name in ("theme", "keys") if name in file.settings
            }
            if not isinstance(given.get("theme", ""), str):
                raise InputError("theme in the config file must be a string.", 'theme = "devhook-light"')
            if not isinstance(given.get("keys", {}), dict):
                raise InputError("keys in the config file must be a table.", "[keys]")
            allowed = self._allowed(file, "", given)
            theme, keys = allowed.get("theme", theme), {**keys, **allowed.get("keys", {})}
        return theme, keys

    def _allowed(self, file: ConfigFile, table: str, given: Settings) -> Settings:
        """Return the settings that the file may set; the others are noted for `warn_ignored`."""
        guarded = {} if file.trust is Trust.ALLOWED else guarded_settings(table, given)
        if guarded:
            names = self._ignored.setdefault(file.path, {})
            names.update(dict.fromkeys(f"{table}.{name}".lstrip(".").replace("_", "-") for name in guarded))
        return {name: value for name, value in given.items() if name not in guarded}


def guarded_settings(table: str, given: Settings) -> dict[str, str]:
    """Return the settings of a table that a project may not set without permission, with their effects."""
    # The table imports asyncio, which devhook --help does not need.
    from devhook.cli.settings import setting_of  # noqa: PLC0415

    found = {name: setting_of(table, _plain(name)) for name in given}
    return {name: setting.effect for name, setting in found.items() if not setting.is_free(given[name])}


def inbox_path(asked: Path | None) -> Path:
    """Return the folder of the inbox: as asked, else in the project's folder, else in the user's data.

    Raise InputError when the project's folder leads elsewhere by a symbolic link: a project must not choose
    the inbox.
    """
    if asked is not None:
        return asked
    if not PROJECT_FOLDER.is_dir():
        return data_folder() / "inbox"
    inbox = PROJECT_FOLDER / "inbox"
    for path in (PROJECT_FOLDER, inbox, *(inbox.iterdir() if inbox.is_dir() else ())):
        if path.is_symlink():
            raise InputError(
                f"{path} is a symbolic link, so it may lead to an inbox outside of the project.",
                "Remove it, or name the inbox: devhook --inbox FOLDER …",
            )
    return inbox


def config_files(asked: Path | None) -> list[ConfigFile]:
    """Return the user's config file and the project's, those that exist.

    With `asked` it is the only one, and it must exist: naming a file allows all of its settings.
    """
    if asked is not None:
        return [ConfigFile(asked, _read(asked, or_pipe=True)[0])]
    files = []
    user = Path(platformdirs.user_config_dir("devhook", appauthor=False)) / "config.toml"
    if user.is_file():
        files.append(ConfigFile(user, _read(user)[0]))
    if PROJECT_FILE.is_file():
        files.append(read_project_file(PROJECT_FILE)[0])
    return files


def read_project_file(path: Path) -> tuple[ConfigFile, bytes]:
    """Return a project's config file and its content. Raise InputError when it cannot be read."""
    settings, content = _read(path)
    return ConfigFile(path, settings, trust_of(path, content)), content


def _by_option(command: click.Command) -> dict[str, click.Parameter]:
    """Return a command's parameters by their name in the help: `--forward-to` is `forward_to`."""
    return {
        _plain(called.removeprefix("--")): parameter
        for parameter in command.params
        for called in parameter.opts
        if called.startswith("--") or not called.startswith("-")
    }


def _as_click_takes(parameter: click.Parameter, value: Any) -> Any:
    """Return a list of one for a string that sets an option with several values."""
    several = parameter.multiple or parameter.nargs == -1
    return [value] if several and isinstance(value, str) else value


def _require_no_origin(names: Collection[str], table: str) -> None:
    """Raise InputError when one of the names is the address that the access token is sent to."""
    for name in names:
        if _plain(name) == _NEVER_IN_A_FILE:
            raise InputError(
                f"{table}{name} cannot be set in a config file, because the access token is sent to "
                f"that address.",
                "Use --admin-origin or DEVHOOK_ADMIN_ORIGIN.",
            )


def _require(name: str, options: Collection[str], table: str) -> None:
    """Raise InputError when `name` is not among the options."""
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
    hint = "" if table else " The settings of a command are in a table with its name: [listen]"
    raise InputError(
        f"Unknown setting {table}{name} in the config file.",
        f"Did you mean {listed([table + option.replace('_', '-') for option in near])}?{hint}",
    )


def _plain(name: str) -> str:
    return name.replace("-", "_")


def _read(file: Path, *, or_pipe: bool = False) -> tuple[Settings, bytes]:
    try:
        content = read_regular(file, _LARGEST, or_pipe=or_pipe)
        mode = file.stat().st_mode
        given = parse_toml(content.decode())
    except OSError as error:
        raise InputError(
            f"The config file {file} cannot be read: {error.strerror}.",
            "Make it readable, or use another one: devhook --config FILE …",
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"The config file {file} is not UTF-8.", f"Save {file} as UTF-8.") from error
    except (ValueError, RecursionError) as error:
        # A number of more than 4,300 digits is a ValueError that is no TOMLDecodeError.
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise InputError(
            f"The config file {file} is not valid TOML: {reason}.", f"Correct {file}."
        ) from error
    if is_open_to_others(mode) and _contains_a_secret(given):
        raise InputError(
            f"The config file {file} contains a secret and is readable by other users.", f"chmod 600 {file}"
        )
    return given, content


def _contains_a_secret(given: Settings) -> bool:
    """Return whether any table of the file contains a secret, in its place or not."""
    tables = [given, *(value for value in given.values() if isinstance(value, dict))]
    return any(value for table in tables for name, value in table.items() if _plain(name) in SECRETS)
