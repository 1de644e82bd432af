"""An order of the simulated shop, and everything that can happen to it."""

from datetime import datetime
from random import Random
from typing import Any

from devhook.sending.scenario import Action
from devhook.simulator.actions import Event, NotPossible
from devhook.simulator.baskets import Basket
from devhook.simulator.catalogue import Catalogue
from devhook.simulator.identities import Ids


class Order:
    """One order: its state, its body, and the actions that change it.

    Pure: ids and randomness come with it, the time comes with every action. Two orders made from equal catalogues,
    seeds and times give equal events.
    """

    id: int
    number: int
    name: str  # "#1001"
    deleted: bool

    @classmethod
    def check_out(
        cls,
        catalogue: Catalogue,
        *,
        number: int,
        ids: Ids,
        random: Random,
        now: datetime,
        basket: Basket | None = None,
    ) -> tuple["Order", list[Event]]:
        """Place an order with `basket`, or with one drawn by `random`; return it and what subscribers are told."""
        raise NotImplementedError

    def act(self, action: Action, *, now: datetime, note: str | None = None) -> list[Event]:
        """Let `action` happen and return what subscribers are told, in the order in which Shopify would say it.

        `note` is the text for action `note`; None takes one of the catalogue's. Raises NotPossible.
        """
        raise NotImplementedError

    def refusal(self, action: Action) -> NotPossible | None:
        """Why `action` cannot be done now, or None when it can."""
        raise NotImplementedError

    @property
    def possible(self) -> tuple[Action, ...]:
        """The actions that can be done now, in the order of `Action`."""
        raise NotImplementedError

    def body(self) -> dict[str, Any]:
        """The order as `orders/*` show it at this moment: all 93 keys, in wire order."""
        raise NotImplementedError
