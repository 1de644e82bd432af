"""What changed between two documents, field by field."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict


class Kind(StrEnum):
    """What happened to a field."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


class Change(BaseModel):
    """One field that differs.

    `path` is for people (`line_items[TEE-M].price`), `pointer` for programs: RFC 6901, into the new document,
    or into the old one when the field was removed. `before` and `after` are the whole values; the absent one
    is None, and `kind` tells that from a null. A `quiet` field moves with every touch and says nothing by
    itself. `steps` is the place in the old document, keys and indexes, that `apply` goes to.
    """

    model_config = ConfigDict(frozen=True)

    kind: Kind
    path: str
    pointer: str
    before: Any = None
    after: Any = None
    quiet: bool = False
    steps: tuple[str | int, ...] = ()
