import asyncio

import pytest

from devhook.doctor.finding import FindingOutcome, examined, ok
from devhook.errors import TunnelError


async def well(name, after=None):
    if after:
        await after.wait()
    return [ok(name, "It is well.")]


async def refused():
    raise TunnelError("There is no way out.", "Open one.")


async def test_findings_come_in_the_order_of_the_checks_whichever_is_done_first():
    second_done = asyncio.Event()

    async def second():
        second_done.set()
        return await well("second")

    found = [each async for each in examined({"first": well("first", second_done), "second": second()})]

    assert [each.check for each in found] == ["first", "second"]


async def test_a_check_that_fails_has_found_an_obstacle_and_the_others_go_on():
    found = [each async for each in examined({"tunnel": refused(), "port": well("port")})]

    assert [(each.check, each.outcome) for each in found] == [
        ("tunnel", FindingOutcome.OBSTACLE),
        ("port", FindingOutcome.OK),
    ]
    assert (found[0].message, found[0].hint) == ("There is no way out.", "Open one.")


async def test_checks_that_nobody_waits_for_any_more_are_ended():
    never = asyncio.Event()
    begun = examined({"first": well("first"), "second": well("second", never)})

    assert (await anext(begun)).check == "first"
    await begun.aclose()

    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


async def test_a_mistake_of_our_own_is_not_hidden():
    async def broken():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        [each async for each in examined({"broken": broken()})]
