"""`devhook open`: the screen over an inbox or a file of deliveries."""

import sys
from pathlib import Path

import click

from devhook.cli.browser import show_in_browser, wants_browser, web_options
from devhook.cli.credentials import credentials
from devhook.cli.masking import run_mask
from devhook.cli.outputs import OutputName, show
from devhook.errors import ExitStatus, InputError
from devhook.session.reading import ReadingOptions, reading, require_source


@click.command("open")
@click.argument("source", required=False, type=click.Path(path_type=Path), metavar="[RECORDING|HAR|INBOX]")
@web_options
@click.pass_obj
def open_(inbox: Path, *, source: Path | None, web: int | None, web_host: str) -> ExitStatus:
    """Show an inbox or a recording on the screen, read only.

    Nothing is received, sent or changed; no port and no shop is needed. Without an argument it is the inbox:
    what a running devhook listen receives into it appears live. A recording of devhook export and a HAR file
    are imported into a temporary inbox, which is removed at the end.

    \b
      devhook open
      devhook open colleague.jsonl
    """  # noqa: D301 - click's mark for lines that must not be filled is a backspace
    if wants_browser(web, None, json=False):
        require_source(source or inbox)
        return show_in_browser(web or 0, web_host, signs=True)
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise InputError("The screen needs a terminal.", "devhook log lists deliveries in a pipe.")
    known = credentials()
    options = ReadingOptions(
        path=source or inbox, secrets=known.secrets(), mistakable=known.mistakable(), mask=run_mask()
    )
    return show(reading(options), OutputName.TUI)
