"""Resolves the fields of the Admin API: the subscriptions and the installation in GraphQL's form."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from graphql import GraphQLError

from devhook.shop.versions import CANDIDATE, STABLE, UNSTABLE, answered
from devhook.simulator.admin import listing, throttle
from devhook.simulator.admin.installation import Installation
from devhook.simulator.admin.listing import Listing
from devhook.simulator.admin.subscriptions import (
    Metafield,
    Refused,
    SimulatedSubscription,
    SubscriptionInput,
    Subscriptions,
)
from devhook.webhook.topics import topic as find_topic

_COUNT_LIMIT: Final = 10_000
_ACCESS_SCOPES: Final = "https://shopify.dev/api/usage/access-scopes"


Node = dict[str, Any]
"""An object of the shop in GraphQL's form, including `__typename`."""
Find = Callable[[str], Node | None]
"""Finds an object by its gid."""


class Execution:
    """The state of one request: its API version, and the points that it paid but did not need."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.unspent = 0


class Root:
    """The resolvers of the root fields. Each is called with graphql's info and the field's arguments."""

    def __init__(
        self, subscriptions: Subscriptions, installation: Installation, find: Find, *, domain: str
    ) -> None:
        self._subscriptions = subscriptions
        self._installation = installation
        self._find = find
        self._domain = domain

    def fields(self) -> dict[str, Callable[..., Any]]:
        """Return every root field by name; a field that the installation denies raises ACCESS_DENIED."""
        named: dict[str, Callable[..., Any]] = {
            "currentAppInstallation": self._app_installation,
            "node": self._node,
            "nodes": self._nodes,
            "publicApiVersions": self._versions,
            "shop": self._shop,
            "webhookSubscription": self._one,
            "webhookSubscriptions": self._list,
            "webhookSubscriptionsCount": self._count,
            "webhookSubscriptionCreate": self._create,
            "webhookSubscriptionUpdate": self._update,
            "webhookSubscriptionDelete": self._delete,
        }
        return {name: self._guarded(name, resolve) for name, resolve in named.items()}

    def _guarded(self, name: str, resolve: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(info: Any, **asked: Any) -> Any:
            required = self._installation.denied.get(name)
            if required is not None:
                raise GraphQLError(
                    f"Access denied for {name} field. Required access: {required}",
                    extensions={
                        "code": "ACCESS_DENIED",
                        "documentation": _ACCESS_SCOPES,
                        "requiredAccess": required,
                    },
                )
            return resolve(info.context, **asked)

        return guarded

    def _app_installation(self, _: Execution) -> dict[str, Any]:
        return {
            "id": "gid://shopify/AppInstallation/1",
            "app": {"id": "gid://shopify/App/1", "handle": "devhook", "title": "devhook"},
            "accessScopes": [
                {"handle": scope, "description": scope.replace("_", " ").capitalize()}
                for scope in sorted(self._installation.scopes)
            ],
        }

    def _node(self, _: Execution, **asked: Any) -> Node | None:
        return self._find(asked["id"])

    def _nodes(self, _: Execution, **asked: Any) -> list[Node | None]:
        return [self._find(each) for each in asked["ids"]]

    def _versions(self, _: Execution) -> list[dict[str, Any]]:
        return [_api_version(handle) for handle in (*STABLE, CANDIDATE, UNSTABLE)]

    def _shop(self, _: Execution) -> dict[str, Any]:
        return {
            "id": "gid://shopify/Shop/1",
            "myshopifyDomain": self._domain,
            "name": self._domain.removesuffix(".myshopify.com"),
        }

    def _one(self, _: Execution, **asked: Any) -> dict[str, Any] | None:
        stored = self._subscriptions.get(asked["id"])
        return _as_graphql(stored) if stored else None

    def _list(self, execution: Execution, **asked: Any) -> dict[str, Any]:
        wanted = Listing(
            first=asked.get("first"),
            last=asked.get("last"),
            after=asked.get("after"),
            before=asked.get("before"),
            by_id=asked.get("sortKey") == "ID",
            reverse=bool(asked.get("reverse")),
            query=asked.get("query"),
            topics=_names(asked.get("topics")),
            format=asked.get("format"),
            uri=asked.get("uri") or asked.get("callbackUrl"),
        )
        page = listing.page(self._subscriptions, wanted)
        nodes = [_as_graphql(each) for each in page.items]
        execution.unspent += throttle.unspent(wanted.first or wanted.last or 0, len(nodes))
        return {
            "nodes": nodes,
            "edges": [
                {"cursor": cursor, "node": node} for cursor, node in zip(page.cursors, nodes, strict=True)
            ],
            "pageInfo": {
                "hasNextPage": page.has_next,
                "hasPreviousPage": page.has_previous,
                "startCursor": next(iter(page.cursors), None),
                "endCursor": next(reversed(page.cursors), None),
            },
        }

    def _count(self, _: Execution, **asked: Any) -> dict[str, Any]:
        found = len(listing.selected(self._subscriptions, asked.get("query")))
        limit = asked.get("limit") or _COUNT_LIMIT
        return {"count": min(found, limit), "precision": "EXACT" if found <= limit else "AT_LEAST"}

    def _create(self, execution: Execution, **asked: Any) -> dict[str, Any]:
        topic = find_topic(asked["topic"]).name
        given = _input(asked["webhookSubscription"])
        return _mutated(lambda: self._subscriptions.create(topic, given, api_version=execution.version))

    def _update(self, _: Execution, **asked: Any) -> dict[str, Any]:
        given = _input(asked["webhookSubscription"])
        return _mutated(lambda: self._subscriptions.update(asked["id"], given))

    def _delete(self, _: Execution, **asked: Any) -> dict[str, Any]:
        try:
            self._subscriptions.delete(asked["id"])
        except Refused as refused:
            return {"deletedWebhookSubscriptionId": None, "userErrors": _user_errors(refused)}
        return {"deletedWebhookSubscriptionId": asked["id"], "userErrors": []}


def _mutated(change: Callable[[], SimulatedSubscription]) -> dict[str, Any]:
    try:
        return {"webhookSubscription": _as_graphql(change()), "userErrors": []}
    except Refused as refused:
        return {"webhookSubscription": None, "userErrors": _user_errors(refused)}


def _user_errors(refused: Refused) -> list[dict[str, Any]]:
    return [error.model_dump(mode="json") for error in refused.user_errors]


def _names(enums: list[str] | None) -> tuple[str, ...] | None:
    return tuple(find_topic(enum).name for enum in enums) if enums is not None else None


def _input(given: Mapping[str, Any]) -> SubscriptionInput:
    metafields = given.get("metafields")
    return SubscriptionInput(
        uri=given.get("uri") if given.get("uri") is not None else given.get("callbackUrl"),
        format=given.get("format"),
        include_fields=given.get("includeFields"),
        filter=given.get("filter"),
        name=given.get("name"),
        metafield_namespaces=given.get("metafieldNamespaces"),
        metafields=None
        if metafields is None
        else tuple(Metafield(namespace=each.get("namespace") or "", key=each["key"]) for each in metafields),
    )


def _as_graphql(subscription: SimulatedSubscription) -> dict[str, Any]:
    return {
        "id": subscription.id,
        "legacyResourceId": str(subscription.number),
        "topic": find_topic(subscription.topic).enum,
        "uri": subscription.uri,
        "callbackUrl": subscription.uri,
        "endpoint": _endpoint(subscription.uri),
        "format": subscription.format.value,
        "includeFields": list(subscription.include_fields),
        "filter": subscription.filter,
        "name": subscription.name,
        "metafieldNamespaces": list(subscription.metafield_namespaces),
        "metafields": [each.model_dump() for each in subscription.metafields],
        "apiVersion": _api_version(subscription.api_version),
        "createdAt": _moment(subscription.created_at),
        "updatedAt": _moment(subscription.updated_at),
    }


def _endpoint(uri: str) -> dict[str, str]:
    if uri.startswith("pubsub://"):
        project, _, topic = uri.removeprefix("pubsub://").partition(":")
        return {"__typename": "WebhookPubSubEndpoint", "pubSubProject": project, "pubSubTopic": topic}
    if uri.startswith("arn:"):
        return {"__typename": "WebhookEventBridgeEndpoint", "arn": uri}
    return {"__typename": "WebhookHttpEndpoint", "callbackUrl": uri}


def _api_version(handle: str) -> dict[str, Any]:
    notes = {CANDIDATE: " (Release candidate)"}
    return {
        "handle": handle,
        "displayName": "Unstable" if handle == UNSTABLE else handle + notes.get(handle, ""),
        "supported": answered(handle) == handle and handle not in {CANDIDATE, UNSTABLE},
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
