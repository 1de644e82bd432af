"""The `devhook` command: arguments in, exit status out, and every failure as a sentence on stderr."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from devhook import __version__
from devhook.cli.configuration import inbox_path, settings
from devhook.cli.demo import demo
from devhook.cli.listen import listen
from devhook.cli.narration import tell
from devhook.errors import DevhookError, ExitStatus

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.group(
    context_settings={"auto_envvar_prefix": "DEVHOOK", "help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: devhook demo",
)
@click.version_option(__version__, "-V", "--version", message="devhook %(version)s")
@click.option(
    "--inbox",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where deliveries are kept. Default: .devhook/inbox.db where that folder exists, else the user's data folder.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    is_eager=True,
    help="Read settings from this file only. Default: .devhook/config.toml over the user's config file.",
)
@click.option("--no-color", is_flag=True, help="No colours. NO_COLOR does the same.")
@click.pass_context
def root(context: click.Context, *, inbox: Path | None, config: Path | None, no_color: bool) -> None:
    """See every Shopify webhook your app gets: its signature, what changed, what was answered."""
    read = settings(config)
    context.default_map = {**(context.default_map or {}), **read}
    if no_color:
        os.environ["NO_COLOR"] = "1"
    if inbox is None and (from_file := read.get("inbox")):
        inbox = Path(str(from_file))
    context.obj = inbox_path(inbox) if inbox or context.invoked_subcommand != "demo" else None


root.add_command(demo)
root.add_command(listen)


def main(arguments: "Sequence[str] | None" = None) -> NoReturn:
    """Run the command line and leave the process with its exit status."""
    try:
        status = root.main(arguments, prog_name="devhook", standalone_mode=False)
    except DevhookError as error:
        tell(error.message, error.hint)
        status = error.status
    except click.ClickException as error:
        error.show()
        status = ExitStatus.USAGE
    except (click.Abort, KeyboardInterrupt):
        status = ExitStatus.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`devhook … | head`). Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = ExitStatus.DONE
    sys.exit(int(status or 0))
