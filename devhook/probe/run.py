"""A probe: which checks are made of an endpoint, one after another, and what each found."""

import fnmatch
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

from devhook.errors import InputError
from devhook.probe.bench import Bench
from devhook.probe.bodies import BODIES
from devhook.probe.check import ProbeCheck
from devhook.probe.compliance import COMPLIANCE_CHECKS
from devhook.probe.protocol import PROTOCOL, TLS
from devhook.probe.repetition import REPETITION
from devhook.probe.result import Result, left_out, result_of
from devhook.probe.signatures import SIGNATURES, VALID_JSON
from devhook.text import did_you_mean, nearest

CHECKS: Final = (TLS, VALID_JSON, *SIGNATURES, *BODIES, *PROTOCOL, *REPETITION, *COMPLIANCE_CHECKS)
"""All checks there are, in the order they are made in."""


def chosen(only: Sequence[str] = (), skip: Sequence[str] = ()) -> tuple[ProbeCheck, ...]:
    """Return the checks that are to be made: all, or `only` these, without those to `skip`.

    Each is a check's name, a pattern (`compliance-*`), or several with commas between them. Raises InputError
    for one that means no check, and where none is left.
    """
    wanted = _named(only) if only else {check.name for check in CHECKS}
    wanted -= _named(skip) if skip else set()
    if not wanted:
        raise InputError("No check is left to be made.", "devhook probe --list names them all.")
    return tuple(check for check in CHECKS if check.name in wanted)


async def probed(
    bench: Bench, checks: Sequence[ProbeCheck], *, stopwatch: Callable[[], float] = time.perf_counter
) -> AsyncIterator[Result]:
    """Make the checks one after another, so that none is slowed down by another, and give what they find.

    Where the endpoint's certificate is not trusted, the first check says so and the others are skipped.
    Raises NetworkError where nobody is there at all.
    """
    await bench.meet()
    first: Result | None = None
    for number, check in enumerate(checks):
        if bench.untrusted and number > 0:
            yield left_out(check, "There is no trusted connection to send it over.")
            continue
        begun = stopwatch()
        evaluation = await check.make(bench)
        result = result_of(check, evaluation, stopwatch() - begun)
        if check is VALID_JSON:
            first = result
        yield result.following(first) if first and check is not VALID_JSON else result


def _named(patterns: Sequence[str]) -> set[str]:
    """The checks that the patterns mean."""
    names = [check.name for check in CHECKS]
    found: set[str] = set()
    for pattern in ",".join(patterns).split(","):
        meant = fnmatch.filter(names, pattern.strip().lower())
        if not meant:
            hint = did_you_mean(nearest(pattern, names)) or "devhook probe --list names them all."
            raise InputError(f"There is no check {pattern!r}.", hint)
        found.update(meant)
    return found
