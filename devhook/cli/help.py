"""`devhook help`: shows a page of the manual, or the help of a command."""

import re
import signal
import sys
from pathlib import Path
from typing import Final

import click
from click.shell_completion import CompletionItem

from devhook.cli.console import echo, info
from devhook.cli.interrupts import uninterrupted
from devhook.errors import InputError
from devhook.processes import HANG_UP
from devhook.resources import manual
from devhook.text import did_you_mean, nearest

_MARK: Final = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_WIDEST: Final = 100
"""Columns; longer lines of prose are tiring to read."""


def _pages() -> dict[str, Path]:
    return {file.stem: file for file in sorted(manual().glob("*.md"))}


def _complete(context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    names = [*_pages(), *_commands(context)]
    return [CompletionItem(name) for name in dict.fromkeys(names) if name.startswith(begun)]


def _commands(context: click.Context) -> list[str]:
    group = context.find_root().command
    return group.list_commands(context) if isinstance(group, click.Group) else []


@click.command("help")
@click.argument("page", required=False, shell_complete=_complete)
@click.pass_context
def help_(context: click.Context, *, page: str | None) -> None:
    """Show a page of the manual, or the help of a command.

    PAGE is a page or a command; without it the pages are listed. Without a terminal a page is written as
    Markdown.

    \b
      devhook help selecting
      devhook help listen
    """  # noqa: D301 - click's mark for lines that must not be filled is a backspace
    pages = _pages()
    if page is None:
        for name, file in pages.items():
            echo(f"{click.style(f'{name:<16}', bold=True)}{_title(file)}")
        info("To read one: devhook help PAGE. The options of a command: devhook help COMMAND")
    elif page in pages:
        _show(pages[page])
    elif page in _commands(context):
        _show_command(context, page)
    else:
        question = did_you_mean(nearest(page, [*pages, *_commands(context)]))
        raise InputError(f"The manual has no page {page!r}. {question}".rstrip(), "devhook help")


def _title(file: Path) -> str:
    with file.open(encoding="utf-8") as lines:
        return next(lines).lstrip("# ").strip()


def _show(file: Path) -> None:
    text = _MARK.sub("", file.read_text(encoding="utf-8"))
    if not sys.stdout.isatty():
        echo(text.rstrip())
        return
    # rich takes 60 ms to load, and only a terminal needs it.
    from rich.console import Console  # noqa: PLC0415
    from rich.markdown import Markdown  # noqa: PLC0415

    console = Console(no_color=click.get_current_context().color is False)
    with console.capture() as capture:
        console.print(Markdown(text), width=min(console.width, _WIDEST))
    # click waits for the pager whatever is raised: Ctrl+C is a key of less.
    with uninterrupted((signal.SIGTERM, HANG_UP)):
        click.echo_via_pager(capture.get())


def _show_command(context: click.Context, name: str) -> None:
    parent = context.find_root()
    assert isinstance(parent.command, click.Group)  # noqa: S101 - the root is a group; this tells mypy
    command = parent.command.get_command(parent, name)
    assert command is not None  # noqa: S101 - its name comes from the group's list
    echo(command.get_help(click.Context(command, info_name=name, parent=parent)))
