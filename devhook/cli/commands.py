"""The commands by name, section and summary; a command's module is imported when the command is invoked."""

import gc
import importlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click
from click.shell_completion import CompletionItem

from devhook.cli.interrupts import uninterrupted
from devhook.cli.masking import mask_option
from devhook.text import did_you_mean, nearest

if TYPE_CHECKING:
    from devhook.cli.configuration import FileSettings

FILE_SETTINGS: Final = "devhook.settings"
"""The key of click's `context.meta` for the FileSettings of the run."""
OWN_PROCESS: Final = "own process"
"""The first `obj` of click's context where the command line has the process for itself."""
LOADING: Final = "devhook.loading"
"""The key of click's `context.meta` for the receiver that loads while the command does, if there is one."""


class CommandEntry(NamedTuple):
    """A command as the group knows it without importing it, and what its `--mask` does.

    `summary` is the first sentence of the command's own help. `module` is the module of `devhook.cli` that
    contains the command as `attribute`; both default to the command's name. `receives` means that it opens
    a session with a receiver.
    """

    name: str
    summary: str
    module: str = ""
    attribute: str = ""
    mask_help: str = "Show pseudonyms instead of personal data."
    receives: bool = False

    def load(self) -> click.Command:
        """Import the command, and give it `--mask`."""
        with uninterrupted():
            module = importlib.import_module(f"devhook.cli.{self.module or self.name}")
        if not gc.isenabled():  # see __main__
            gc.freeze()
            gc.enable()
        command: click.Command = getattr(module, self.attribute or self.name)
        if not any(parameter.name == "mask" for parameter in command.params):
            command.params.append(mask_option(self.name, self.mask_help))
        return command


_ON_THE_SCREEN: Final = "Show pseudonyms instead of personal data; ctrl+l on the screen."
_IN_A_FILE: Final = "Replace personal data, and sign again with a test secret."

SECTIONS: Final = {
    "Start": (
        CommandEntry(
            "demo",
            "Run a simulated shop offline and show its webhooks.",
            mask_help=_ON_THE_SCREEN,
            receives=True,
        ),
        CommandEntry("init", "Ask for shop, topics and target, write .devhook/config.toml, and listen."),
        CommandEntry(
            "listen", "Receive webhooks and show them live.", mask_help=_ON_THE_SCREEN, receives=True
        ),
        CommandEntry("scenarios", "List the scenarios and lessons, or print one."),
        CommandEntry("trust", "Allow the settings of a project's config file."),
    ),
    "Inspect": (
        CommandEntry(
            "open",
            "Show an inbox or a recording on the screen, read only.",
            "open",
            "open_",
            mask_help=_ON_THE_SCREEN,
        ),
        CommandEntry("log", "List the deliveries in the inbox."),
        CommandEntry("show", "Show everything about one delivery."),
        CommandEntry("diff", "Show the differences between two deliveries."),
        CommandEntry("wait", "Wait for a delivery that matches, and print it."),
    ),
    "Send": (
        CommandEntry("forge", "Make one signed delivery, and send or print it."),
        CommandEntry("replay", "Send recorded deliveries again."),
        CommandEntry("play", "Play a scenario against your own endpoint."),
        CommandEntry("record", "Write recorded deliveries as a scenario.", mask_help=_IN_A_FILE),
        CommandEntry("load", "Send as Shopify would at scale, and check that the app keeps up."),
        CommandEntry("probe", "Check that an endpoint does what Shopify requires."),
    ),
    "Signatures": (
        CommandEntry("verify", "Check the signature of one body and explain a wrong one.", "signing"),
        CommandEntry("sign", "Sign one body with the client secret.", "signing"),
    ),
    "Shop": (
        CommandEntry("topics", "List the webhook topics with their scopes and related topics."),
        CommandEntry("subscriptions", "List or remove webhook subscriptions in the shop."),
        CommandEntry("doctor", "Check everything that devhook listen needs."),
        CommandEntry("explain", "Explain an error that Shopify answered."),
    ),
    "Recordings": (
        CommandEntry(
            "export",
            "Write deliveries as a recording, HAR, curl, .http, pytest or k6.",
            "recordings",
            mask_help=_IN_A_FILE,
        ),
        CommandEntry("import", "Import deliveries from recordings or HAR files.", "recordings", "import_"),
        CommandEntry("prune", "Remove the oldest deliveries from the inbox."),
    ),
    "Help": (
        CommandEntry("help", "Show a page of the manual, or the help of a command.", "help", "help_"),
        CommandEntry("completion", "Print the script that completes devhook's commands in a shell."),
    ),
}
"""The title of each section of the help, and its commands."""

# These report themselves what a project's file sets.
_NO_SETTINGS: Final = ("init", "trust")


def _opens_session(arguments: list[str]) -> bool:
    """Return whether a command does it in this process: not for its help, nor for a page of a browser."""
    return not any(each.startswith(("-h", "--help", "--web")) for each in arguments)


def _load_receiver(ctx: click.Context) -> None:
    """Start a receiver that loads while the command does, and is ended with it unless a session takes it."""
    # Of all commands two have a receiver.
    from devhook.receiver.loading import LoadingReceiver  # noqa: PLC0415

    ctx.meta[LOADING] = loading = LoadingReceiver()
    ctx.call_on_close(loading.end)
    loading.start()


class CommandGroup(click.Group):
    """A group that lists, completes and corrects command names from SECTIONS, and imports one command."""

    @property
    def entries(self) -> dict[str, CommandEntry]:
        """The commands by name."""
        return {entry.name: entry for entries in SECTIONS.values() for entry in entries}

    def list_commands(self, _context: click.Context) -> list[str]:
        """Return the names of the commands, sorted."""
        return sorted(self.entries)

    def get_command(self, _context: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command; None for an unknown name."""
        entry = self.entries.get(cmd_name)
        return entry.load() if entry else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Import the invoked command and give it its settings from the config files.

        Raise UsageError with the nearest names for an unknown command, InputError for an unknown setting.
        """
        if not ctx.resilient_parsing and args[0] not in self.entries and not args[0].startswith("-"):
            question = did_you_mean(nearest(args[0], self.entries))
            raise click.UsageError(f"Unknown command {args[0]!r}. {question}".rstrip(), ctx)
        entry = self.entries.get(args[0])
        if entry and entry.receives and ctx.obj is OWN_PROCESS and _opens_session(args):
            _load_receiver(ctx)
        name, command, rest = super().resolve_command(ctx, args)
        if name and command and not ctx.resilient_parsing:
            settings: FileSettings = ctx.meta[FILE_SETTINGS]
            listen = self.entries["listen"].load
            ctx.default_map = {**settings.group, name: settings.of(name, command, listen)}
            if name not in _NO_SETTINGS:
                settings.warn_ignored()
        return name, command, rest

    def invoke(self, ctx: click.Context) -> Any:
        """Invoke the command; name it in an error of its parser, which click raises without a context."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            if error.ctx is None and (command := self.get_command(ctx, ctx.invoked_subcommand or "")):
                error.ctx = click.Context(command, parent=ctx, info_name=ctx.invoked_subcommand)
            raise

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a list of commands for each section, with one column width for all."""
        widest = max(map(len, self.entries))
        for title, entries in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(f"{entry.name:<{widest}}", entry.summary) for entry in entries])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands and options that begin with `incomplete`."""
        found = [
            CompletionItem(entry.name, help=entry.summary)
            for entry in self.entries.values()
            if entry.name.startswith(incomplete)
        ]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]
