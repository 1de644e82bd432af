"""The scenario format: its fields, their checks, and how a scenario file is read."""

import base64
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import (
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
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from devhook.errors import InputError
from devhook.files import read_regular
from devhook.forge.tamper import TAMPERS
from devhook.resources import fixtures
from devhook.scenario.toml_positions import line_of
from devhook.text import did_you_mean, nearest, visible
from devhook.toml_text import parse_toml
from devhook.webhook.delivery import Delivery, Signature

_POSITION: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
# One mistake often occurs on every line of a file; more errors than this do not help.
_MOST_ERRORS: Final = 8
_LARGEST: Final = 128 * 2**20
_UNKNOWN_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)

LONGEST_PAUSE: Final = 3600.0
"""The longest pause before a step, in seconds."""


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


def _known_fault(value: object) -> object:
    if value is None or value in FAULTS:
        return value
    raise PydanticCustomError("enum", "is not a fault")


Fault = Annotated[str, BeforeValidator(_known_fault)]
Pause = Annotated[float, Field(ge=0, le=LONGEST_PAUSE, allow_inf_nan=False, strict=True)]
Times = Annotated[int, Field(ge=1, le=1000, strict=True)]


class Step(BaseModel):
    """One action.

    - `do`: the action.
    - `after`: the pause before it, in seconds.
    - `order`: the order that it changes: its name (`"#1001"`), or its number in the scenario (1 is the
      first); None: the newest order.
    - `fault`: the fault of its deliveries.
    - `note`: the text for action `note`; None: one of the shop's notes.
    - `times`: how often the step is repeated, with its pause and fault.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    do: Action
    after: Pause = 0.0
    order: int | str | None = None
    fault: Fault | None = None
    note: str | None = None
    times: Times = 1

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


class Deliver(BaseModel):
    """One recorded delivery, sent again as it arrived.

    - `do`: `deliver`.
    - `after`, `fault`, `times`: as for an action.
    - `path`: the path that it arrived on.
    - `headers`: their values are bytes read as Latin-1.
    - `body`: the body as UTF-8 text; `body_base64`: the body if it is not text.
    - `signature`: the result of its check when it was recorded. `valid` and `unchecked` deliveries are signed
      again if the secret has changed; the others stay untrusted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    do: Literal["deliver"]
    after: Pause = 0.0
    fault: Fault | None = None
    times: Times = 1
    path: str = "/"
    headers: tuple[tuple[str, str], ...]
    body: str | None = None
    body_base64: Annotated[bytes, BeforeValidator(_from_base64)] | None = None
    signature: Signature = Signature.UNCHECKED

    @property
    def content(self) -> bytes:
        """Return the body's bytes."""
        return self.body_base64 if self.body_base64 is not None else (self.body or "").encode()

    @property
    def delivery(self) -> Delivery:
        """Return the recorded delivery. Its `received_at` is not known and has no meaning."""
        return Delivery(received_at=_UNKNOWN_TIME, path=self.path, headers=self.headers, body=self.content)


def _kind(step: object) -> str:
    """Return the tag of a table or a step: `act` or `deliver`."""
    do = step.get("do") if isinstance(step, dict) else getattr(step, "do", None)
    return "deliver" if do == "deliver" else "act"


AnyStep = Annotated[Annotated[Step, Tag("act")] | Annotated[Deliver, Tag("deliver")], Discriminator(_kind)]
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
    - `steps`: the steps, `[[steps]]`.
    - `expect`: what must have arrived at the end, `[expect]`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    about: str = ""
    steps: tuple[AnyStep, ...]
    expect: Expectation = Expectation()

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


_WORDS: Final = {"do": (*Action, "deliver"), "fault": FAULTS, "signature": tuple(Signature)}
_TABLES: Final[dict[int | str, type[BaseModel]]] = {
    "act": Step,
    "deliver": Deliver,
    "expect": Expectation,
}


def scenario_names() -> tuple[str, ...]:
    """Return the names of the scenarios that are part of devhook, sorted."""
    return tuple(sorted(path.stem for path in _folder().glob("*.toml")))


def load_scenario(name_or_path: str | Path) -> Scenario:
    """Return the scenario with that name, or the one in that file.

    Raises InputError with the file, the line and the field of every mistake.
    """
    path = _file(name_or_path)
    return read_scenario(_text(path), path.name)


