"""Completion in bash: words with a colon, and words that bash has to be given with backslashes.

click's own script leaves `is:late` to bash, which takes it apart at the colon, and inserts `#1001` and
`orders/*` as they are.
"""

import os
import re
from typing import Any, Final

from click.shell_completion import BashComplete, CompletionItem, split_arg_string

_SPECIAL: Final = re.compile(r"""[\s"'\\$`&;|<>()*?\[\]#!~]""")
_QUOTES: Final = "\"'"


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
