"""Checks of several deliveries together: twice the same, in the wrong order, many at once."""

import asyncio
import statistics
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Final

from devhook.forge.shopify_headers import triggered_at
from devhook.probe.bench import Bench, Exchange
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
from devhook.text import duration

_BURST: Final = 50
_AT_ONCE: Final = 10
_EARLIER: Final = timedelta(minutes=1)
_SEEN_ALREADY: Final = f"{WHATEVER_2XX} It has been taken already, so there is nothing more to do."
_OLDER: Final = f"{WHATEVER_2XX} Compare X-Shopify-Triggered-At or updated_at, and pass over what is older."


@check(
    "duplicate",
    "A delivery that comes twice is answered with 2xx both times (that it acts once, the app knows).",
    VERIFY,
)
async def _duplicate(bench: Bench) -> Evaluation:
    request = bench.samples.delivery(how="signed, sent twice with one X-Shopify-Webhook-Id")
    first, second = await bench.send(request), await bench.send(request)
    if not first.answer.accepted:
        return expect_accepted(_both(first, second, first))
    return _taken_too(_both(first, second, second), _SEEN_ALREADY)


@check(
    "late-version",
    "A delivery that is older than one before it is answered with 2xx: no order is guaranteed.",
    ABOUT,
)
async def _late_version(bench: Bench) -> Evaluation:
    newest = await bench.send(bench.samples.delivery())
    before = bench.samples.clock() - _EARLIER
    document = bench.samples.document()
    if "updated_at" in document:
        document["updated_at"] = before.isoformat(timespec="seconds")
    how = "signed, a minute older than the one sent before it"
    late = await bench.send(bench.samples.delivery(document, how=how, triggered_at=triggered_at(before)))
    if not newest.answer.accepted:
        return expect_accepted(_both(newest, late, newest))
    return _taken_too(_both(newest, late, late), _OLDER)


@check(
    "burst", f"Each of {_BURST} deliveries, {_AT_ONCE} at a time, is answered with 2xx within 5 s.", VERIFY
)
async def _burst(bench: Bench) -> Evaluation:
    room = asyncio.Semaphore(_AT_ONCE)

    async def one() -> Exchange:
        async with room:
            return await bench.send(bench.samples.delivery())

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one()) for _ in range(_BURST)]
    exchanges = [task.result() for task in tasks]
    failing = next((each for each in exchanges if not each.answer.accepted), exchanges[0])
    request = failing.request
    words = f"{_BURST} × {request.words}, {_AT_ONCE} at a time"
    told = failing._replace(request=replace(request, words=words), came=_all_came(exchanges))
    return expect_accepted(told)


def _both(first: Exchange, second: Exchange, judged: Exchange) -> Exchange:
    """The one that is judged, told with what came of both."""
    return judged._replace(came=f"{first.came.rstrip('.')}, then {second.came}")


def _taken_too(exchange: Exchange, refused: str) -> Evaluation:
    """Judge the second one, where the first was taken: whatever the app has against it, it is no error."""
    if exchange.answer.accepted:
        return passed(exchange)
    return expect_accepted(exchange) if exchange.status is None else failed(exchange, refused)


def _all_came(exchanges: list[Exchange]) -> str:
    """What came, by how often, and how long it took."""
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
