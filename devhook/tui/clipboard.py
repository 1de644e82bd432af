"""The clipboard of a terminal: which terminals refuse it, how much they accept, and the notice after copying.

A program sets the clipboard with the sequence OSC 52, and no terminal answers whether it did.
https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
"""

import shutil
import subprocess
from collections.abc import Callable, Mapping
from typing import Final

from devhook.child_environment import child_environment
from devhook.text import byte_size

MOST: Final = 750_000
"""Bytes that are copied at all: tmux drops a sequence of more than 1 MB, and base64 adds a third."""
_COMMON: Final = 74_994
"""Bytes that every terminal with OSC 52 takes: some stop at 100,000 characters of base64."""
# Seconds.
_ASKING: Final = 0.5
_TMUX: Final = "tmux does not allow it (tmux set -s set-clipboard on allows it)"
_REFUSING: Final[tuple[tuple[Callable[[Mapping[str, str], str], bool], str], ...]] = (
    (lambda seen, term: "STY" in seen or term.startswith("screen"), "screen does not pass it on"),
    (lambda seen, _: seen.get("TERM_PROGRAM") == "Apple_Terminal", "Apple's Terminal does not allow it"),
    (lambda seen, _: "VTE_VERSION" in seen, "GNOME Terminal and terminals like it may not allow it"),
    (lambda _, term: term in {"linux", "dumb"}, "this console has no clipboard"),
)


def copied_words(what: str, size: int, refuses: str, otherwise: str = "") -> str:
    """Return what is said after `what` (`the body`) of `size` bytes was copied.

    `refuses` says why the terminal may not have taken it, as `doubt` does; `otherwise` what can be done then.
    """
    if not refuses and size > _COMMON:
        refuses = f"your terminal has a lower limit: many accept {byte_size(_COMMON)}"
    told = f"Copied {what}, {byte_size(size)}."
    return (
        f"{told} If the clipboard is unchanged, {'. '.join(filter(None, (refuses, otherwise)))}."
        if refuses
        else told
    )


def doubt(environment: Mapping[str, str], tmux_option: Callable[[], str]) -> str:
    """Return why the terminal probably does not set the clipboard; empty where it probably does.

    `tmux_option` returns tmux's set-clipboard. `external`, its default, ignores programs:
    https://man.openbsd.org/tmux.1#set-clipboard
    """
    if environment.get("TMUX"):
        return "" if tmux_option() == "on" else _TMUX
    term = environment.get("TERM", "")
    return next((why for is_it, why in _REFUSING if is_it(environment, term)), "")


def tmux_set_clipboard(environment: Mapping[str, str]) -> str:
    """Return tmux's option; empty if it does not answer in time. Call it in a thread."""
    tmux = shutil.which("tmux", path=environment.get("PATH"))
    if tmux is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603 - a constant command
            [tmux, "show-options", "-s", "-v", "set-clipboard"],
            env=child_environment(environment, ("TMUX",)),
            capture_output=True,
            timeout=_ASKING,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").strip()
