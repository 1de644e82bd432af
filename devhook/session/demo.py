"""A session without an account: subscriptions in a simulated shop, and a scenario that is played in it."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random, SystemRandom
from typing import Final

from pydantic import BaseModel, ConfigDict, InstanceOf

from devhook.errors import DevhookError
from devhook.inbox.journal import LeaseState, orphaned_leases, strike_lease
from devhook.inbox.lookup import keep_places
from devhook.inbox.retention import UNBOUNDED
from devhook.inbox.statistics import Tally
from devhook.privacy.mask import Mask
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.loading import LoadingReceiver
from devhook.receiver.targets import Forward, Target
from devhook.scenario.model import Scenario
from devhook.sender.retries import FAILURES_ALLOWED
from devhook.session.opening import (
    Info,
    describe_answers,
    open_intake,
    remove_subscriptions,
    run_in_background,
    watch_intake,
)
from devhook.session.session import Intake, Session
from devhook.shop.access import TokenAccess
from devhook.shop.client import AdminClient
from devhook.shop.fulfillment_orders import Linker
from devhook.shop.leases import Leases
from devhook.shop.registrations import Registrations
from devhook.simulator.delivery_worker import Attempt
from devhook.simulator.orders.actions import TOPICS
from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.play import play
from devhook.simulator.retry_text import concerns_retries
from devhook.simulator.shop import SimulatedShop
from devhook.text import counted, plural
from devhook.webhook.answer_fault import AnswerFault
from devhook.webhook.delivery import Origin
from devhook.webhook.signature import Secret

# The simulated internet routes this address to the receiver. Nobody can own `.example` (RFC 2606).
PUBLIC_ORIGIN: Final = "https://demo.devhook.example"
_ADDRESS: Final = f"{PUBLIC_ORIGIN}/webhooks"

WATCHED: Final = 20.0
"""The speed of retries relative to Shopify's when a person watches: the first retry is after 2.8 s."""

UNWATCHED: Final = 1000.0
"""The speed of retries when nobody watches: four hours take fourteen seconds."""


