"""The scenario format: its fields and their checks."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from devhook.errors import InputError
from devhook.forge.tamper import TAMPERS
from devhook.webhook.answer_fault import parse_fault
from devhook.webhook.delivery import Delivery, Signature

_UNKNOWN_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)

LONGEST_PAUSE: Final = 3600.0
"""The longest pause before a step, in seconds."""

LONGEST_NOTE: Final = 5000
"""The most characters of a note: a trainer's is shown beside a step, on one screen."""


class Action(StrEnum):
    """What can happen to an order. Each action emits the topics that Shopify emits for it."""

    CHECK_OUT = "check_out"
    PAY = "pay"
    EDIT = "edit"
    NOTE = "note"
    MOVE_LOCATION = "move_location"
    FULFIL = "fulfil"
    TRACK = "track"
    REFUND = "refund"
    CANCEL = "cancel"
    DELETE = "delete"


LATE: Final = "late"
"""The fault of deliveries that are sent after those of the next step."""

FAULTS: Final = (LATE, *TAMPERS)
"""The faults that a step's deliveries can have: they are late, or tampered with in one way."""


_HELD: Final = "delivered after the next step"


def _known_fault(value: object) -> object:
    if value is None or value in FAULTS:
        return value
    raise PydanticCustomError("enum", "is not a fault")


Fault = Annotated[str, BeforeValidator(_known_fault)]
Pause = Annotated[float, Field(ge=0, le=LONGEST_PAUSE, allow_inf_nan=False, strict=True)]
Times = Annotated[int, Field(ge=1, le=1000, strict=True)]
Note = Annotated[str, Field(max_length=LONGEST_NOTE)]


class _Timed(BaseModel):
    """What every step has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    do: str
    after: Pause = 0.0
    times: Times = 1
    note: Note | None = None

    @property
    def trainers_note(self) -> str:
        """The trainer's note; empty for none."""
        return self.note or ""

    @property
    def words(self) -> str:
        """What happens in this step: `pay: sent twice with one Webhook-Id`."""
        fault = getattr(self, "fault", None)
        effect = "" if fault is None else _HELD if fault == LATE else TAMPERS[fault].effect
        often = f", {self.times} times" if self.times > 1 else ""
        return f"{self._act}{often}{f': {effect}' if effect else ''}"

    @property
    def _act(self) -> str:
        return self.do.replace("_", " ")


class Step(_Timed):
    """One action.

    - `do`: the action.
    - `after`: the pause before it, in seconds.
    - `order`: the order that it changes: its name (`"#1001"`), or its number in the scenario (1 is the
      first); None: the newest order.
    - `fault`: the fault of its deliveries.
    - `text`: the text for action `note`; None: one of the shop's notes.
    - `times`: how often the step is repeated, with its pause and fault.
    - `note`: the trainer's note, shown beside the step in a presentation. In a `note` step without a `text`
      it is the text.
    """

    do: Action
    order: int | str | None = None
    fault: Fault | None = None
    text: Note | None = None

    @property
    def order_note(self) -> str | None:
        """The text for action `note`; None: one of the shop's notes."""
        return self.note if self._note_is_text else self.text

    @property
    def trainers_note(self) -> str:
        """The trainer's note; empty for none."""
        return "" if self._note_is_text else self.note or ""

    @property
    def _act(self) -> str:
        order = "" if self.order is None else f" order {self.order}"
        return f"{super()._act}{order}{f' “{self.order_note}”' if self.order_note else ''}"

    @property
    def _note_is_text(self) -> bool:
        # Earlier files, without trainer's notes, have the text there.
        return self.do is Action.NOTE and self.text is None

    @field_validator("order", mode="before")
    @classmethod
    def _names_an_order(cls, value: object) -> object:
        is_number = isinstance(value, int) and not isinstance(value, bool) and value >= 1
        is_name = isinstance(value, str) and value.startswith("#") and value[1:].isdecimal()
        if value is None or is_number or is_name:
            return value
        raise ValueError('must be the name of an order ("#1001"), or 1 for the scenario\'s first order')


