"""Why a key of the main page can do nothing now, and what to do about it."""

from collections.abc import Mapping
from typing import Final

from devhook.errors import DevhookError
from devhook.inbox.deliveries import Row
from devhook.session.reading import READ_ONLY
from devhook.session.session import Session

_SENDING: Final = frozenset({"replay", "probe", "edit", "forge", "answer_with"})
_OF_A_DELIVERY: Final[Mapping[str, str]] = {"replay": "send again", "edit": "edit"}
_OF_THE_SIMULATED_SHOP: Final = frozenset({"act", "inject", "hurry"})
_SUBSCRIPTIONS: Final = "subscriptions"

_NO_SHOP: Final = DevhookError(
    "There are no subscriptions to show: this run has no shop.",
    "Start with a shop: devhook listen orders/updated --shop SHOP",
)
_NO_SIMULATED_SHOP: Final = DevhookError(
    "This key is for the simulated shop, which this run does not have.", "Start one with: devhook demo"
)


def is_here(action: str, session: Session) -> bool:
    """Return whether what the action is about exists in this run: a shop, a simulated shop."""
    if action == _SUBSCRIPTIONS:
        return session.registrations is not None
    return action not in _OF_THE_SIMULATED_SHOP or session.simulated is not None


def hindrance(action: str, session: Session, selected: Row | None) -> DevhookError | None:
    """Return why an action can do nothing now; None if it can do something."""
    if session.reads_only and (action in _SENDING or action == _SUBSCRIPTIONS):
        return READ_ONLY
    if not is_here(action, session):
        return _NO_SHOP if action == _SUBSCRIPTIONS else _NO_SIMULATED_SHOP
    if selected is None and action in _OF_A_DELIVERY:
        return DevhookError(
            f"There is no delivery to {_OF_A_DELIVERY[action]}.",
            "c creates one; Esc clears a filter that hides all.",
        )
    return None
