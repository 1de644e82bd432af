"""Checks that send several deliveries: duplicates, late versions, many at the same time."""

import asyncio
import statistics
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Final

from devhook.forge.shopify_headers import triggered_at
from devhook.probe.check import (
    ABOUT,
    VERIFY,
    WHATEVER_2XX,
    Evaluation,
    check,
    expect_accepted,
    failed,
    passed,
)
from devhook.probe.endpoint import Exchange, ProbeEndpoint
from devhook.text import duration

_BURST: Final = 50
_AT_ONCE: Final = 10
_EARLIER: Final = timedelta(minutes=1)
_ACCEPTED_BEFORE: Final = f"{WHATEVER_2XX} It was accepted before, so there is nothing left to do."
_OLDER: Final = f"{WHATEVER_2XX} Compare X-Shopify-Triggered-At or updated_at, and ignore older versions."


@check(
    "duplicate",
    "A delivery that arrives twice is answered with 2xx both times (only the app can check its effect).",
    VERIFY,
)
async def _duplicate(endpoint: ProbeEndpoint) -> Evaluation:
    request = endpoint.samples.delivery(how="signed, sent twice with one X-Shopify-Webhook-Id")
    first, second = await endpoint.send(request), await endpoint.send(request)
    if not first.answer.accepted:
        return expect_accepted(_both(first, second, first))
    return _expect_second_accepted(_both(first, second, second), _ACCEPTED_BEFORE)


@check(
    "late-version",
    "A delivery that is older than a previous one is answered with 2xx: Shopify guarantees no order.",
    ABOUT,
)
async def _late_version(endpoint: ProbeEndpoint) -> Evaluation:
    newest = await endpoint.send(endpoint.samples.delivery())
    before = endpoint.samples.clock() - _EARLIER
    document = endpoint.samples.document()
    if "updated_at" in document:
        document["updated_at"] = before.isoformat(timespec="seconds")
    how = "signed, a minute older than the previous one"
    late = await endpoint.send(
        endpoint.samples.delivery(document, how=how, triggered_at=triggered_at(before))
    )
    if not newest.answer.accepted:
        return expect_accepted(_both(newest, late, newest))
    return _expect_second_accepted(_both(newest, late, late), _OLDER)


@check(
    "burst", f"Each of {_BURST} deliveries, {_AT_ONCE} at a time, is answered with 2xx within 5 s.", VERIFY
)
async def _burst(endpoint: ProbeEndpoint) -> Evaluation:
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one() -> Exchange:
        async with slots:
            return await endpoint.send(endpoint.samples.delivery())

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one()) for _ in range(_BURST)]
    exchanges = [task.result() for task in tasks]
    failing = next((each for each in exchanges if not each.answer.accepted), exchanges[0])
    request = failing.request
    words = f"{_BURST} × {request.words}, {_AT_ONCE} at a time"
    shown = failing._replace(request=replace(request, words=words), came=_counts_and_times(exchanges))
    return expect_accepted(shown)


def _both(first: Exchange, second: Exchange, judged: Exchange) -> Exchange:
    """Return the judged exchange with the answers to both in `came`."""
    return judged._replace(came=f"{first.came.rstrip('.')}, then {second.came}")


def _expect_second_accepted(exchange: Exchange, refused: str) -> Evaluation:
    """Pass on a 2xx for the second delivery, after a 2xx for the first one."""
    if exchange.answer.accepted:
        return passed(exchange)
    return expect_accepted(exchange) if exchange.status is None else failed(exchange, refused)


def _counts_and_times(exchanges: list[Exchange]) -> str:
    """Return the number of each answer, and the times."""
    kinds = Counter(
        str(each.answer.status) if each.answer.failure is None else each.answer.error for each in exchanges
    )
    counted = ", ".join(f"{count} × {kind}" for kind, count in kinds.most_common())
    times = [each.answer.seconds for each in exchanges]
    half, whole = duration(statistics.median(times)), duration(max(times))
    return f"{counted}; half of them within {half}, all within {whole}"


REPETITION: Final = (
    _duplicate,
    _late_version,
    _burst,
)
