"""The simulated shop's webhook subscriptions: what one is, and the registry that the Admin API and the courier share."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import count
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.simulator.installation import Installation


class Format(StrEnum):
    """How a subscription's payloads are written."""

    JSON = "JSON"
    XML = "XML"


class Metafield(BaseModel):
    """A metafield that a subscription asks to find in its payloads."""

    model_config = ConfigDict(frozen=True)

    namespace: str
    key: str


class Subscription(BaseModel):
    """One subscription as the shop keeps it.

    `id` is a gid (`gid://shopify/WebhookSubscription/1001`), `topic` the name that deliveries carry
    (`orders/updated`), `uri` trimmed. `api_version` is the version whose payloads it gets. An empty
    `include_fields` means the whole payload; `filter` is Shopify's search syntax, None and "" let everything through.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    topic: str
    uri: str
    format: Format = Format.JSON
    include_fields: tuple[str, ...] = ()
    filter: str | None = None
    name: str | None = None
    metafield_namespaces: tuple[str, ...] = ()
    metafields: tuple[Metafield, ...] = ()
    api_version: str
    created_at: AwareDatetime
    updated_at: AwareDatetime

    @property
    def number(self) -> int:
        """The number at the end of the id: GraphQL's `legacyResourceId`."""
        return int(self.id.rpartition("/")[2])


class SubscriptionInput(BaseModel):
    """What a caller asks for: GraphQL's WebhookSubscriptionInput. A field that was not given is not in `model_fields_set`."""

    model_config = ConfigDict(frozen=True)

    uri: str | None = None
    format: Format | None = None
    include_fields: tuple[str, ...] | None = None
    filter: str | None = None
    name: str | None = None
    metafield_namespaces: tuple[str, ...] | None = None
    metafields: tuple[Metafield, ...] | None = None


class UserError(BaseModel):
    """Why the shop does not do what was asked: the input field's path, and Shopify's sentence."""

    model_config = ConfigDict(frozen=True)

    field: tuple[str, ...] | None
    message: str


class Refused(Exception):  # noqa: N818 - it is Shopify's answer, not an error of this program
    """The shop does not do what was asked. `user_errors` say why, in Shopify's words."""

    def __init__(self, user_errors: Sequence[UserError]) -> None:
        super().__init__("; ".join(error.message for error in user_errors))
        self.user_errors = tuple(user_errors)


class Subscriptions:
    """The registry. The Admin API writes it, the courier reads it; iterating gives them oldest first."""

    def __init__(
        self,
        installation: Installation,
        *,
        domain: str,
        clock: Callable[[], datetime],
        numbers: Iterator[int] | None = None,
    ) -> None:
        self._installation = installation
        self._domain = domain
        self._clock = clock
        self._numbers = numbers or count(1_070_000_000_001)
        self._kept: dict[str, Subscription] = {}

    def __iter__(self) -> Iterator[Subscription]:
        return iter(tuple(self._kept.values()))

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, gid: str) -> Subscription | None:
        """The subscription with this id, or None."""
        return self._kept.get(gid)

    def for_topic(self, topic: str) -> list[Subscription]:
        """The subscriptions of one topic (`orders/updated`), oldest first."""
        return [kept for kept in self._kept.values() if kept.topic == topic]

    def create(self, topic: str, wish: SubscriptionInput, *, api_version: str) -> Subscription:
        """Subscribe to `topic`. Raises Refused with the userErrors that Shopify gives (facts 2.4)."""
        raise NotImplementedError

    def update(self, gid: str, wish: SubscriptionInput) -> Subscription:
        """Change what `wish` gives and leave the rest. Raises Refused."""
        raise NotImplementedError

    def delete(self, gid: str) -> None:
        """Delete at the app's wish. Raises Refused when there is no such subscription."""
        raise NotImplementedError

    def remove(self, gid: str) -> bool:
        """Shopify's own removal after 8 consecutive failures. Returns whether it was there."""
        return self._kept.pop(gid, None) is not None


def shaped(payload: Any, include_fields: Sequence[str]) -> Any:
    """Return `payload` with only the fields that a subscription asked for, in the payload's own order.

    A path with dots reaches into objects and into every item of a list (`line_items.sku`). No path: all of it.
    """
    raise NotImplementedError
