"""JSON pointers (RFC 6901): how a place in a document is spelled for programs.

`/line_items/0/price` is the price of the first line item. The empty pointer is the whole document. In a step
`~` is written `~0` and `/` is written `~1`. https://www.rfc-editor.org/rfc/rfc6901
"""

import re
from collections.abc import Iterable
from typing import Any, Final

# RFC 6901, section 4: no sign, no leading zero. `-`, the place after the last item, holds no value.
_INDEX: Final = re.compile(r"0|[1-9][0-9]*")


def escape(step: str | int) -> str:
    """Return a key or an index as it stands in a pointer: `a/b` becomes `a~1b`."""
    return str(step).replace("~", "~0").replace("/", "~1")


def unescape(step: str) -> str:
    """Return the key that a step of a pointer means: `a~1b` becomes `a/b`, `~01` becomes `~1`."""
    return step.replace("~1", "/").replace("~0", "~")


def spell(steps: Iterable[str | int]) -> str:
    """Return the pointer of keys and indexes: `("line_items", 0, "price")` is `/line_items/0/price`."""
    return "".join(f"/{escape(step)}" for step in steps)


def parse(pointer: str) -> tuple[str, ...]:
    """Return the steps of a pointer as text; whether `0` is a key or an index, only a document tells."""
    return tuple(map(unescape, pointer.split("/")[1:]))


def steps(pointer: str) -> tuple[str | int, ...]:
    """Return the steps of a pointer whose document is not at hand: what can be an index is taken for one."""
    return tuple(int(step) if _INDEX.fullmatch(step) else step for step in parse(pointer))


def walk(document: Any, pointer: str) -> tuple[Any, Any] | None:
    """Return the object or list that holds what `pointer` means, and its key or index there.

    None where the pointer leads nowhere, and for the whole document, which nothing holds.
    """
    found: tuple[Any, Any] | None = None
    inner = document
    for step in parse(pointer):
        if isinstance(inner, dict) and step in inner:
            found, inner = (inner, step), inner[step]
        elif isinstance(inner, list) and _INDEX.fullmatch(step) and int(step) < len(inner):
            found, inner = (inner, int(step)), inner[int(step)]
        else:
            return None
    return found
