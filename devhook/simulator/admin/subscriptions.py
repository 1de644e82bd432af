"""The simulated shop's webhook subscriptions: the registry that the Admin API and deliveries share."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import count
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.simulator.admin import validation
from devhook.simulator.admin.installation import Installation
from devhook.webhook.document import Document
from devhook.webhook.topics import Topic
from devhook.webhook.topics import topic as find_topic


class SubscriptionFormat(StrEnum):
    """The format of a subscription's payloads."""

    JSON = "JSON"
    XML = "XML"


class Metafield(BaseModel):
    """A metafield that a subscription adds to its payloads."""

    model_config = ConfigDict(frozen=True)

    namespace: str
    key: str


class SimulatedSubscription(BaseModel):
    """One stored subscription.

    - `id`: a gid (`gid://shopify/WebhookSubscription/1001`).
    - `topic`: the topic in the deliveries' headers (`orders/updated`).
    - `uri`: the trimmed address.
    - `format`: JSON or XML.
    - `include_fields`: the fields of its payloads; empty: all.
    - `filter`: which payloads it gets; None or "": all.
    - `name`: its name, if it has one.
    - `metafield_namespaces`, `metafields`: the metafields in its payloads.
    - `api_version`: the version of its payloads.
    - `created_at`, `updated_at`: to the second.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    topic: str
    uri: str
    format: SubscriptionFormat = SubscriptionFormat.JSON
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
        """Return the number at the end of the id: GraphQL's `legacyResourceId`."""
        return int(self.id.rpartition("/")[2])


class SubscriptionInput(BaseModel):
    """GraphQL's WebhookSubscriptionInput. None: the field is missing or null."""

    model_config = ConfigDict(frozen=True)

    uri: str | None = None
    format: SubscriptionFormat | None = None
    include_fields: tuple[str, ...] | None = None
    filter: str | None = None
    name: str | None = None
    metafield_namespaces: tuple[str, ...] | None = None
    metafields: tuple[Metafield, ...] | None = None


class UserError(BaseModel):
    """An error of the request: the path of the input field, and Shopify's message."""

    model_config = ConfigDict(frozen=True)

    field: tuple[str, ...]
    message: str


class Refused(Exception):
    """The shop rejects the request. `user_errors` contain Shopify's messages."""

    def __init__(self, user_errors: Sequence[UserError]) -> None:
        super().__init__("; ".join(error.message for error in user_errors))
        self.user_errors = tuple(user_errors)


