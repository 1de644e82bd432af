"""A run without an account: a simulated shop, subscribed to like a real one, and a scenario in it."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import SystemRandom
from typing import Final

from devhook.errors import DevhookError
from devhook.inbox.leases import LeaseState
from devhook.inbox.retention import UNBOUNDED
from devhook.inbox.tally import Tally
from devhook.receiver.config import ReceiverConfig
from devhook.run import Run, Say, beside, give_back, opened
from devhook.sending.scenario import Scenario
from devhook.shop.access import TokenAccess
from devhook.shop.client import AdminClient
from devhook.shop.leases import Leases
from devhook.shop.side import ShopSide
from devhook.simulator.orders.actions import TOPICS
from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.playing import play
from devhook.simulator.shop import SimulatedShop
from devhook.webhook.delivery import Origin
from devhook.webhook.signature import Secret

# The simulated internet leads from here to the receiver. `.example` can never be anybody's (RFC 2606).
PUBLIC_ORIGIN: Final = "https://demo.devhook.example"
# Four hours of retries in fourteen seconds.
_RETRY_SPEED: Final = 1000.0


@asynccontextmanager
async def demonstrating(
    scenario: Scenario, speed: float | None, inbox: Path | None, say: Say, *, judged: bool
) -> AsyncIterator[Run]:
    """A run with a simulated shop, in which the scenario is played; `speed` None leaves its pauses out.

    Deliveries go into `inbox`, or into one that is gone when the run ends. With `judged` a run that was shown
    to its end fails when it does not come to the sum that the scenario expects.
    """
    async with AsyncExitStack() as stack:
        if inbox is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="devhook-demo-"))
            inbox = Path(folder) / "inbox.db"
        shop = SimulatedShop(demo_shop(), random=SystemRandom(), speed=_RETRY_SPEED)
        secret = Secret(name="simulated shop's client secret", value=shop.secret)
        # Whose inbox it is, is for listen to say how much of it is kept.
        config = ReceiverConfig(inbox=inbox, secrets=(secret,), origin=Origin.SIMULATOR, keep=UNBOUNDED)
        run = await opened(stack, config, simulated=shop)
        run.mistakable = (Secret(name="simulated shop's access token", value=shop.access_token),)
        await stack.enter_async_context(shop)
        shop.routes[PUBLIC_ORIGIN] = run.status().address
        access = TokenAccess(token=shop.access_token)
        client = await stack.enter_async_context(AdminClient(shop.domain, access, origin=shop.admin.url))
        for lease in run.inbox.orphaned_leases(shop.domain):
            # The simulated shop that knew it ended with its run.
            run.inbox.strike_lease(lease.id, LeaseState.VANISHED)
        run.leases = Leases(run.inbox, client)
        stack.push_async_callback(give_back, run.leases, say)
        address = f"{PUBLIC_ORIGIN}/webhooks"
        run.shop_side = ShopSide(run.leases, client, lambda: address)
        made = await run.leases.make(TOPICS, address)
        for refused in made.refused:
            raise refused.refusal.error()
        count = len(made.subscriptions)
        say(f"{shop.domain} sends to {run.status().address}/ ({count} temporary subscriptions).")
        beside(stack, _played(run, shop, scenario, speed, judged=judged))
        yield run
        if judged and run.over.is_set():
            _judge(run.tally, scenario)


async def _played(
    run: Run, shop: SimulatedShop, scenario: Scenario, speed: float | None, *, judged: bool
) -> None:
    """Play the scenario. Where somebody has a hand in the shop too, a step may have become impossible."""
    try:
        await play(scenario, shop, speed)
    except DevhookError as error:
        if not judged:
            run.trouble(f"The scenario ends here. {error.message}", "The shop is yours.")
            return
        run.failure = error
        run.stopping.set()
    else:
        run.over.set()


def _judge(tally: Tally, scenario: Scenario) -> None:
    """Raise what differs between the sum and the scenario's expectation."""
    expected = scenario.expect.model_dump(exclude_none=True)
    came = tally.model_dump()
    differing = [
        f"{came[name]} {name} instead of {count}" for name, count in expected.items() if came[name] != count
    ]
    if differing:
        raise DevhookError(
            f"The scenario came to {', '.join(differing)}.",
            "See which with --json; what is expected stands in the scenario's [expect].",
        )
