"""The `devhook` command: its global options, and how failures become a sentence and an exit status."""

import os
import re
import sys
from collections.abc import Sequence
from contextvars import copy_context
from pathlib import Path
from typing import Final

import click
from click.shell_completion import add_completion_class

from devhook import __version__
from devhook.cli.bash_completion import Bash
from devhook.cli.commands import FILE_SETTINGS, OWN_PROCESS, CommandGroup
from devhook.cli.console import ReaderGone, warn
from devhook.cli.masking import mask_from_the_start
from devhook.errors import DevhookError, ExitStatus
from devhook.text import did_you_mean

add_completion_class(Bash)

# A token or a secret of Shopify. Old secrets are 32 digits, as are parts of paths and filter words.
_CREDENTIAL: Final = re.compile(r"\b(shp[a-z]{2}_)\w{6,}|(?<![\w/:=.-])()[0-9a-f]{32}(?![\w/.-])")
_NAME_OF_ONE: Final = re.compile("secret|token|password|api-?key")
_SET_IT: Final = (
    "Set it in the environment, because other users can list arguments: export DEVHOOK_CLIENT_SECRET=…"
    " (an access token: DEVHOOK_ACCESS_TOKEN)"
)


def _take_settings(context: click.Context, _option: click.Parameter, asked: Path | None) -> None:
    """Make the settings of the config files the defaults of all other options."""
    # `devhook --help` reads no file.
    from devhook.cli.configuration import GIVEN_CREDENTIALS, FileSettings, config_files  # noqa: PLC0415

    context.meta[FILE_SETTINGS] = file_settings = FileSettings(config_files(asked), root, context)
    context.meta[GIVEN_CREDENTIALS] = file_settings.credentials
    context.default_map = file_settings.group


@click.group(
    cls=CommandGroup,
    context_settings={
        "auto_envvar_prefix": "DEVHOOK",
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
    epilog="Start with devhook demo, then devhook init. The manual: devhook help.",
)
@click.version_option(__version__, "-V", "--version", message="devhook %(version)s")
@click.option(
    "--inbox",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="The folder that deliveries are stored in. Default: .devhook/inbox where .devhook exists, "
    "else a folder in the user's data. demo stores nothing unless this is given.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    is_eager=True,
    expose_value=False,
    callback=_take_settings,
    help="Read settings from this file only. Default: .devhook/config.toml and the user's config file.",
)
@click.option("--no-color", is_flag=True, help="Print without colours. NO_COLOR does the same.")
@click.pass_context
def root(context: click.Context, *, inbox: Path | None, no_color: bool) -> None:
    """See every Shopify webhook your app gets: its signature, what changed, what was answered."""
    if no_color or os.environ.get("NO_COLOR"):
        context.color = False
        # Textual reads the environment.
        os.environ["NO_COLOR"] = "1"
    from devhook.cli.configuration import inbox_path  # noqa: PLC0415 - see _take_settings

    context.obj = inbox if context.invoked_subcommand == "demo" else inbox_path(inbox)


def _described(error: DevhookError) -> tuple[str, str]:
    """Return message and hint; of a damaged inbox they list which deliveries can be read."""
    # The inbox is loaded by the commands that open one, and `devhook --help` opens none.
    failures = sys.modules.get("devhook.inbox.failures")
    if failures is None or not isinstance(error, failures.DamagedInbox):
        return error.message, error.hint
    from devhook.inbox.salvage import describe_damage  # noqa: PLC0415

    return describe_damage(error.path)


def _invalid_line(error: click.ClickException) -> tuple[str, str]:
    """Return message and hint for a command line that click rejects."""
    path = getattr(getattr(error, "ctx", None), "command_path", "devhook")
    message = error.format_message()
    if isinstance(error, click.NoSuchOption):
        if _NAME_OF_ONE.search(error.option_name):
            return (
                f"No such option {error.option_name}: a credential is not an argument.",
                _SET_IT,
            )
        message = f"No such option {error.option_name}. {did_you_mean(error.possibilities or ())}".rstrip()
    return message if message.endswith((".", "?")) else f"{message}.", f"{path} --help"


def _without_credentials(message: str, hint: str) -> tuple[str, str]:
    """Return message and hint without a credential that was typed as an argument."""
    told, found = _CREDENTIAL.subn(r"\1…", message)
    return (told, _SET_IT) if found else (message, hint)


def run(arguments: Sequence[str] | None) -> int:
    """Run the command line and return its exit status."""
    # A program that runs several command lines must not give the mask of one to the next.
    return copy_context().run(_run, arguments)


def _run(arguments: Sequence[str] | None) -> int:
    mask_from_the_start(sys.argv[1:] if arguments is None else arguments)
    own = OWN_PROCESS if arguments is None else None
    try:
        status = root.main(arguments, prog_name="devhook", standalone_mode=False, obj=own)
    except DevhookError as error:
        warn(*_without_credentials(*_described(error)))
        status = error.status
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        status = ExitStatus.USAGE
    except click.ClickException as error:
        warn(*_without_credentials(*_invalid_line(error)))
        status = ExitStatus.USAGE
    except (click.Abort, KeyboardInterrupt):
        status = ExitStatus.INTERRUPTED
    except OSError as error:
        # click ends the line of ^C, and the terminal may be the reason of the end.
        if not isinstance(error.__context__, KeyboardInterrupt):
            raise
        status = ExitStatus.INTERRUPTED
    except ReaderGone:
        # Python flushes stdout at exit and would report the closed pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = ExitStatus.DONE
    return int(status or 0)
