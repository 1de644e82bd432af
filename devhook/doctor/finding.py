"""What a check found: that it is well, what is worth knowing, or what stands in the way."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from devhook.errors import DevhookError


class FindingOutcome(StrEnum):
    """How it stands.

    `note`: it works, but is worth knowing. `obstacle`: it stands in the way. `skipped`: nobody looked.
    """

    OK = "ok"
    NOTE = "note"
    OBSTACLE = "obstacle"
    SKIPPED = "skipped"


class Finding(BaseModel):
    """One line of the doctor's. `check` names what was looked at (`token`, `scope orders/updated`).

    `hint` is what to do about it, or the command to type. Neither text holds a secret.
    """

    model_config = ConfigDict(frozen=True)

    check: str
    outcome: FindingOutcome
    message: str
    hint: str = ""


def ok(check: str, message: str, hint: str = "") -> Finding:
    """All is well."""
    return Finding(check=check, outcome=FindingOutcome.OK, message=message, hint=hint)


def note(check: str, message: str, hint: str = "") -> Finding:
    """It works, but this is worth knowing."""
    return Finding(check=check, outcome=FindingOutcome.NOTE, message=message, hint=hint)


def obstacle(check: str, message: str, hint: str) -> Finding:
    """This stands in the way."""
    return Finding(check=check, outcome=FindingOutcome.OBSTACLE, message=message, hint=hint)


def skipped(check: str, message: str, hint: str = "") -> Finding:
    """This could not be looked at."""
    return Finding(check=check, outcome=FindingOutcome.SKIPPED, message=message, hint=hint)


def failed(check: str, error: DevhookError) -> Finding:
    """What was tried does not work, and this is why."""
    return obstacle(check, error.message, error.hint)


async def examined(checks: Mapping[str, Awaitable[list[Finding]]]) -> AsyncIterator[Finding]:
    """Make all checks at the same time and give their findings in the order of the checks.

    One that fails with a DevhookError has found an obstacle, by the name it has here.
    """
    made = [asyncio.ensure_future(_made(name, check)) for name, check in checks.items()]
    try:
        for check in made:
            for finding in await check:
                yield finding
    finally:
        for check in made:
            check.cancel()
        await asyncio.gather(*made, return_exceptions=True)


async def _made(name: str, check: Awaitable[list[Finding]]) -> list[Finding]:
    try:
        return await check
    except DevhookError as error:
        return [failed(name, error)]
