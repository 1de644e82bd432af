"""Plays a scenario in a simulated shop: its steps in order, with or without their pauses."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence

from devhook.scenario.model import Action, AnswerStep, AnyStep, Deliver, RetryStep, Scenario, Step
from devhook.simulator.orders.actions import NotPossible
from devhook.simulator.shop import SimulatedShop
from devhook.text import counted
from devhook.webhook.answer_fault import AnswerFault, parse_fault

OnStep = Callable[[str], object]
AnswerWith = Callable[[Sequence[AnswerFault]], Awaitable[object]]
"""Answers deliveries with these faults from now on, and with no others."""


async def play(
    scenario: Scenario,
    shop: SimulatedShop,
    speed: float | None,
    *,
    on_step: OnStep | None = None,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    answer_with: AnswerWith | None = None,
) -> None:
    """Perform the steps of `scenario` in `shop`; return after the first attempt of the last delivery.

    `speed` divides the pauses. None or infinity removes them; then a step's deliveries are sent before the
    next step, so that a scenario always gives the same deliveries in the same order. `on_step` is called with
    a sentence per step: `Step 2 of 9: Order #1001 paid: 3 topics, 3 deliveries.` `answer_with` is None where
    another program answers. Raises NotPossible with the step that its order does not allow. Cancelling never
    leaves a step half done.
    """
    without_pauses = speed is None or math.isinf(speed)
    steps = [step for step in scenario.steps for _ in range(step.times)]
    player = Player(shop, answer_with)
    for number, step in enumerate(steps, start=1):
        if speed is not None and not without_pauses:
            await sleep(step.after / speed)
        position = f"Step {number} of {len(steps)}"
        try:
            happened = await player.perform(step)
        except NotPossible as error:
            raise NotPossible(f"{position}, {step.do}: {error.message}", error.hint) from error
        if on_step is not None:
            on_step(f"{position}: {happened}")
        if without_pauses:
            await shop.idle(retries=False)
    shop.release()
    await shop.idle(retries=False)


class Player:
    """Performs the steps of a scenario in a shop, in order."""

    def __init__(self, shop: SimulatedShop, answer_with: AnswerWith | None = None) -> None:
        self._shop = shop
        self._answer_with = answer_with
        self._placed: list[int] = []

    async def perform(self, step: AnyStep) -> str:
        """Perform one step once; return what happened as a sentence. Raises NotPossible."""
        match step:
            case Deliver():
                return await self._shop.deliver(step)
            case AnswerStep():
                return await self._answer(step)
            case RetryStep():
                return f"Retried {counted(await self._shop.delivery_worker.retry(), 'delivery')}."
        happened = await self._shop.act(step.do, self._order_id(step), step.fault, note=step.order_note)
        if step.do is Action.CHECK_OUT:
            self._placed.append(next(reversed(self._shop.orders)))
        return happened

    async def _answer(self, step: AnswerStep) -> str:
        if self._answer_with is None:
            return "The step has no effect: your endpoint answers."
        await self._answer_with([parse_fault(fault) for fault in step.faults])
        how = f"with {', '.join(step.faults)}" if step.faults else "as usual"
        return f"Deliveries are answered {how} from now on."

    def _order_id(self, step: Step) -> int | None:
        """Return the id of the step's order, found by name or by its number in the scenario; None: newest."""
        match step.order:
            case str() as name:
                for order in self._shop.orders.values():
                    if order.name == name:
                        return order.id
                raise NotPossible(
                    f"Order {name} does not exist.", 'Add an earlier step with do = "check_out".'
                )
            case int() as turn:
                return self._placed[turn - 1]
            case None:
                return None
