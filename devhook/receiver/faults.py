"""What deliveries are answered on purpose: a status, late, or not at all, for so many of them. Pure."""

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
    """How deliveries are to be answered: with `status`, after `seconds`, or, with `drop`, not at all.

    `times`: the next so many, else all until it is taken away. `share`: only so many of a hundred, by chance.
    `topic`: only those whose topic it matches, a name or a glob. Written `50%:slow:6s:503x3@orders/*`.
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
        """The fault as it is typed: `500x3@orders/paid`."""
        share = "" if self.share == _WHOLE else f"{self.share}%:"
        slow = f"slow:{self.seconds:g}s" if self.seconds else ""
        what = "drop" if self.drop else ":".join(filter(None, (slow, str(self.status or ""))))
        times = f"x{self.times}" if self.times else ""
        return f"{share}{what}{times}{f'@{self.topic}' if self.topic else ''}"


def parse_fault(text: str) -> AnswerFault:
    """Return the fault that was typed. Raises InputError, with examples."""
    found = _FAULT.fullmatch(text.strip())
    if found is None:
        raise InputError(f"{text!r} is no way to answer.", _EXAMPLES)
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
            f"{text!r} is no way to answer: a status is {_LOWEST} to {_HIGHEST}, a delay at most"
            f" {_LONGEST:g} s, a share 1 to 100 %, and a number of times at least 1.",
            _EXAMPLES,
        ) from error


class Faults:
    """The faults in force. The first that fits a delivery is used, and used up by so many."""

    def __init__(self, faults: Sequence[AnswerFault], chance: Callable[[], float]) -> None:
        self.left = tuple(faults)
        self._chance = chance

    def take(self, topic: str | None) -> AnswerFault | None:
        """The fault that a delivery of this topic meets, if any; one that it meets is there once less."""
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
