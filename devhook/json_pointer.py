"""JSON pointers (RFC 6901): the notation for a place in a JSON document.

`/line_items/0/price` is the price of the first line item. The empty pointer is the whole document. A step
writes `~` as `~0` and `/` as `~1`. https://www.rfc-editor.org/rfc/rfc6901
"""

import re
from collections.abc import Iterable
from typing import Any, Final

# RFC 6901, section 4: no sign, no leading zero. `-`, the place after the last item, has no value.
_INDEX: Final = re.compile(r"0|[1-9][0-9]*")


def escape(step: str | int) -> str:
    """Return a key or an index as a step of a pointer: `a/b` becomes `a~1b`."""
    return str(step).replace("~", "~0").replace("/", "~1")


def unescape(step: str) -> str:
    """Return the key of a step of a pointer: `a~1b` becomes `a/b`, `~01` becomes `~1`."""
    return step.replace("~1", "/").replace("~0", "~")


def spell(steps: Iterable[str | int]) -> str:
    """Return the pointer of keys and indexes: `("line_items", 0, "price")` is `/line_items/0/price`."""
    return "".join(f"/{escape(step)}" for step in steps)


def parse(pointer: str) -> tuple[str, ...]:
    """Return the steps of a pointer as text; only a document decides whether `0` is a key or an index."""
    return tuple(map(unescape, pointer.split("/")[1:]))


def steps(pointer: str) -> tuple[str | int, ...]:
    """Return the steps of a pointer without its document: a step that can be an index becomes one."""
    return tuple(int(step) if _INDEX.fullmatch(step) else step for step in parse(pointer))


def walk(document: Any, pointer: str) -> tuple[Any, Any] | None:
    """Return the object or list that contains the value at `pointer`, and the value's key or index in it.

    None if there is no such value, and for the whole document, which is in no object or list.
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
