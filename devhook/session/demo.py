"""A run without an account: a simulated shop, subscribed to like a real one, and a scenario in it."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import SystemRandom
from typing import Final

from pydantic import BaseModel, ConfigDict

from devhook.errors import DevhookError
from devhook.inbox.leases import LeaseState
from devhook.inbox.retention import UNBOUNDED
from devhook.inbox.tally import Tally
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.faults import AnswerFault
from devhook.receiver.forwarding import Target
from devhook.scenario.model import Scenario
from devhook.session.session import (
    Info,
    Session,
    describe_answers,
    open_session,
    remove_subscriptions,
    run_in_background,
)
from devhook.shop.access import TokenAccess
from devhook.shop.client import AdminClient
from devhook.shop.fulfillment_orders import Linker
from devhook.shop.leases import Leases
from devhook.shop.registrations import Registrations
from devhook.simulator.delivery_worker import FAILURES_ALLOWED, Attempt
from devhook.simulator.orders.actions import TOPICS
from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.playing import play
from devhook.simulator.retrying import is_of_interest
from devhook.simulator.shop import SimulatedShop
from devhook.text import plural
from devhook.webhook.delivery import Origin
from devhook.webhook.signature import Secret

# The simulated internet leads from here to the receiver. `.example` can never be anybody's (RFC 2606).
PUBLIC_ORIGIN: Final = "https://demo.devhook.example"

WATCHED: Final = 20.0
"""How many times as fast as Shopify's the retries are where somebody watches: the first after 2.8 s."""

UNWATCHED: Final = 1000.0
"""How many times as fast they are where nobody does: four hours in fourteen seconds."""


class Demo(BaseModel):
    """What a demo is to show.

    `speed` divides the scenario's pauses, None leaves them out; `retry_speed` divides those before the shop's
    retries. Deliveries go into `inbox`, or into one that is gone when the run ends. With `judged` a run that
    was shown to its end fails when it does not come to the sum that the scenario expects. `secret` is what
    the shop signs with, drawn where there is none. `targets`, `wait_for_target` and `faults` are the
    receiver's.
    """

    model_config = ConfigDict(frozen=True)

    scenario: Scenario
    speed: float | None = None
    retry_speed: float = UNWATCHED
    inbox: Path | None = None
    judged: bool = True
    secret: Secret | None = None
    targets: tuple[Target, ...] = ()
    wait_for_target: bool = False
    faults: tuple[AnswerFault, ...] = ()

    @property
    def may_be_refused(self) -> bool:
        """Whether deliveries may be answered so that the shop tries again: somebody asked for it."""
        return bool(self.faults) or self.wait_for_target


