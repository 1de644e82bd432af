"""The mask of one run: `--mask`, which every command has, sets it; the console masks all that it writes."""

import os
import re
from collections.abc import Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from devhook.privacy.mask import Mask
    from devhook.privacy.patterns import Edit

# A change of colour within a line.
_STYLE: Final = re.compile(r"(\x1b\[[0-9;]*m)")
_VARIABLE: Final = "DEVHOOK_MASK"
_TRUE: Final = frozenset({"1", "true", "t", "yes", "y", "on"})  # as click reads a variable
_MASK: Final[ContextVar["Mask | None"]] = ContextVar("mask", default=None)


def run_mask() -> "Mask | None":
    """Return the mask of this run; None where personal data is shown."""
    return _MASK.get()


def mask_from_the_start(arguments: Sequence[str]) -> None:
    """Mask also what is written before the options are parsed, such as a fault of a config file."""
    if "--mask" in arguments or os.environ.get(_VARIABLE, "").lower() in _TRUE:
        _begin()


def _set_mask(_context: click.Context, _option: click.Parameter, value: bool) -> bool:  # noqa: FBT001 - click's signature
    if not value:
        _MASK.set(None)
    elif run_mask() is None:
        _begin()
    return value


def _begin() -> None:
    # `devhook --help` loads no document and no cryptography.
    from secrets import token_bytes  # noqa: PLC0415

    from devhook.privacy.mask import Mask  # noqa: PLC0415

    _MASK.set(Mask(token_bytes(32)))


def mask_option(command: str, what: str) -> click.Option:
    """Return the option `--mask` of a command. `what` says what it does."""
    name = command.upper().replace("-", "_")
    return click.Option(
        ["--mask/--no-mask"],
        # Before all other options, whose errors are masked too.
        is_eager=True,
        expose_value=False,
        callback=_set_mask,
        envvar=[f"DEVHOOK_{name}_MASK", _VARIABLE],
        help=f"{what} Also {_VARIABLE}.",
    )


def masked_line(line: str) -> str:
    """Return a line of output with everything masked that has the shape of personal data, in any colours."""
    mask = run_mask()
    if mask is None:
        return line
    pieces = _STYLE.split(line)
    plain = pieces[::2]
    edits = mask.edits("".join(plain))
    if not edits:
        return line
    start = 0
    for number in range(0, len(pieces), 2):
        pieces[number] = _edited(pieces[number], start, edits)
        start += len(plain[number // 2])
    return "".join(pieces)


def _edited(piece: str, start: int, edits: Sequence["Edit"]) -> str:
    """Return the piece that begins at `start` with its edits made.

    A match that reaches over several pieces is replaced in the first of them.
    """
    made, at, end = "", start, start + len(piece)
    for edit in edits:
        if start < edit.end and edit.start < end:
            made += piece[at - start : max(edit.start, start) - start]
            made += edit.text if edit.start >= start else ""
            at = min(edit.end, end)
    return made + piece[at - start :]


def masked_object(content: Any) -> Any:
    """Return an object for JSON with every text in it masked by shape."""
    mask = run_mask()
    return content if mask is None else mask.texts(content)
