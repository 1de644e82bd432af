"""`--web` and `--web-host`: the screen of a command in a browser, and the run of its server."""

import asyncio
import os
import sys
from collections.abc import Callable
from typing import Any, Final

import click

from devhook.child_environment import IN_BROWSER, child_environment
from devhook.cli.console import info, write
from devhook.cli.credentials import SIGNING, VARIABLES
from devhook.cli.outputs import descriptors
from devhook.errors import ExitStatus, InputError
from devhook.session.lifetime import run_screen

# Prefixes of the variables that a devhook on a terminal needs, besides those of every child.
_NEEDED: Final = ("DEVHOOK_", "NO_COLOR", "TEXTUAL_")
_TERMINAL: Final = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
_HIGHEST_PORT: Final = 65_535


class _Port(click.ParamType):  # type: ignore[type-arg]  # before click 8.2 it took no argument
    name = "port"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the port. Fail for a number out of range, and for another argument after --web."""
        if isinstance(value, int):
            return value
        if not value.isascii() or not value.isdecimal() or int(value) > _HIGHEST_PORT:
            self.fail(
                f"{value!r} is not a port from 0 to {_HIGHEST_PORT}. Put other arguments before --web.",
                param,
                ctx,
            )
        return int(value)


def web_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--web` and `--web-host`: the screen in a browser."""
    web = click.option(
        "--web",
        is_flag=False,
        flag_value="0",
        type=_Port(),
        metavar="[PORT]",
        help="Show the screen in a browser, at this port. Default: a free one. Needs devhook[web].",
    )
    host = click.option(
        "--web-host",
        default="127.0.0.1",
        show_default=True,
        metavar="HOST",
        help="The address that --web listens on. Other machines can reach any but 127.0.0.1.",
    )
    return web(host(command))


def wants_browser(port: int | None, output: str | None, *, json: bool) -> bool:
    """Return whether the screen is to be shown in a browser, and this is not yet the child that shows it.

    Raise InputError for an output that is not the screen.
    """
    if port is None or os.environ.get(IN_BROWSER):
        return False
    if json or output not in {None, "tui"}:
        raise InputError(
            "--web shows the screen, and cannot be used with --json or another --output.",
            "Remove one of them.",
        )
    return True


def show_in_browser(port: int, host: str, *, signs: bool) -> ExitStatus:
    """Serve the screen of this very command until its page is closed; return the exit status.

    `signs`: whether the command needs the secrets that signatures are made and checked with.
    """
    if sys.platform == "win32":
        raise InputError(
            "The screen in a browser needs a pseudo-terminal, which Windows does not have.",
            "Run devhook in a terminal, or in WSL.",
        )
    # aiohttp and the server are loaded for this alone.
    from devhook.web.addresses import Role, is_local  # noqa: PLC0415
    from devhook.web.server import ScreenServer  # type: ignore[attr-defined,unused-ignore]  # noqa: PLC0415

    async def serve(stopping: asyncio.Event) -> int:
        server = ScreenServer(sys.argv[1:], _environment(signs=signs))
        try:
            await server.start(host, port)
            info("Open the screen in a browser. The first page has the keys:")
            # Not through the mask, which could take a random token for a key.
            write(server.addresses.of(Role.OWNER))
            info("An audience can watch it, without keys, at:")
            write(server.addresses.of(Role.WATCHER))
            if not is_local(host):
                info("Whoever can reach this port and has an address can use it. HTTP is not encrypted.")
            info("The session ends when the first page is closed, or with Ctrl+C.")
            waits = [asyncio.ensure_future(each.wait()) for each in (stopping, server.ended)]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for each in waits:
                each.cancel()
        finally:
            await server.aclose()
        return server.status

    status, ended = run_screen(serve, tuple(descriptors([sys.stderr])))
    if ended is not ExitStatus.DONE:
        return ended
    return ExitStatus(status) if status in list(ExitStatus) else ExitStatus.DONE


def _environment(*, signs: bool) -> dict[str, str]:
    """Return the environment of the child: without any secret that it has no use for."""
    secret = {name for kind, names in VARIABLES.items() if not (signs and kind in SIGNING) for name in names}
    kept = {name for kind in SIGNING if signs for name in VARIABLES[kind]}
    allowed = child_environment(os.environ, (*_NEEDED, *kept))
    return (
        {name: value for name, value in allowed.items() if name not in secret} | _TERMINAL | {IN_BROWSER: "1"}
    )
