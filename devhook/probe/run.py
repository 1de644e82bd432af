"""Runs a probe: the list of all checks, their selection, and their results one after another."""

import fnmatch
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

from devhook.errors import InputError
from devhook.probe.bodies import BODIES
from devhook.probe.check import ProbeCheck
from devhook.probe.compliance import COMPLIANCE_CHECKS
from devhook.probe.endpoint import ProbeEndpoint
from devhook.probe.protocol import PROTOCOL, TLS
from devhook.probe.repetition import REPETITION
from devhook.probe.result import ProbeResult, result_of, skipped_result
from devhook.probe.signatures import SIGNATURES, VALID_JSON
from devhook.text import did_you_mean, nearest

CHECKS: Final = (TLS, VALID_JSON, *SIGNATURES, *BODIES, *PROTOCOL, *REPETITION, *COMPLIANCE_CHECKS)
"""All checks, in the order in which they run."""


def select_checks(only: Sequence[str] = (), skip: Sequence[str] = ()) -> tuple[ProbeCheck, ...]:
    """Return the checks to run: all, or `only` these, without those to `skip`.

    An item is a name, a pattern (`compliance-*`), or several separated by commas. Raises InputError for an
    item that matches no check, and if no check is left.
    """
    wanted = _named(only) if only else {check.name for check in CHECKS}
    wanted -= _named(skip) if skip else set()
    if not wanted:
        raise InputError("No check is left to run.", "devhook probe --list prints all checks.")
    return tuple(check for check in CHECKS if check.name in wanted)


async def run_checks(
    endpoint: ProbeEndpoint,
    checks: Sequence[ProbeCheck],
    *,
    stopwatch: Callable[[], float] = time.perf_counter,
) -> AsyncIterator[ProbeResult]:
    """Run the checks one after another, so that none slows another down, and yield their results.

    If the endpoint's certificate is not trusted, or something in front of the app answers, the first check
    fails and the others are skipped. Raises NetworkError if nothing listens.
    """
    await endpoint.connect()
    first: ProbeResult | None = None
    failed = False
    for number, check in enumerate(checks):
        if endpoint.untrusted and number > 0:
            yield skipped_result(check, "No trusted connection can be opened.")
            continue
        if endpoint.intercepted and failed:
            by = endpoint.intercepted.by
            yield skipped_result(check, f"Not checked: {by} answered.", by)
            continue
        begun = stopwatch()
        evaluation = await check.run(endpoint)
        result = result_of(check, evaluation, stopwatch() - begun)
        failed = failed or bool(result.intercepted_by)
        if check is VALID_JSON:
            first = result
        yield result.following(first) if first and check is not VALID_JSON else result


def _named(patterns: Sequence[str]) -> set[str]:
    """Return the names that the patterns match."""
    names = [check.name for check in CHECKS]
    found: set[str] = set()
    for pattern in ",".join(patterns).split(","):
        matching = fnmatch.filter(names, pattern.strip().lower())
        if not matching:
            hint = did_you_mean(nearest(pattern, names)) or "devhook probe --list prints all checks."
            raise InputError(f"Unknown check {pattern!r}.", hint)
        found.update(matching)
    return found