@asynccontextmanager
async def demonstrating(demo: Demo, info: Info) -> AsyncIterator[Session]:
    """A run with a simulated shop, in which the scenario is played."""
    async with AsyncExitStack() as stack:
        inbox = demo.inbox
        if inbox is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="devhook-demo-"))
            inbox = Path(folder) / "inbox"
        retries = _Retries()
        shop = SimulatedShop(
            demo_shop(),
            random=SystemRandom(),
            speed=demo.retry_speed,
            listener=retries.hear,
            secret=demo.secret.value if demo.secret else None,
        )
        secret = demo.secret or Secret(name="simulated shop's client secret", value=shop.secret)
        config = ReceiverConfig(
            inbox=inbox,
            secrets=(secret,),
            origin=Origin.SIMULATOR,
            # Whose inbox it is, is for listen to say how much of it is kept.
            keep=UNBOUNDED,
            targets=demo.targets,
            wait_for_target=demo.wait_for_target,
            faults=demo.faults,
        )
        session = await open_session(stack, config, simulated=shop)
        if session.inbox.taken_over:
            info(session.inbox.taken_over)
        session.attempts = retries.heard
        session.mistakable = (Secret(name="simulated shop's access token", value=shop.access_token),)
        await stack.enter_async_context(shop)
        shop.routes[PUBLIC_ORIGIN] = session.status().address
        access = TokenAccess(token=shop.access_token)
        client = await stack.enter_async_context(AdminClient(shop.domain, access, origin=shop.admin.url))
        for lease in session.inbox.orphaned_leases(shop.domain):
            # The simulated shop that knew it ended with its run.
            session.inbox.strike_lease(lease.id, LeaseState.VANISHED)
        session.leases = Leases(session.inbox, client)
        stack.push_async_callback(remove_subscriptions, session.leases, info)
        address = f"{PUBLIC_ORIGIN}/webhooks"
        session.registrations = Registrations(session.leases, client, lambda: address)
        made = await session.leases.make(TOPICS, address)
        for refused in made.refused:
            raise refused.refusal.error()
        count = len(made.subscriptions)
        info(f"{shop.domain} sends to {session.status().address}/ ({count} temporary subscriptions).")
        describe_answers(config, info)
        run_in_background(stack, retries.tell_removals(session, session.leases))
        run_in_background(stack, Linker(session.inbox, client).go_on(session.add_notice))
        run_in_background(stack, _played(session, shop, demo, retries))
        yield session
        if demo.judged and session.over.is_set():
            if demo.may_be_refused and retries.any:
                info("There were retries, so the sum is not compared with what the scenario expects.")
            else:
                _judge(session.tally, demo.scenario)


class _Retries:
    """The attempts and the removed subscriptions that a session shows.

    `heard` are the attempts that Shopify's retrying has to do with, as long as nobody has taken them out;
    `any` tells whether there was one.
    """

    def __init__(self) -> None:
        self.any = False
        self.heard: list[Attempt] = []
        self._removals: asyncio.Queue[Attempt] = asyncio.Queue()

    def hear(self, attempt: Attempt) -> None:
        """Take note of an attempt."""
        if is_of_interest(attempt):
            self.any = True
            self.heard.append(attempt)
        if attempt.removed:
            self._removals.put_nowait(attempt)

    async def tell_removals(self, session: Session, leases: Leases) -> None:
        """Tell of each subscription that the shop removed, once its lease is known to have vanished."""
        while True:
            removals = [await self._removals.get()]
            try:
                await leases.vanished()
            except DevhookError as error:
                session.add_notice(error.message, error.hint)
            # Deliveries that happened together come to the same end together.
            removals += [self._removals.get_nowait() for _ in range(self._removals.qsize())]
            session.add_notice(
                _removal_words(leases.shop, removals), "On the screen s and then v make it again."
            )
            for _ in removals:
                self._removals.task_done()

    async def told(self) -> None:
        """Wait until every removal is told."""
        await self._removals.join()


def _removal_words(shop: str, removals: list[Attempt]) -> str:
    topics = ", ".join(dict.fromkeys(attempt.topic for attempt in removals))
    dropped = sum(attempt.dropped for attempt in removals)
    waited = "retry that still waited was" if dropped == 1 else "retries that still waited were"
    ours = "subscription" if len(removals) == 1 else plural("subscription")
    return (
        f"{shop} removed our {ours} to {topics} after {FAILURES_ALLOWED} failures in a row."
        f"{f' {dropped} {waited} dropped.' if dropped else ''}"
    )


async def _played(session: Session, shop: SimulatedShop, demo: Demo, retries: _Retries) -> None:
    """Play the scenario. Where somebody has a hand in the shop too, a step may have become impossible."""
    try:
        await play(demo.scenario, shop, demo.speed)
    except DevhookError as error:
        if not demo.judged:
            session.add_notice(f"The scenario ends here. {error.message}", "The shop is yours.")
            return
        session.failure = error
        session.stopping.set()
        return
    if demo.judged:
        # Where somebody has a hand in the shop, there may be retries for ever.
        await shop.idle()
        await retries.told()
    session.over.set()


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