def read_scenario(text: str, file: str) -> Scenario:
    """Return the scenario in `text`; errors name it `file`."""
    try:
        tables = parse_toml(text)
    except ValueError as error:
        raise InputError(*_malformed(str(error), text, file)) from error
    try:
        return Scenario.model_validate(tables)
    except ValidationError as error:
        problems = [_problem_text(problem, text, file) for problem in error.errors()]
        if len(problems) > _MOST_ERRORS:
            problems[_MOST_ERRORS:] = [f"and {len(problems) - _MOST_ERRORS} more"]
        raise InputError(
            "\n".join(map(visible, problems)), f"Examples: {', '.join(scenario_names())}."
        ) from error


def _folder() -> Path:
    return fixtures() / "scenarios"


def _file(name_or_path: str | Path) -> Path:
    names = scenario_names()
    if isinstance(name_or_path, str) and name_or_path in names:
        return _folder() / f"{name_or_path}.toml"
    path = Path(name_or_path)
    if path.is_file() or path.suffix == ".toml" or len(path.parts) > 1:
        return path
    question = did_you_mean(nearest(str(name_or_path), names, 1))
    raise InputError(
        f'Unknown scenario "{name_or_path}".',
        f"{question} Known scenarios: {', '.join(names)}. Give the path of your own: "
        f"./{name_or_path}.toml".lstrip(),
    )


def _text(path: Path) -> str:
    try:
        return read_regular(path, _LARGEST).decode()
    except FileNotFoundError as error:
        raise InputError(
            f"The file {path} does not exist.",
            f"The scenarios of devhook: {', '.join(scenario_names())}.",
        ) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path.name}, line {line}: the file is not UTF-8 text.", "Save the file as UTF-8."
        ) from error
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}.", "Give the path of a scenario file."
        ) from error


def _malformed(reason: str, text: str, file: str) -> tuple[str, str]:
    position = _POSITION.search(reason)
    message = _POSITION.sub("", reason)
    if position and position[1]:
        where = f"line {position[1]}, column {position[2]}"
    else:
        where = f"line {max(1, len(text.splitlines()))}, at its end"
    return f"{file}, {where}: {message}.", 'The file is not valid TOML. Write text in quotes: do = "pay"'


def _problem_text(problem: ErrorDetails, text: str, file: str) -> str:
    """Return one problem as a sentence: `my.toml, line 14: steps[3].do is …`."""
    # pydantic adds the tag of the step to the path.
    location = tuple(part for part in problem["loc"] if part not in {"act", "deliver"})
    return f"{file}, line {line_of(text, location)}: {_field(location)} {_reason(problem)}."


def _field(location: Sequence[int | str]) -> str:
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location]
    return "".join(parts).removeprefix(".") or "the scenario"


def _reason(problem: ErrorDetails) -> str:
    location, given = problem["loc"], problem["input"]
    last = str(location[-1]) if location else ""
    match problem["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            table = next((_TABLES[part] for part in location[:-1] if part in _TABLES), Scenario)
            return f"is not a field. {_choice(last, tuple(table.model_fields))}"
        case "enum":
            return f"is {_shown(given)}. {_choice(given, _WORDS[last])}"
        case "sense":
            return problem["msg"]
        case "value_error":
            return f"is {_shown(given)}: it {problem['msg'].removeprefix('Value error, ')}"
        case _:
            message = problem["msg"][:1].lower() + problem["msg"][1:]
            return f"is {_shown(given)}: {message}"


def _choice(given: object, words: Sequence[str]) -> str:
    question = did_you_mean(nearest(given, words, 1)) if isinstance(given, str) else ""
    return f"{question} Allowed: {', '.join(words)}".lstrip()


def _shown(given: object) -> str:
    if isinstance(given, str):
        return f'"{given}"'
    return "a list" if isinstance(given, list) else "a table" if isinstance(given, dict) else str(given)


def _contradictions(steps: tuple[AnyStep, ...]) -> Iterator[tuple[int, str, str]]:
    """Yield (index of the step, field, reason) for mistakes that involve more than one field."""
    orders = 0
    for index, step in enumerate(steps):
        if isinstance(step, Deliver):
            if step.body is not None and step.body_base64 is not None:
                yield index, "body", "is given twice: as body and as body_base64"
            continue
        if step.do is Action.CHECK_OUT:
            if step.order is not None:
                yield index, "order", "cannot be set here: check_out creates a new order"
            orders += step.times
        elif orders == 0:
            yield index, "do", "needs an order, but none exists yet: start with a check_out step"
        elif isinstance(step.order, int) and step.order > orders:
            yield index, "order", f"is {step.order}, but only {orders} checked out before this step"
        if step.note is not None and step.do is not Action.NOTE:
            yield index, "note", "is only allowed in a note step"
    if steps[-1].fault == LATE:
        yield len(steps) - 1, "fault", "cannot be late in the last step: no later delivery overtakes it"
