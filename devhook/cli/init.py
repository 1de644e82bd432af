"""`devhook init`: asks for the settings, writes the project's config file, and runs `devhook listen`."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

import click

from devhook import event_loop
from devhook.cli.configuration import PROJECT_FILE, PROJECT_FOLDER
from devhook.cli.console import info
from devhook.cli.credentials import credentials
from devhook.cli.interrupts import uninterrupted
from devhook.cli.masking import run_mask
from devhook.cli.project import current_project, declared_shop, declared_topics, found_in, target_of
from devhook.cli.trust_store import allow
from devhook.errors import ExitStatus, InputError
from devhook.files import read_regular, replace_file
from devhook.session.lifetime import run_screen
from devhook.tui.init_config import InitConfig

_IGNORE: Final = Path(".gitignore")
_LARGEST: Final = 2**20


@click.command()
@click.pass_context
def init(context: click.Context) -> ExitStatus:
    """Ask for shop, topics and target, write .devhook/config.toml, and listen.

    A screen asks for shop, access, topics, tunnel and target, and shows the file before it is written. An
    existing file is overwritten only after a confirmation. Secrets come from the environment or are typed in;
    they are stored in the file only if you choose so.
    """
    root = context.find_root()
    if root.get_parameter_source("config") is not click.core.ParameterSource.DEFAULT:
        raise InputError(f"init writes {PROJECT_FILE}, so --config cannot be used.", "Remove --config.")
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise InputError(
            "init needs a terminal.",
            f"Write {PROJECT_FILE} by hand, or use options: devhook listen orders/updated --shop acme",
        )
    if PROJECT_FOLDER.is_symlink():
        raise InputError(
            f"{PROJECT_FOLDER} is a symbolic link, so the file would be written outside of the project.",
            f"Remove it: rm {PROJECT_FOLDER}",
        )
    answers, status = _answers()
    if answers is None:
        info("Nothing was written.")
        return status
    _write(answers)
    asked = root.params.get("inbox")
    words = [*(["--inbox", str(asked)] if asked else []), "listen"]
    info(f"Running: devhook {' '.join(words)}")
    listened: ExitStatus = root.command.main(words, prog_name="devhook", standalone_mode=False)
    return listened


def _answers() -> tuple[InitConfig | None, ExitStatus]:
    """Return the user's answers on the screen, None when the user cancels, and the status of that end."""
    # --help must not load Textual.
    with uninterrupted():
        from devhook.tui.init_app import FirstRunApp, Offered, ask  # noqa: PLC0415

    found = credentials()
    known = {name: each.source for name, each in found.found.items()}
    opens, there = bool(found.opening), PROJECT_FILE.exists()
    project = current_project()
    target = event_loop.run(target_of(project))
    offered = Offered(
        found_in(project, target),
        shop=declared_shop(project.app),
        topics=declared_topics(project.app),
        target=target,
    )

    async def show(stopping: asyncio.Event) -> InitConfig | None:
        app = FirstRunApp(
            known, opens=opens, file=str(PROJECT_FILE), there=there, offered=offered, mask=run_mask()
        )
        return await ask(app, stopping)

    return run_screen(show, [stream.fileno() for stream in (sys.stdin, sys.stdout, sys.stderr)])


def _write(answers: InitConfig) -> None:
    """Write the config file with mode 0600 and allow it; set other secrets for this run only."""
    text = answers.config()
    _replace(PROJECT_FILE, text)
    info(f"Wrote {PROJECT_FILE}.")
    allow(PROJECT_FILE, text.encode())
    if not answers.keep:
        for name, value in answers.secrets().items():
            variable = f"DEVHOOK_{name.upper()}"
            os.environ[variable] = value
            info(f"The {name.replace('_', ' ')} is used for this run only; next time set {variable}.")
    if not _ignored():
        info(f"The folder will contain deliveries; exclude it from git: echo {PROJECT_FOLDER}/ >> {_IGNORE}")


def _replace(file: Path, text: str) -> None:
    """Replace `file` atomically with `text`, mode 0600. Raise InputError when it cannot be written."""
    try:
        replace_file(file, text)
    except OSError as error:
        raise InputError(
            f"{file} cannot be written: {error.strerror}.",
            "Run devhook init in a folder that you can write to.",
        ) from error


def _ignored() -> bool:
    """Return whether `.gitignore` in this folder lists the project folder."""
    try:
        lines = read_regular(_IGNORE, _LARGEST).decode().splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    return bool({line.strip().strip("/") for line in lines} & {PROJECT_FOLDER.name})