class Subscriptions:
    """The registry of subscriptions. Iteration yields them oldest first.

    - `installation`: the app that subscribes.
    - `domain`: the shop's `*.myshopify.com` domain.
    - `clock`: the source of times.
    - `numbers`: the numbers of new ids.
    - `custom_domain`: the domain of the storefront, if it has one.
    """

    def __init__(
        self,
        installation: Installation,
        *,
        domain: str,
        clock: Callable[[], datetime],
        numbers: Iterator[int] | None = None,
        custom_domain: str | None = None,
    ) -> None:
        self._installation = installation
        self._own_domains = validation.own_domains(domain, custom_domain)
        self._clock = clock
        self._numbers = numbers or count(1_070_000_000_001)
        self._stored: dict[str, SimulatedSubscription] = {}

    def __iter__(self) -> Iterator[SimulatedSubscription]:
        return iter(tuple(self._stored.values()))

    def __len__(self) -> int:
        return len(self._stored)

    def get(self, gid: str) -> SimulatedSubscription | None:
        """Return the subscription with this id, or None."""
        return self._stored.get(gid)

    def for_topic(self, topic: str) -> list[SimulatedSubscription]:
        """Return the subscriptions of one topic (`orders/updated`), oldest first."""
        return [stored for stored in self._stored.values() if stored.topic == topic]

    def create(self, topic: str, given: SubscriptionInput, *, api_version: str) -> SimulatedSubscription:
        """Create a subscription to `topic`. Raises Refused with Shopify's userErrors."""
        now = self._clock().replace(microsecond=0)
        wanted = SimulatedSubscription(
            id=f"gid://shopify/WebhookSubscription/{next(self._numbers)}",
            topic=topic,
            uri="",
            api_version=self._installation.webhooks_version or api_version,
            created_at=now,
            updated_at=now,
        )
        return self._keep(_changed(wanted, given))

    def update(self, gid: str, given: SubscriptionInput) -> SimulatedSubscription:
        """Change the fields that are set in `given`. Raises Refused."""
        now = self._clock().replace(microsecond=0)
        return self._keep(_changed(self._existing(gid), given).model_copy(update={"updated_at": now}))

    def delete(self, gid: str) -> None:
        """Delete a subscription for the app. Raises Refused if it does not exist."""
        del self._stored[self._existing(gid).id]

    def remove(self, gid: str) -> bool:
        """Remove a subscription as Shopify does after 8 failures. Return whether it existed."""
        return self._stored.pop(gid, None) is not None

    def _existing(self, gid: str) -> SimulatedSubscription:
        stored = self._stored.get(gid)
        if stored is None:
            raise Refused([UserError(field=("id",), message=validation.UNKNOWN)])
        return stored

    def _keep(self, wanted: SimulatedSubscription) -> SimulatedSubscription:
        if user_errors := self._errors(wanted):
            raise Refused(user_errors)
        self._stored[wanted.id] = wanted
        return wanted

    def _errors(self, wanted: SimulatedSubscription) -> list[UserError]:
        topic = find_topic(wanted.topic)
        if refused := self._topic_error(topic, wanted):
            return [UserError(field=("webhookSubscription",), message=refused)]
        others = [stored for stored in self._stored.values() if stored.id != wanted.id]
        address = list(validation.address_errors(wanted.uri, self._own_domains))
        if any(_delivers_the_same(stored, wanted) for stored in others):
            address.append(validation.TAKEN)
        name: list[str] = []
        if wanted.name is not None:
            name.extend(validation.name_errors(wanted.name))
            if any((stored.name or "").lower() == wanted.name.lower() for stored in others if stored.name):
                name.append(validation.NAME_TAKEN)
        found = {
            ("webhookSubscription", "callbackUrl"): address,  # even where `uri` was given
            ("webhookSubscription", "format"): validation.format_errors(wanted.format, topic, wanted.uri),
            ("webhookSubscription", "name"): name,
            ("webhookSubscription",): validation.filter_errors(wanted.filter or "", topic),
        }
        return [UserError(field=field, message=text) for field, texts in found.items() for text in texts]

    def _topic_error(self, topic: Topic, wanted: SimulatedSubscription) -> str:
        over_http = not validation.is_cloud(wanted.uri)
        if not self._installation.reaches(topic) or (over_http and not topic.http_delivery):
            return validation.TOPIC_REFUSED
        if topic.protected_customer_data and not self._installation.protected_customer_data:
            return validation.CUSTOMER_DATA_REFUSED
        return ""


def shaped(payload: Document, include_fields: Sequence[str]) -> Document:
    """Return `payload` with only the fields in `include_fields`, in the payload's order.

    A path with dots leads into objects and into every item of a list (`line_items.sku`). No paths: all
    fields.
    """
    if not include_fields:
        return payload
    return _pruned(payload, _tree(include_fields))


def _tree(paths: Sequence[str]) -> dict[str, Any]:
    """Return the paths as nested keys; an empty node selects everything below it."""
    whole = {path for path in paths if not any(path.startswith(f"{other}.") for other in paths)}
    tree: dict[str, Any] = {}
    for path in whole:
        branch = tree
        for step in path.split("."):
            branch = branch.setdefault(step, {})
    return tree


def _pruned(document: Document, tree: dict[str, Any]) -> Document:
    if not tree:
        return document
    if isinstance(document, list):
        return [_pruned(item, tree) for item in document]
    if isinstance(document, dict):
        return {key: _pruned(value, tree[key]) for key, value in document.items() if key in tree}
    return document


def _changed(stored: SimulatedSubscription, given: SubscriptionInput) -> SimulatedSubscription:
    update = {name: value for name in type(given).model_fields if (value := getattr(given, name)) is not None}
    if given.uri is not None:
        update["uri"] = given.uri.strip()
    return stored.model_copy(update=update)


def _delivers_the_same(one: SimulatedSubscription, other: SimulatedSubscription) -> bool:
    """Return whether topic, address, format and filter are equal, which Shopify does not allow.

    As in recorded answers: https://github.com/airhorns/shopify-draft-proxy
    """
    return (one.topic, one.uri, one.format, one.filter or "") == (
        other.topic,
        other.uri,
        other.format,
        other.filter or "",
    )