class DemoOptions(BaseModel):
    """The options of a demo.

    `scenario`: what happens in the shop.
    `speed`: divides the scenario's pauses; None removes them.
    `retry_speed`: divides the pauses before the shop's retries.
    `inbox`: the folder of the inbox; None: a temporary one that is removed when the session ends.
    `judged`: whether the session fails when its tally differs from the one that the scenario expects.
    `secret`: the secret that the shop signs with; None: a random one.
    `targets`: the apps that deliveries are forwarded to.
    `wait_for_target`: whether the sender gets the target's answer.
    `faults`: the faults that deliveries are answered with.
    `mask`: what personal data is masked with from the beginning; None: it is shown.
    `loading`: a receiver's process that was started already.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    scenario: Scenario
    speed: float | None = None
    retry_speed: float = UNWATCHED
    inbox: Path | None = None
    judged: bool = True
    secret: Secret | None = None
    targets: tuple[Target, ...] = ()
    wait_for_target: bool = False
    faults: tuple[AnswerFault, ...] = ()
    mask: InstanceOf[Mask] | None = None
    loading: InstanceOf[LoadingReceiver] | None = None

    @property
    def may_be_refused(self) -> bool:
        """Whether the options or the scenario may cause retries."""
        return bool(self.faults) or self.wait_for_target or self.scenario.sets_answers


@asynccontextmanager
async def demonstrating(options: DemoOptions, info: Info) -> AsyncIterator[Session]:
    """Yield a session with a simulated shop, in which the scenario is played."""
    async with AsyncExitStack() as stack:
        session, retries = await open_demo(stack, options, info)
        run_in_background(stack, _play(session, options, retries))
        yield session
        if options.judged and session.is_finished:
            if options.may_be_refused and retries.any:
                info("The summary is not checked against the scenario, because there were retries.")
            else:
                _judge(session.tally, options.scenario)


async def open_demo(
    stack: AsyncExitStack,
    options: DemoOptions,
    info: Info,
    *,
    random: Random | None = None,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> "tuple[Session, _Retries]":
    """Return a session with a simulated shop in which nothing happens yet, and the shop's retries.

    `random` draws the shop's orders and secrets; `sleep` waits the seconds before a retry.
    """
    retries = _Retries()
    catalogue = demo_shop()
    shop = SimulatedShop(
        catalogue,
        random=random or SystemRandom(),
        speed=options.retry_speed,
        listener=retries.add,
        secret=options.secret.value if options.secret else None,
        sleep=sleep,
    )
    config = ReceiverConfig(
        inbox=options.inbox or _temporary_inbox(stack),
        secrets=(options.secret or Secret(name="simulated shop's client secret", value=shop.secret),),
        origin=Origin.SIMULATOR,
        # Only listen sets the limits of an inbox.
        keep=UNBOUNDED,
        targets=options.targets,
        wait_for_target=options.wait_for_target,
        faults=options.faults,
        # Faulty deliveries of the simulated shop test the app, and nobody else can send to the address.
        forward=Forward.ALL,
    )
    intake = await open_intake(stack, config, options.loading)
    if intake.inbox.taken_over:
        info(intake.inbox.taken_over)
    # No payload of the simulated topics has the names of locations.
    keep_places(intake.inbox, shop.domain, {str(place.id): place.name for place in catalogue.locations})
    await stack.enter_async_context(shop)
    shop.routes[PUBLIC_ORIGIN] = intake.receiver.url
    access = TokenAccess(token=shop.access_token)
    client = await stack.enter_async_context(AdminClient(shop.domain, access, origin=shop.admin.url))
    # A temporary inbox is removed with this session: no later session needs the proof.
    leases = Leases(intake.inbox, client, provable=options.inbox is not None)
    stack.push_async_callback(remove_subscriptions, leases, info)
    await _subscribe(intake, leases, info)
    describe_answers(config, info)
    session = Session(
        intake,
        config,
        mistakable=(Secret(name="simulated shop's access token", value=shop.access_token),),
        mask=options.mask,
        registrations=Registrations(leases, client, lambda: _ADDRESS),
        simulated=shop,
        attempts=retries.attempts,
    )
    watch_intake(stack, session)
    run_in_background(stack, retries.notice_removals(session, leases))
    run_in_background(stack, Linker(intake.inbox, client).go_on(session.add_notice))
    return session, retries


def _temporary_inbox(stack: AsyncExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="devhook-demo-"))) / "inbox"


async def _subscribe(intake: Intake, leases: Leases, info: Info) -> None:
    """Subscribe to every topic of the simulated shop. Raise the first rejection."""
    for lease in orphaned_leases(intake.inbox, leases.shop):
        # Its simulated shop ended with its session.
        strike_lease(intake.inbox, lease.id, LeaseState.VANISHED)
    created = await leases.make(TOPICS, _ADDRESS)
    for refused in created.refused:
        raise refused.refusal.error()
    count = counted(len(created.subscriptions), "temporary subscription")
    info(f"{leases.shop} sends to {intake.receiver.url}/ ({count}).")


class _Retries:
    """The retries of the simulated shop's deliveries, and the subscriptions that it removed after failures.

    `attempts`: the attempts that concern retries and that no output has taken yet.
    `any`: whether there was a retry.
    """

    def __init__(self) -> None:
        self.any = False
        self.attempts: asyncio.Queue[Attempt] = asyncio.Queue()
        self._removals: asyncio.Queue[Attempt] = asyncio.Queue()

    def add(self, attempt: Attempt) -> None:
        """Add an attempt."""
        if concerns_retries(attempt):
            self.any = True
            self.attempts.put_nowait(attempt)
        if attempt.removed:
            self._removals.put_nowait(attempt)

    async def notice_removals(self, session: Session, leases: Leases) -> None:
        """Add a notice for each subscription that the shop removed, once its lease is struck."""
        while True:
            removals = [await self._removals.get()]
            try:
                await leases.vanished()
            except DevhookError as error:
                session.add_notice(error.message, error.hint)
            # Deliveries of one action fail together.
            removals += [self._removals.get_nowait() for _ in range(self._removals.qsize())]
            session.add_notice(
                _removal_message(leases.shop, removals), "On the screen, s and then v create it again."
            )
            for _ in removals:
                self._removals.task_done()

    async def all_noticed(self) -> None:
        """Wait until every removal has its notice."""
        await self._removals.join()


def _removal_message(shop: str, removals: list[Attempt]) -> str:
    topics = ", ".join(dict.fromkeys(attempt.topic for attempt in removals))
    dropped = sum(attempt.dropped for attempt in removals)
    waiting = "retry that still waited was" if dropped == 1 else "retries that still waited were"
    what = "subscription" if len(removals) == 1 else plural("subscription")
    return (
        f"{shop} removed the temporary {what} to {topics} after {FAILURES_ALLOWED} failures in a row."
        f"{f' {dropped} {waiting} dropped.' if dropped else ''}"
    )


async def _play(session: Session, options: DemoOptions, retries: _Retries) -> None:
    """Play the scenario. A step can be impossible if a person controls the shop too."""
    shop = session.simulated
    assert shop is not None  # noqa: S101 - a demo has one; this tells mypy
    try:
        await play(options.scenario, shop, options.speed, answer_with=session.answer_with)
    except DevhookError as error:
        if not options.judged:
            session.add_notice(f"The scenario ends here. {error.message}", "You can still use the shop.")
            return
        session.stop(error)
        return
    if options.judged:
        # If a person controls the shop, retries may never end.
        await shop.idle()
        await retries.all_noticed()
    session.finish()


def _judge(tally: Tally, scenario: Scenario) -> None:
    """Raise DevhookError if the tally differs from the scenario's expectation."""
    expected = scenario.expect.model_dump(exclude_none=True)
    counts = tally.model_dump()
    differing = [
        f"{counts[name]} {name} instead of {count}"
        for name, count in expected.items()
        if counts[name] != count
    ]
    if differing:
        raise DevhookError(
            f"The summary of the scenario differs: {', '.join(differing)}.",
            "List the deliveries with --json; the scenario's table [expect] contains the expected numbers.",
        )
