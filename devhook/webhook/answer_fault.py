"""Faults that the user asks for: answer a delivery with a status, with a delay, or not at all. Pure."""

import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from devhook.errors import InputError

_FAULT: Final = re.compile(
    r"(?:(?P<share>\d{1,3})%:)?"
    r"(?:(?P<status>[1-9]\d\d)|slow:(?P<seconds>\d+(?:\.\d+)?)s?(?::(?P<late>[1-9]\d\d))?|(?P<drop>drop))"
    r"(?:x(?P<times>\d+))?"
    r"(?:@(?P<topic>[\w./*?\[\]-]+))?",
    re.ASCII,
)
_EXAMPLES: Final = "Such as 500, 500x3, slow:6s, drop, 50%:503, 404x2@orders/*"
_LOWEST, _HIGHEST = 200, 599
_LONGEST: Final = 60.0
_WHOLE: Final = 100


class AnswerFault(BaseModel):
    """One way to answer deliveries, written `50%:slow:6s:503x3@orders/*`.

    `status`: the HTTP status of the answer; None: the usual one.
    `seconds`: the delay before the answer.
    `drop`: whether the connection is closed without an answer.
    `times`: the number of deliveries that get this answer; None: all until the fault is removed.
    `share`: the percentage of deliveries that get it, drawn at random.
    `topic`: a topic or a glob that limits the fault; None: every topic.
    """

    model_config = ConfigDict(frozen=True)

    status: int | None = Field(default=None, ge=_LOWEST, le=_HIGHEST)
    seconds: float = Field(default=0.0, ge=0, le=_LONGEST)
    drop: bool = False
    times: int | None = Field(default=None, ge=1)
    share: int = Field(default=_WHOLE, ge=1, le=_WHOLE)
    topic: str | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if self.status is None and not self.seconds and not self.drop:
            raise ValueError("a fault has a status, a delay, or drops the connection")
        return self

    def __str__(self) -> str:
        """Return the fault as it is typed: `500x3@orders/paid`."""
        share = "" if self.share == _WHOLE else f"{self.share}%:"
        slow = f"slow:{self.seconds:g}s" if self.seconds else ""
        what = "drop" if self.drop else ":".join(filter(None, (slow, str(self.status or ""))))
        times = f"x{self.times}" if self.times else ""
        return f"{share}{what}{times}{f'@{self.topic}' if self.topic else ''}"


def parse_fault(text: str) -> AnswerFault:
    """Return the fault that `text` describes. Raise InputError, with examples."""
    found = _FAULT.fullmatch(text.strip())
    if found is None:
        raise InputError(f"{text!r} is not a fault.", _EXAMPLES)
    given = found.groupdict()
    status = given["status"] or given["late"]
    try:
        return AnswerFault(
            status=int(status) if status else None,
            seconds=float(given["seconds"] or 0),
            drop=given["drop"] is not None,
            times=int(given["times"]) if given["times"] else None,
            share=int(given["share"] or _WHOLE),
            topic=given["topic"],
        )
    except ValueError as error:
        raise InputError(
            f"{text!r} is not a fault: a status is {_LOWEST} to {_HIGHEST}, a delay at most"
            f" {_LONGEST:g} s, a share 1 to 100 %, and a number of times at least 1.",
            _EXAMPLES,
        ) from error


class Faults:
    """The faults in force, in `left`. The first one that matches a delivery applies to it."""

    def __init__(self, faults: Sequence[AnswerFault], chance: Callable[[], float]) -> None:
        self.left = tuple(faults)
        self._chance = chance

    def take(self, topic: str | None) -> AnswerFault | None:
        """Return the fault for a delivery of this topic and count it as used; None where none matches."""
        for place, fault in enumerate(self.left):
            if fault.topic is not None and not fnmatchcase(topic or "", fault.topic):
                continue
            if fault.share < _WHOLE and self._chance() * _WHOLE >= fault.share:
                continue
            if fault.times is not None:
                rest = (fault.model_copy(update={"times": fault.times - 1}),) if fault.times > 1 else ()
                self.left = (*self.left[:place], *rest, *self.left[place + 1 :])
            return fault
        return None
