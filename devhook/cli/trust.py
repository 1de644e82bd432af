"""`devhook trust`: shows what a project's config file sets beyond the free settings, and allows it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from devhook.cli.configuration import PROJECT_FILE, ConfigFile, guarded_settings, read_project_file
from devhook.cli.console import confirm, echo, info
from devhook.cli.trust_store import Trust, allow, revoke
from devhook.errors import ExitStatus, InputError
from devhook.text import visible


@click.command()
@click.argument("file", type=click.Path(path_type=Path), default=PROJECT_FILE, metavar="[FILE]")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--revoke", "revoked", is_flag=True, help="Remove the permission.")
def trust(*, file: Path, yes: bool, revoked: bool) -> ExitStatus:
    """Allow the settings of a project's config file.

    A project's .devhook/config.toml is data of whoever wrote the project. By itself it may set topics, the
    port, a target on this machine, a scenario and the like. Settings that send data to other machines, write
    or remove files, expose a port, choose the inbox or the shop, or contain secrets are ignored until you
    allow them here, or write them with devhook init.

    FILE is .devhook/config.toml unless given. The permission is for the file as it is now: after any change
    it has to be given again.
    """
    if revoked:
        info(f"{file} is no longer allowed." if revoke(file) else f"{file} was not allowed.")
        return ExitStatus.DONE
    if not file.is_file():
        raise InputError(f"There is no config file {file}.", "Make one with: devhook init")
    project, content = read_project_file(file)
    lines = list(_guarded_lines(project))
    if not lines:
        info(f"{file} sets nothing that needs your permission.")
        return ExitStatus.DONE
    if project.trust is Trust.ALLOWED:
        info(f"{file} is allowed. To remove the permission: devhook trust --revoke")
        return ExitStatus.DONE
    if project.trust is Trust.CHANGED:
        info(f"{file} changed since you allowed it.")
    for line in lines:
        echo(visible(line))
    if not yes and not _is_confirmed(file):
        info("Nothing was allowed.")
        return ExitStatus.FAILED
    allow(file, content)
    info(f"{file} is allowed until it changes.")
    return ExitStatus.DONE


def _guarded_lines(project: ConfigFile) -> Iterator[str]:
    """Yield a line for each setting that needs permission; secrets without their value."""
    tables: dict[str, dict[str, Any]] = {"": {}}
    for name, value in project.settings.items():
        if isinstance(value, dict):
            tables[name] = value
        else:
            tables[""][name] = value
    for table, given in tables.items():
        for name, effect in guarded_settings(table, given).items():
            setting = f"{table}.{name}".lstrip(".")
            value = "…" if table == "secrets" else json.dumps(given[name], ensure_ascii=False, default=str)
            yield f"{setting} = {value}: {effect}"


def _is_confirmed(file: Path) -> bool:
    if not sys.stdin.isatty():
        raise InputError(
            f"Allowing {file} needs a confirmation, and stdin is not a terminal.",
            "Read the lines above, then: devhook trust --yes",
        )
    return confirm(f"Allow {file}?")
