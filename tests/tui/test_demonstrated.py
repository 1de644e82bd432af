"""A complete demo on the screen, with its receiver process and an endpoint that always fails."""

import pytest

from devhook.inbox.journal import LeaseState
from devhook.scenario.model import Action, Scenario, Step
from devhook.session.demo import DemoOptions, demonstrating
from devhook.tui.app import DevhookApp


@pytest.fixture
def demo():
    scenario = Scenario(title="An order", steps=(Step(do=Action.CHECK_OUT),))
    return DemoOptions(scenario=scenario, retry_speed=1, judged=False)


@pytest.mark.thorough
async def test_what_fails_eight_times_loses_its_subscription_which_can_be_made_again(demo, terminal_of):
    said = []
    async with (
        demonstrating(demo, said.append) as session,
        terminal_of(DevhookApp(session), (140, 40)) as terminal,
    ):
        await terminal.shows("orders/create", "15 subs")
        await terminal.press("a")
        await terminal.shows("Answer with…")
        await terminal.type("500@orders/paid")
        await terminal.press("enter")
        await terminal.shows("answers 500@orders/paid")
        await terminal.press("2")
        for number in range(2, 10):
            await terminal.shows(f"orders/paid #1001: answered 500, attempt {number} of 9")
            await terminal.press("R")

        shop = session.leases.shop
        removed = f"{shop} removed the temporary subscription to orders/paid after 8 failures in a row."
        await terminal.until(
            lambda: (removed, "On the screen, s and then v create it again.") in terminal.notices
        )
        await terminal.shows("14 subs")
        await terminal.hides("attempt")
        assert [lease.state for lease in session.leases.lost] == [LeaseState.MADE]

        await terminal.press("s")
        await terminal.shows("14 temporary", "1 vanished", "the shop removed it; v creates it again")
        await terminal.press("v")
        await terminal.shows("15 temporary · 0 other")
        assert session.leases.lost == ()
    assert (
        said[-1] == f"Removed 15 temporary subscriptions from {session.leases.shop}; nothing is left behind."
    )
