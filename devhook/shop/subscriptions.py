"""Creates, moves, deletes and lists webhook subscriptions, with the GraphQL documents for it."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.shop.client import AdminClient
from devhook.shop.refusal import RequestContext, ShopRefusal
from devhook.shop.refusals import topic_refusal, user_errors_refusal
from devhook.shop.versions import has_name
from devhook.webhook.topics import Topic, topics
from devhook.webhook.topics import topic as find_topic

_PAGE: Final = 100
_NOT_FOUND: Final = "does not exist"


class PayloadFormat(StrEnum):
    """The format of the payloads."""

    JSON = "JSON"
    XML = "XML"


class Subscription(BaseModel):
    """A subscription as the shop reports it.

    `id`: its gid.
    `topic`: its topic as in headers (`orders/updated`).
    `uri`: the URL that it delivers to.
    `format`: `JSON` or `XML`.
    `name`: its name; None before API version 2026-04.
    `filter`: its filter, or None.
    `include_fields`: the fields of its payloads; empty for all.
    `api_version`: the version of its payloads, which may differ from the version of the request
    (https://shopify.dev/docs/apps/build/webhooks/subscribe).
    `created_at`, `updated_at`: in whole seconds.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    topic: str
    uri: str
    format: str
    name: str | None
    filter: str | None
    include_fields: tuple[str, ...]
    api_version: str
    created_at: AwareDatetime
    updated_at: AwareDatetime


class Shape(BaseModel):
    """The options of a subscription. The shop chooses an option that is None or empty."""

    model_config = ConfigDict(frozen=True)

    format: PayloadFormat = PayloadFormat.JSON
    filter: str | None = None
    include_fields: tuple[str, ...] = ()
    metafield_namespaces: tuple[str, ...] = ()


class SubscriptionRequest(Shape):
    """A request for a subscription.

    `topic`: its topic as in headers or as in GraphQL.
    `uri`: the URL that it delivers to.
    `name`: its name; empty for none.
    """

    topic: str
    uri: str
    name: str = ""


class Documents(BaseModel):
    """The GraphQL documents about subscriptions in one API version."""

    model_config = ConfigDict(frozen=True)

    create: str
    update: str
    delete: str
    listing: str
    scopes: str
    versions: str


def documents(api_version: str) -> Documents:
    """Return the documents for `api_version`, without the fields that it does not have."""
    name = "name" if has_name(api_version) else ""
    fields = f"id topic uri format {name} filter includeFields createdAt updatedAt apiVersion {{ handle }}"
    changed = f"webhookSubscription {{ {fields} }} userErrors {{ field message }}"
    return Documents(
        create=f"""
mutation DevhookSubscribe($topic: WebhookSubscriptionTopic!, $subscription: WebhookSubscriptionInput!) {{
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $subscription) {{ {changed} }}
}}""",
        update=f"""
mutation DevhookUpdate($id: ID!, $subscription: WebhookSubscriptionInput!) {{
  webhookSubscriptionUpdate(id: $id, webhookSubscription: $subscription) {{ {changed} }}
}}""",
        delete="""
mutation DevhookUnsubscribe($id: ID!) {
  webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { field message } }
}""",
        listing=f"""
query DevhookSubscriptions(
  $first: Int!, $after: String, $uri: String, $topics: [WebhookSubscriptionTopic!]
) {{
  webhookSubscriptions(first: $first, after: $after, uri: $uri, topics: $topics) {{
    nodes {{ {fields} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}""",
        scopes="query DevhookScopes { currentAppInstallation { accessScopes { handle } } }",
        versions="query DevhookVersions { publicApiVersions { handle supported } }",
    )


async def create(client: AdminClient, request: SubscriptionRequest) -> Subscription | ShopRefusal:
    """Create a subscription, or return the refusal of this one subscription.

    Raises a DevhookError for any other failure.
    """
    topic = find_topic(request.topic)
    context = client.request_context().model_copy(
        update={"topic": topic, "uri": request.uri, "name": request.name}
    )
    if refusal := topic_refusal(context):
        return refusal
    asked = {"topic": topic.enum, "subscription": _as_input(request, client.api_version)}
    data = await client.graphql(documents(client.api_version).create, asked)
    return _changed(data, "webhookSubscriptionCreate", context)


async def move(client: AdminClient, subscription_id: str, uri: str) -> Subscription | ShopRefusal:
    """Change the address of a subscription to `uri`. Retries still go to the old address.

    https://shopify.dev/changelog/updates-to-webhook-retry-mechanism
    """
    context = client.request_context().model_copy(update={"uri": uri})
    asked = {"id": subscription_id, "subscription": {"uri": uri}}
    data = await client.graphql(documents(client.api_version).update, asked)
    return _changed(data, "webhookSubscriptionUpdate", context)


async def delete(client: AdminClient, subscription_id: str) -> bool:
    """Delete a subscription. Return False if it does not exist in the shop."""
    data = await client.graphql(documents(client.api_version).delete, {"id": subscription_id})
    answer = data["webhookSubscriptionDelete"]
    user_errors = answer["userErrors"]
    if any(_NOT_FOUND in error["message"] for error in user_errors):
        return False
    if user_errors:
        raise user_errors_refusal(user_errors, client.request_context()).error()
    return True


async def listed(
    client: AdminClient, *, uri: str | None = None, topic: str | None = None
) -> list[Subscription]:
    """Return the subscriptions that this app created in the shop, oldest first.

    `uri` and `topic` restrict them to one address and one topic. The Admin API does not list subscriptions
    from the app's TOML, from the admin, or from another app:
    https://shopify.dev/docs/api/admin-graphql/latest/queries/webhookSubscriptions
    """
    subscriptions: list[Subscription] = []
    after: str | None = None
    while True:
        asked = {
            "first": _PAGE,
            "after": after,
            "uri": uri,
            "topics": [find_topic(topic).enum] if topic else None,
        }
        page = (await client.graphql(documents(client.api_version).listing, asked))["webhookSubscriptions"]
        subscriptions.extend(_read(node) for node in page["nodes"])
        if not page["pageInfo"]["hasNextPage"]:
            return subscriptions
        after = page["pageInfo"]["endCursor"]


async def granted_scopes(client: AdminClient) -> frozenset[str]:
    """Return the scopes that are granted to the app in the shop. The query needs no scope."""
    data = await client.graphql(documents(client.api_version).scopes)
    return frozenset(scope["handle"] for scope in data["currentAppInstallation"]["accessScopes"])


async def stable_versions(client: AdminClient) -> tuple[str, ...]:
    """Return the stable API versions that the shop supports today, oldest first."""
    data = await client.graphql(documents(client.api_version).versions)
    return tuple(sorted(each["handle"] for each in data["publicApiVersions"] if each["supported"]))


def scopes_allow(topic: Topic, granted: Collection[str]) -> bool:
    """Return whether one of the granted scopes allows `topic`; `write_x` implies `read_x`."""
    return not topic.scopes or any(includes_scope(scope, granted) for scope in topic.scopes)


def includes_scope(scope: str, granted: Collection[str]) -> bool:
    """Return whether the granted scopes include `scope`; `write_x` implies `read_x`."""
    return scope in granted or scope.replace("read_", "write_", 1) in granted


def _as_input(request: SubscriptionRequest, api_version: str) -> dict[str, Any]:
    asked: dict[str, Any] = {"uri": request.uri, "format": request.format.value}
    if request.name and has_name(api_version):
        asked["name"] = request.name
    if request.filter is not None:
        asked["filter"] = request.filter
    if request.include_fields:
        asked["includeFields"] = list(request.include_fields)
    if request.metafield_namespaces:
        asked["metafieldNamespaces"] = list(request.metafield_namespaces)
    return asked


def _changed(data: Mapping[str, Any], field: str, context: RequestContext) -> Subscription | ShopRefusal:
    answer = data[field]
    if answer["userErrors"]:
        return user_errors_refusal(answer["userErrors"], context)
    return _read(answer["webhookSubscription"])


def _read(node: Mapping[str, Any]) -> Subscription:
    return Subscription(
        id=node["id"],
        topic=_topic_name(node["topic"]),
        uri=node["uri"],
        format=node["format"],
        name=node.get("name"),
        filter=node["filter"],
        include_fields=node["includeFields"],
        api_version=node["apiVersion"]["handle"],
        created_at=node["createdAt"],
        updated_at=node["updatedAt"],
    )


def _topic_name(enum: str) -> str:
    """Return the name of a topic, or its enum if the catalogue does not contain it.

    Shopify has topics that it does not document; a recorded answer contains one:
    https://github.com/airhorns/shopify-draft-proxy
    """
    return next((topic.name for topic in topics() if topic.enum == enum), enum)
