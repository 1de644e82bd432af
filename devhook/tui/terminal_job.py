"""Runs a pager or an editor in the terminal while the screen is suspended: which one, with which environment.

devhook receives meanwhile, and ends the program when it ends itself.
"""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from textual.app import App, SuspendNotSupported

from devhook.child_environment import child_environment
from devhook.errors import DevhookError

# What pagers and editors are set up with, and what those with windows of their own need.
_OWN: Final = (
    "COLORTERM",
    "DBUS_",
    "DISPLAY",
    "EMACS",
    "LESS",
    "LINES",
    "NANO",
    "NVIM",
    "PAGER",
    "TERMINFO",
    "TMUX",
    "VIM",
    "WAYLAND_",
    "XAUTHORITY",
)
_INSTEAD: Final = "Copy it with y, or save it with w."

if sys.platform == "win32":

    async def run_job(_words: Sequence[str], _environment: Mapping[str, str]) -> None:
        """Raise DevhookError: it is not possible here."""
        raise DevhookError("No other program can be opened on Windows.", _INSTEAD)

else:
    from devhook.tui.foreground_job import run_job


class ProgramKind(NamedTuple):
    """A kind of program: variables that name one, and what is tried without them, an example last."""

    variables: tuple[str, ...]
    others: tuple[str, ...]


PAGER: Final = ProgramKind(("PAGER",), ("less", "more", "less"))
EDITOR: Final = ProgramKind(("VISUAL", "EDITOR"), ("sensible-editor", "vi", "nano"))


def program(kind: ProgramKind, environment: Mapping[str, str]) -> list[str]:
    """Return the command of a pager or an editor. Raise DevhookError when there is none."""
    path = environment.get("PATH")
    for name in kind.variables:
        if not environment.get(name, "").strip():
            continue
        use = f"Set {name}={kind.others[-1]}"
        try:
            words = shlex.split(environment[name])
        except ValueError as error:
            raise DevhookError(f"${name} is not a command: {error}.", use) from error
        if not words or shutil.which(words[0], path=path) is None:
            raise DevhookError(f"${name} names no program: {environment[name]}", use)
        return words
    for name in kind.others:
        if shutil.which(name, path=path):
            return [name]
    raise DevhookError(f"There is no {kind.others[-1]}.", f"Name another program in ${kind.variables[-1]}.")


def job_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the program sees: no secret; less does not leave at once, and passes no escapes on."""
    seen = child_environment(environment, _OWN)
    return seen | {"LESS": f"{seen.get('LESS', '')} -+F -+r -+R".strip()}


async def run_in_terminal(app: App[Any], words: Sequence[str]) -> None:
    """Suspend the app, run a program until it ends, and come back. Raise DevhookError."""
    try:
        with app.suspend():
            await run_job(words, job_environment(os.environ))
    except SuspendNotSupported as error:
        raise DevhookError("No other program can be opened in a browser.", _INSTEAD) from error
