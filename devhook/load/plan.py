"""What a load run does: its rate, its orders and shops, duplicates and retries. Pure."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from devhook.load.shape import RateShape
from devhook.sender.retries import PAUSES, RETRIES
from devhook.text import counted, duration

DUPLICATES_WITHIN: Final = 2.0
"""Seconds within which a duplicate follows its original."""

DRAIN: Final = 30.0
"""Seconds after the last delivery within which answers and retries are waited for."""

LATEST: Final = 5.0
"""Seconds; a delivery that could not be sent so long after its time is not sent any more."""

ON_TIME: Final = 1.0
HELD: Final = 0.97
"""A schedule is held if this share of its deliveries is sent at most ON_TIME seconds late."""


class LoadPlan(BaseModel):
    """The settings of a run, which a master gives to its workers. It contains no secret and no delivery.

    Its values have limits, because a worker takes them from the network.

    - `shape`: the rate of first attempts; duplicates and retries come on top of it.
    - `orders`: how many orders live at the same time; each gets its deliveries in order.
    - `shops`: how many shops the orders are spread over.
    - `duplicates`: the share of deliveries that are sent twice.
    - `retries`: how often a failed delivery is sent again; `retry_speed` divides Shopify's pauses.
    - `first_id`: the id that the ids of the run's orders begin with.
    - `seed`: of the choice of duplicates.
    """

    model_config = ConfigDict(frozen=True)

    shape: RateShape
    orders: int = Field(default=100, ge=1, le=100_000)
    shops: int = Field(default=1, ge=1, le=100_000)
    duplicates: float = Field(default=0.0, ge=0, le=1)
    retries: int = Field(default=RETRIES, ge=0, le=RETRIES)
    retry_speed: float = Field(default=1000.0, ge=1, le=1_000_000)
    first_id: int = Field(default=7_000_000_000_000, ge=1, lt=2**53)
    seed: int = 0

    def pause(self, number: int) -> float | None:
        """Return the seconds after failed attempt `number` until the next one; None: there is none."""
        return PAUSES[number - 1] / self.retry_speed if number <= self.retries else None

    @property
    def retry_words(self) -> str:
        """Return the schedule of the retries in words."""
        if not self.retries:
            return "Failed deliveries are not retried."
        last = sum(PAUSES[: self.retries])
        speed = "in Shopify's own time" if self.retry_speed == 1 else f"{self.retry_speed:,.4g} times faster"
        return (
            f"Failed deliveries are retried {counted(self.retries, 'time')} within "
            f"{duration(last / self.retry_speed)}: Shopify's {duration(last)}, {speed}."
        )
