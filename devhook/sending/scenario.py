"""The scenario format: what happens to a shop's orders, step by step, with pauses and faults."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Action(StrEnum):
    """What can happen to an order. Each emits the topics that Shopify emits for it."""

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


class Fault(StrEnum):
    """What can go wrong with the deliveries of one step.

    `duplicate`: each is sent twice with the same Webhook-Id. `late`: they are held back and sent after those of
    the next step. `tampered`: one byte of the body is altered, the signature is not. `wrong_secret`: signed with
    a secret that is not the app's. `missing_header`: sent without its signature.
    """

    DUPLICATE = "duplicate"
    LATE = "late"
    TAMPERED = "tampered"
    WRONG_SECRET = "wrong_secret"
    MISSING_HEADER = "missing_header"


class Step(BaseModel):
    """One thing that happens. `after` is the pause before it, in seconds.

    `order` is the order it happens to: its name (`"#1001"`), or 1 for the scenario's first order, 2 for its
    second; without it the newest. `note` is what action `note` writes, and None one of the shop's own notes.
    `times` repeats the step.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    do: Action
    after: float = Field(default=0.0, ge=0, le=3600, allow_inf_nan=False)
    order: Annotated[int, Field(ge=1)] | Annotated[str, Field(pattern=r"^#\d+$")] | None = None
    fault: Fault | None = None
    note: str | None = None
    times: int = Field(default=1, ge=1, le=1000)


Count = Annotated[int, Field(ge=0)]


class Expectation(BaseModel):
    """The sum that the scenario comes to when all of its deliveries arrive. None: nothing is expected."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    deliveries: Count | None = None
    valid: Count | None = None
    invalid: Count | None = None
    duplicates: Count | None = None
    late: Count | None = None
    unchanged: Count | None = None


class Scenario(BaseModel):
    """What happens, in order, and what it comes to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    about: str = ""
    steps: tuple[Step, ...] = Field(min_length=1)
    expect: Expectation = Expectation()


def scenario_names() -> tuple[str, ...]:
    """The names of the scenarios that devhook brings along, sorted."""
    raise NotImplementedError


def load_scenario(name_or_path: str) -> Scenario:
    """Return the scenario of that name, or the one in that file; InputError says what is wrong with it, and where."""
    raise NotImplementedError
