"""How a scenario is played on a simulated shop: its steps in order, with their pauses or without."""

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
    """Let every step of `scenario` happen in `shop`; return when its last delivery has been tried.

    The pauses are divided by `speed`. None or infinity leaves them out: then each step's deliveries are tried
    before the next step happens, so that the same scenario gives the same deliveries in the same order.
    `tell` gets a sentence a step: `Step 2 of 9: Order #1001 paid: 3 topics, 3 deliveries.` Raises NotPossible
    with the step that does not fit its order. It can be cancelled at any time: a step happens wholly or not
    at all.
    """
    hurried = speed is None or math.isinf(speed)
    steps = [step for step in scenario.steps for _ in range(step.times)]
    placed: list[int] = []
    for number, step in enumerate(steps, start=1):
        if speed is not None and not hurried:
            await sleep(step.after / speed)
        place = f"Step {number} of {len(steps)}"
        try:
            told = await _perform(step, shop, placed)
        except NotPossible as error:
            raise NotPossible(f"{place}, {step.do}: {error.message}", error.hint) from error
        if step.do is Action.CHECK_OUT:
            placed.append(next(reversed(shop.orders)))
        if on_step is not None:
            on_step(f"{place}: {told}")
        if hurried:
            await shop.idle(retries=False)
    shop.release()
    await shop.idle(retries=False)


async def _perform(step: Step | Deliver, shop: SimulatedShop, placed: Sequence[int]) -> str:
    """Let one step happen; return what that was."""
    if isinstance(step, Deliver):
        return await shop.deliver(step)
    return await shop.act(step.do, _order_id(step, shop, placed), step.fault, note=step.note)


def _order_id(step: Step, shop: SimulatedShop, placed: Sequence[int]) -> int | None:
    """The order that `step` means: by name, by its turn in this scenario, or None for the newest."""
    match step.order:
        case str() as name:
            for order in shop.orders.values():
                if order.name == name:
                    return order.id
            raise NotPossible(
                f"There is no order {name}.", "Give a step that comes before it `do = check_out`."
            )
        case int() as turn:
            return placed[turn - 1]
        case None:
            return None
