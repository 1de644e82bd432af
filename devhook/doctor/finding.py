"""The findings of checks, and how checks run: all at the same time, each within a bound."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict

from devhook.errors import DevhookError
from devhook.text import duration

# Seconds. Each request to the shop has a shorter bound of its own.
_LONGEST: Final = 90.0


class FindingOutcome(StrEnum):
    """The outcome of a check."""

    OK = "ok"
    """It works."""
    NOTE = "note"
    """It works, and there is something worth knowing."""
    OBSTACLE = "obstacle"
    """It prevents a session."""
    SKIPPED = "skipped"
    """It was not checked."""


class Finding(BaseModel):
    """One result of a check. Its texts contain no secret.

    `check`: the name of the check (`token`, `scope orders/updated`).
    `outcome`: the result.
    `message`: the result in a sentence.
    `hint`: what to do about it, or the command to type; may be empty.
    """

    model_config = ConfigDict(frozen=True)

    check: str
    outcome: FindingOutcome
    message: str
    hint: str = ""


def ok(check: str, message: str, hint: str = "") -> Finding:
    """Return a finding: it works."""
    return Finding(check=check, outcome=FindingOutcome.OK, message=message, hint=hint)


def note(check: str, message: str, hint: str = "") -> Finding:
    """Return a finding: it works, and this is worth knowing."""
    return Finding(check=check, outcome=FindingOutcome.NOTE, message=message, hint=hint)


def obstacle(check: str, message: str, hint: str) -> Finding:
    """Return a finding: this prevents a session."""
    return Finding(check=check, outcome=FindingOutcome.OBSTACLE, message=message, hint=hint)


def skipped(check: str, message: str, hint: str = "") -> Finding:
    """Return a finding: this was not checked."""
    return Finding(check=check, outcome=FindingOutcome.SKIPPED, message=message, hint=hint)


def failed(check: str, error: DevhookError) -> Finding:
    """Return the obstacle that the error describes."""
    return obstacle(check, error.message, error.hint)


async def examined(checks: Mapping[str, Awaitable[list[Finding]]]) -> AsyncIterator[Finding]:
    """Run all checks at the same time; yield their findings in the order of the checks.

    A check that raises a DevhookError, or that takes too long, is an obstacle under its key in `checks`.
    """
    running = [asyncio.ensure_future(_bounded(name, check)) for name, check in checks.items()]
    try:
        for check in running:
            for finding in await check:
                yield finding
    finally:
        for check in running:
            check.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _bounded(name: str, check: Awaitable[list[Finding]]) -> list[Finding]:
    try:
        async with asyncio.timeout(_LONGEST):
            return await check
    except DevhookError as error:
        return [failed(name, error)]
    except TimeoutError:
        return [obstacle(name, f"The check did not end within {duration(_LONGEST)}.", "Try again.")]
