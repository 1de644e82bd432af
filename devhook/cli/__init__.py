"""The `devhook` command: arguments in, exit status out, and every failure as a sentence on stderr."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

import click

from devhook import __version__
from devhook.cli.configuration import KEPT, checked, inbox_path, settings, taken_out
from devhook.cli.demo import demo
from devhook.cli.diff import diff
from devhook.cli.doctor import doctor
from devhook.cli.explain import explain
from devhook.cli.export import export
from devhook.cli.forge import forge
from devhook.cli.importing import import_
from devhook.cli.init import init
from devhook.cli.listen import listen
from devhook.cli.log import log
from devhook.cli.narration import ReaderGone, tell
from devhook.cli.play import play
from devhook.cli.probe import probe
from devhook.cli.prune import prune
from devhook.cli.record import record
from devhook.cli.replay import replay
from devhook.cli.show import show
from devhook.cli.signing import sign, verify
from devhook.cli.subscriptions import subscriptions
from devhook.cli.topics import topics
from devhook.cli.wait import wait
from devhook.errors import DevhookError, ExitStatus

_SECTIONS: Final = {
    "Start": (demo, init, listen),
    "See what came": (log, show, diff, wait),
    "Send": (forge, replay, play, record, probe),
    "Signatures": (verify, sign),
    "The shop": (topics, subscriptions, doctor, explain),
    "Recordings": (export, import_, prune),
}


class Sections(click.Group):
    """A group whose help tells its commands by what they are for."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a list of commands for each section, all with one column."""
        del ctx
        widest = max(map(len, self.commands))
        for title, commands in _SECTIONS.items():
            rows = [(f"{each.name:<{widest}}", each.get_short_help_str(limit=80)) for each in commands]
            with formatter.section(title):
                formatter.write_dl(rows)


def _take_settings(context: click.Context, _option: click.Parameter, asked: Path | None) -> None:
    """Let the config files speak first, so that they are defaults to all other options."""
    given = settings(asked)
    context.meta[KEPT] = taken_out(given)
    context.default_map = checked(given, root)


@click.group(
    cls=Sections,
    context_settings={
        "auto_envvar_prefix": "DEVHOOK",
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
    epilog="Start with: devhook demo, and then: devhook init",
)
@click.version_option(__version__, "-V", "--version", message="devhook %(version)s")
@click.option(
    "--inbox",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where deliveries are kept. Default: .devhook/inbox where .devhook exists, else a folder in the "
    "user's data; demo keeps nothing without it.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    is_eager=True,
    expose_value=False,
    callback=_take_settings,
    help="Read settings from this file only. Default: .devhook/config.toml over the user's config file.",
)
@click.option("--no-color", is_flag=True, help="No colours. NO_COLOR does the same.")
@click.pass_context
def root(context: click.Context, *, inbox: Path | None, no_color: bool) -> None:
    """See every Shopify webhook your app gets: its signature, what changed, what was answered."""
    if no_color or os.environ.get("NO_COLOR"):
        context.color = False
        # The screen asks the environment.
        os.environ["NO_COLOR"] = "1"
    context.obj = inbox if context.invoked_subcommand == "demo" else inbox_path(inbox)


for _commands in _SECTIONS.values():
    for _command in _commands:
        root.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave the process with its exit status."""
    try:
        status = root.main(arguments, prog_name="devhook", standalone_mode=False)
    except DevhookError as error:
        tell(error.message, error.hint)
        status = error.status
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        status = ExitStatus.USAGE
    except click.ClickException as error:
        path = getattr(getattr(error, "ctx", None), "command_path", "devhook")
        tell(error.format_message(), f"{path} --help")
        status = ExitStatus.USAGE
    except (click.Abort, KeyboardInterrupt):
        status = ExitStatus.INTERRUPTED
    except ReaderGone:
        # Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = ExitStatus.DONE
    sys.exit(int(status or 0))