def _from_base64(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except ValueError as error:
        raise ValueError("must be base64") from error


class Deliver(_Timed):
    """One recorded delivery, sent again as it arrived.

    - `do`: `deliver`.
    - `after`, `fault`, `times`, `note`: as for an action.
    - `path`: the path that it arrived on.
    - `headers`: their values are bytes read as Latin-1.
    - `body`: the body as UTF-8 text; `body_base64`: the body if it is not text.
    - `signature`: the result of its check when it was recorded. `valid` and `unchecked` deliveries are signed
      again if the secret has changed; the others stay untrusted.
    """

    do: Literal["deliver"]
    fault: Fault | None = None
    path: str = "/"
    headers: tuple[tuple[str, str], ...]
    body: str | None = None
    body_base64: Annotated[bytes, BeforeValidator(_from_base64)] | None = None
    signature: Signature = Signature.UNCHECKED

    @property
    def _act(self) -> str:
        return f"deliver {self.delivery.topic or 'without a topic'}"

    @property
    def content(self) -> bytes:
        """Return the body's bytes."""
        return self.body_base64 if self.body_base64 is not None else (self.body or "").encode()

    @property
    def delivery(self) -> Delivery:
        """Return the recorded delivery. Its `received_at` is not known and has no meaning."""
        return Delivery(received_at=_UNKNOWN_TIME, path=self.path, headers=self.headers, body=self.content)


def _is_fault(text: str) -> str:
    try:
        return str(parse_fault(text))
    except InputError as error:
        raise ValueError(f"must be a list of faults. {error.hint}") from error


class AnswerStep(_Timed):
    """How deliveries are answered from this step on, in a demo. In `devhook play` your endpoint answers.

    - `do`: `answer`.
    - `after`, `times`, `note`: as for an action.
    - `faults`: what `--answer` takes, such as `["500@orders/paid"]`; `[]`: as usual.
    """

    do: Literal["answer"]
    faults: tuple[Annotated[str, AfterValidator(_is_fault)], ...]

    @property
    def _act(self) -> str:
        return f"answer {', '.join(self.faults) or 'as usual'}"


class RetryStep(_Timed):
    """The shop's waiting retries, sent now instead of after Shopify's pauses.

    - `do`: `retry`.
    - `after`, `times`, `note`: as for an action.
    """

    do: Literal["retry"]


_OTHERS: Final = ("deliver", "answer", "retry")


def _kind(step: object) -> str:
    """Return the tag of a table or a step: that of its class."""
    do = step.get("do") if isinstance(step, dict) else getattr(step, "do", None)
    return do if do in _OTHERS else "act"


AnyStep = Annotated[
    Annotated[Step, Tag("act")]
    | Annotated[Deliver, Tag("deliver")]
    | Annotated[AnswerStep, Tag("answer")]
    | Annotated[RetryStep, Tag("retry")],
    Discriminator(_kind),
]
DOES: Final = (*Action, *_OTHERS)
"""All values of `do`."""
Count = Annotated[int, Field(ge=0, strict=True)]


class Expectation(BaseModel):
    """How many deliveries of each kind arrive, if all arrive. None: any number."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    deliveries: Count | None = None
    valid: Count | None = None
    invalid: Count | None = None
    duplicates: Count | None = None
    late: Count | None = None
    unchanged: Count | None = None


class Scenario(BaseModel):
    """The steps in order, and the deliveries that they are expected to cause.

    - `title`: one line.
    - `about`: what happens, and what to watch.
    - `note`: the trainer's note, shown before the first step in a presentation.
    - `steps`: the steps, `[[steps]]`.
    - `expect`: what must have arrived at the end, `[expect]`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    about: str = ""
    note: Note = ""
    steps: tuple[AnyStep, ...]
    expect: Expectation = Expectation()

    @property
    def is_lesson(self) -> bool:
        """Whether it has notes to teach with."""
        return bool(self.note) or any(step.trainers_note for step in self.steps)

    @property
    def sets_answers(self) -> bool:
        """Whether it makes deliveries fail."""
        return any(isinstance(step, AnswerStep) for step in self.steps)

    @field_validator("steps")
    @classmethod
    def _not_empty(cls, steps: tuple[AnyStep, ...]) -> tuple[AnyStep, ...]:
        # A constraint of the field would also be reported if the only step is invalid.
        if not steps:
            raise ValueError("must contain at least one step")
        return steps

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problems = [
            InitErrorDetails(
                type=PydanticCustomError("sense", "{reason}", {"reason": reason}),
                loc=("steps", index, field),
                input=getattr(self.steps[index], field, None),
            )
            for index, field, reason in _contradictions(self.steps)
        ]
        if problems:
            raise ValidationError.from_exception_data("Scenario", problems)
        return self


def _contradictions(steps: tuple[AnyStep, ...]) -> Iterator[tuple[int, str, str]]:
    """Yield (index of the step, field, reason) for mistakes that involve more than one field."""
    orders = 0
    for index, step in enumerate(steps):
        if isinstance(step, Deliver) and step.body is not None and step.body_base64 is not None:
            yield index, "body", "is given twice: as body and as body_base64"
        if not isinstance(step, Step):
            continue
        yield from ((index, field, reason) for field, reason in _contradictions_of(step, orders))
        orders += step.times if step.do is Action.CHECK_OUT else 0
    if getattr(steps[-1], "fault", None) == LATE:
        yield len(steps) - 1, "fault", "cannot be late in the last step: no later delivery overtakes it"


def _contradictions_of(step: Step, orders: int) -> Iterator[tuple[str, str]]:
    """Yield (field, reason) for an action after which so many orders exist."""
    if step.do is Action.CHECK_OUT:
        if step.order is not None:
            yield "order", "cannot be set here: check_out creates a new order"
    elif orders == 0:
        yield "do", "needs an order, but none exists yet: start with a check_out step"
    elif isinstance(step.order, int) and step.order > orders:
        yield "order", f"is {step.order}, but only {orders} checked out before this step"
    if step.text is not None and step.do is not Action.NOTE:
        yield "text", "is only allowed in a note step"
