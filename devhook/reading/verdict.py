"""What a delivery means beside the ones before it: a verdict, the changes, and a hint in plain words."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from devhook.reading.changes import Change
from devhook.webhook.delivery import Signature
from devhook.webhook.subject import Subject


class Verdict(StrEnum):
    """What a delivery is among those of its subject.

    `first`: nothing earlier is known. `unchanged`: nothing but quiet fields differs. `duplicate`: its
    Webhook-Id came before. `late`: a newer version came before it.
    """

    FIRST = "first"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    LATE = "late"


class Reading(BaseModel):
    """What devhook concluded about one delivery. Derived: it can be made again from the inbox at any time.

    `version` is in nanoseconds since the epoch. `twin` is the delivery that a duplicate repeats,
    `compared_with` the one that the changes count from; both are ids in the inbox. `unreadable` says why the
    payload could not be read, and is empty when it could.
    """

    model_config = ConfigDict(frozen=True)

    subject: Subject | None
    version: int
    verdict: Verdict
    changes: tuple[Change, ...] = ()
    quiet: tuple[Change, ...] = ()
    hint: str = ""
    twin: int | None = None
    compared_with: int | None = None
    unreadable: str = ""


class Twin(BaseModel):
    """An earlier delivery with the same Webhook-Id; `status` is what its sender was answered."""

    model_config = ConfigDict(frozen=True)

    id: int
    status: int
    signature: Signature


class Previous(BaseModel):
    """The newest trusted version of the same document that is not newer than the one to be read."""

    model_config = ConfigDict(frozen=True)

    id: int
    topic: str | None
    event_id: str | None
    version: int
    document: Any


class Newest(BaseModel):
    """The newest trusted version of the same document, whenever it came."""

    model_config = ConfigDict(frozen=True)

    id: int
    version: int


class Earlier(BaseModel):
    """What the inbox knows that bears on a delivery: None where there is no such delivery."""

    model_config = ConfigDict(frozen=True)

    twin: Twin | None = None
    previous: Previous | None = None
    newest: Newest | None = None
