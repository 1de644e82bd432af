"""Completion in bash, zsh and fish: `devhook completion` prints the script that a shell loads.

click has a class for each shell. The one for bash is replaced: bash takes a filter word such as `is:late`
apart at its colon, and inserts `#1001` and `orders/*` without the quotes that they need.
"""

import os
import re
import sys
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    get_completion_class,
    split_arg_string,
)

from devhook.cli.console import echo, info
from devhook.errors import InputError

_SPECIAL: Final = re.compile(r"""[\s"'\\$`&;|<>()*?\[\]#!~]""")
_QUOTES: Final = "\"'"
_INSTALL: Final = {
    "bash": 'In ~/.bashrc:  eval "$(devhook completion bash)"',
    "zsh": 'In ~/.zshrc, after compinit:  eval "$(devhook completion zsh)"',
    "fish": "devhook completion fish > ~/.config/fish/completions/devhook.fish",
}
SHELLS: Final = tuple(_INSTALL)
"""The shells that have a script."""
_VARIABLE: Final = "_DEVHOOK_COMPLETE"


class Bash(BashComplete):
    """Completes the line up to the cursor, and returns the part of each word that bash replaces.

    Works in bash 3.2 too, which macOS has: there the candidates are sorted.
    """

    source_template = """\
%(complete_func)s() {
    local IFS=$'\\n' candidate
    COMPREPLY=()
    for candidate in $(env COMP_WORDS="${COMP_LINE:0:$COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \
%(complete_var)s=bash_complete "$1"); do
        case $candidate in
            dir,*) type compopt &>/dev/null && compopt -o dirnames ;;
            file,*) type compopt &>/dev/null && compopt -o default ;;
            plain,*) COMPREPLY+=("${candidate#plain,}") ;;
        esac
    done
}
complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null ||
    complete -F %(complete_func)s %(prog_name)s
"""

    @staticmethod
    def _check_version() -> None:
        """The script needs no version."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one at the cursor, and that one."""
        line = os.environ["COMP_WORDS"]
        words = split_arg_string(line)
        incomplete = words.pop() if words and not line[-1:].isspace() else ""
        return words[1:], incomplete

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Return the item without the part that bash keeps, with backslashes before special characters."""
        breaks = set(os.environ.get("COMP_WORDBREAKS", "")) - set(_QUOTES)
        _, incomplete = self.get_completion_args()
        kept = max((place + 1 for place, sign in enumerate(incomplete) if sign in breaks), default=0)
        quoted = _SPECIAL.sub(r"\\\g<0>", str(item.value)[kept:])
        return f"{item.type},{quoted}"


@click.command()
@click.argument("shell", required=False, type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, *, shell: str | None) -> None:
    """Print the script that completes devhook's commands in a shell.

    It completes commands, options, topics, scenarios, checks, ids and filter words. SHELL is the one in
    $SHELL unless given.

      eval "$(devhook completion bash)"
    """
    name = shell or Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS:
        raise InputError(
            f"$SHELL is {name or 'not set'}, and devhook has completion for {', '.join(SHELLS)}.",
            "devhook completion bash",
        )
    found = get_completion_class(name)
    assert found is not None  # noqa: S101 - click has a class for each of them; this tells mypy
    echo(found(context.find_root().command, {}, "devhook", _VARIABLE).source().rstrip())
    if sys.stdout.isatty():
        info(_INSTALL[name])
