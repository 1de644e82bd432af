"""Plays a scenario in a simulated shop: its steps in order, with or without their pauses."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence

from devhook.scenario.model import Action, Deliver, Scenario, Step
from devhook.simulator.orders.actions import NotPossible
from devhook.simulator.shop import SimulatedShop

OnStep = Callable[[str], None]


async def play(
    scenario: Scenario,
    shop: SimulatedShop,
    speed: float | None,
    *,
    on_step: OnStep | None = None,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Perform the steps of `scenario` in `shop`; return after the first attempt of the last delivery.

    `speed` divides the pauses. None or infinity removes them; then a step's deliveries are sent before the
    next step, so that a scenario always gives the same deliveries in the same order. `on_step` is called with
    a sentence per step: `Step 2 of 9: Order #1001 paid: 3 topics, 3 deliveries.` Raises NotPossible with the
    step that its order does not allow. Cancelling never leaves a step half done.
    """
    without_pauses = speed is None or math.isinf(speed)
    steps = [step for step in scenario.steps for _ in range(step.times)]
    placed: list[int] = []
    for number, step in enumerate(steps, start=1):
        if speed is not None and not without_pauses:
            await sleep(step.after / speed)
        position = f"Step {number} of {len(steps)}"
        try:
            happened = await _perform(step, shop, placed)
        except NotPossible as error:
            raise NotPossible(f"{position}, {step.do}: {error.message}", error.hint) from error
        if step.do is Action.CHECK_OUT:
            placed.append(next(reversed(shop.orders)))
        if on_step is not None:
            on_step(f"{position}: {happened}")
        if without_pauses:
            await shop.idle(retries=False)
    shop.release()
    await shop.idle(retries=False)


async def _perform(step: Step | Deliver, shop: SimulatedShop, placed: Sequence[int]) -> str:
    """Perform one step; return what happened as a sentence."""
    if isinstance(step, Deliver):
        return await shop.deliver(step)
    return await shop.act(step.do, _order_id(step, shop, placed), step.fault, note=step.note)


def _order_id(step: Step, shop: SimulatedShop, placed: Sequence[int]) -> int | None:
    """Return the id of the step's order, found by name or by its number in the scenario; None: the newest."""
    match step.order:
        case str() as name:
            for order in shop.orders.values():
                if order.name == name:
                    return order.id
            raise NotPossible(f"Order {name} does not exist.", 'Add an earlier step with do = "check_out".')
        case int() as turn:
            return placed[turn - 1]
        case None:
            return None
