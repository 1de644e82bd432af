"""Webhook subscriptions through the Admin API: the documents that devhook sends, and what comes back."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.shop.client import AdminClient
from devhook.shop.messages import RequestContext, ShopRefusal
from devhook.shop.refusals import topic_refusal, user_errors_refusal
from devhook.shop.versions import has_name
from devhook.webhook.topics import Topic, topics
from devhook.webhook.topics import topic as find_topic

_PAGE: Final = 100
_GONE: Final = "does not exist"


class PayloadFormat(StrEnum):
    """How payloads are to be written."""

    JSON = "JSON"
    XML = "XML"


class Subscription(BaseModel):
    """A subscription as the shop tells it.

    `id` is its gid, `topic` as headers write it (`orders/updated`). `api_version` is that of the payloads,
    which may be another than the one asked in (https://shopify.dev/docs/apps/build/webhooks/subscribe).
    `name` is None before API version 2026-04.
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
    """What the deliveries of a subscription are to be like. What is None or empty is left to the shop."""

    model_config = ConfigDict(frozen=True)

    format: PayloadFormat = PayloadFormat.JSON
    filter: str | None = None
    include_fields: tuple[str, ...] = ()
    metafield_namespaces: tuple[str, ...] = ()


class Wish(Shape):
    """A subscription that the shop is to make. `topic` is written either way; an empty `name` means none."""

    topic: str
    uri: str
    name: str = ""


class Documents(BaseModel):
    """Every GraphQL document about subscriptions that devhook sends, as one API version understands it."""

    model_config = ConfigDict(frozen=True)

    create: str
    update: str
    delete: str
    listing: str
    scopes: str
    versions: str


def documents(api_version: str) -> Documents:
    """The documents for `api_version`: a field that it does not have is not asked for."""
    name = "name" if has_name(api_version) else ""
    fields = f"id topic uri format {name} filter includeFields createdAt updatedAt apiVersion {{ handle }}"
    changed = f"webhookSubscription {{ {fields} }} userErrors {{ field message }}"
    return Documents(
        create=f"""
mutation DevhookSubscribe($topic: WebhookSubscriptionTopic!, $wish: WebhookSubscriptionInput!) {{
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $wish) {{ {changed} }}
}}""",
        update=f"""
mutation DevhookUpdate($id: ID!, $wish: WebhookSubscriptionInput!) {{
  webhookSubscriptionUpdate(id: $id, webhookSubscription: $wish) {{ {changed} }}
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


async def create(client: AdminClient, wish: Wish) -> Subscription | ShopRefusal:
    """Subscribe. A Refusal is what speaks against this one subscription; other failures are raised."""
    topic = find_topic(wish.topic)
    attempt = client.attempt().model_copy(update={"topic": topic, "uri": wish.uri, "name": wish.name})
    if refusal := topic_refusal(attempt):
        return refusal
    asked = {"topic": topic.enum, "wish": _as_input(wish, client.api_version)}
    data = await client.graphql(documents(client.api_version).create, asked)
    return _changed(data, "webhookSubscriptionCreate", attempt)


async def move(client: AdminClient, subscription_id: str, uri: str) -> Subscription | ShopRefusal:
    """Let a subscription deliver to `uri` from now on. Retries still go to the old address.

    https://shopify.dev/changelog/updates-to-webhook-retry-mechanism
    """
    attempt = client.attempt().model_copy(update={"uri": uri})
    asked = {"id": subscription_id, "wish": {"uri": uri}}
    data = await client.graphql(documents(client.api_version).update, asked)
    return _changed(data, "webhookSubscriptionUpdate", attempt)


async def delete(client: AdminClient, subscription_id: str) -> bool:
    """Delete a subscription. False: the shop did not know it (any more)."""
    data = await client.graphql(documents(client.api_version).delete, {"id": subscription_id})
    answer = data["webhookSubscriptionDelete"]
    user_errors = answer["userErrors"]
    if any(_GONE in error["message"] for error in user_errors):
        return False
    if user_errors:
        raise user_errors_refusal(user_errors, client.attempt()).error()
    return True


async def listed(
    client: AdminClient, *, uri: str | None = None, topic: str | None = None
) -> list[Subscription]:
    """Every subscription that this app made in the shop, oldest first; of one address, of one topic.

    The Admin API does not tell those that were declared in the app's TOML, made in the admin, or by another
    app: https://shopify.dev/docs/api/admin-graphql/latest/queries/webhookSubscriptions
    """
    found: list[Subscription] = []
    after: str | None = None
    while True:
        asked = {
            "first": _PAGE,
            "after": after,
            "uri": uri,
            "topics": [find_topic(topic).enum] if topic else None,
        }
        page = (await client.graphql(documents(client.api_version).listing, asked))["webhookSubscriptions"]
        found.extend(_read(node) for node in page["nodes"])
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def granted_scopes(client: AdminClient) -> frozenset[str]:
    """What the app was granted in the shop. Asking needs no scope."""
    data = await client.graphql(documents(client.api_version).scopes)
    return frozenset(scope["handle"] for scope in data["currentAppInstallation"]["accessScopes"])


async def stable_versions(client: AdminClient) -> tuple[str, ...]:
    """The stable API versions that the shop answers in today, oldest first."""
    data = await client.graphql(documents(client.api_version).versions)
    return tuple(sorted(each["handle"] for each in data["publicApiVersions"] if each["supported"]))


def scopes_allow(topic: Topic, granted: Collection[str]) -> bool:
    """Whether the granted scopes allow `topic`: one of its scopes does; `write_x` implies `read_x`."""
    return not topic.scopes or any(
        scope in granted or scope.replace("read_", "write_", 1) in granted for scope in topic.scopes
    )


def _as_input(wish: Wish, api_version: str) -> dict[str, Any]:
    asked: dict[str, Any] = {"uri": wish.uri, "format": wish.format.value}
    if wish.name and has_name(api_version):
        asked["name"] = wish.name
    if wish.filter is not None:
        asked["filter"] = wish.filter
    if wish.include_fields:
        asked["includeFields"] = list(wish.include_fields)
    if wish.metafield_namespaces:
        asked["metafieldNamespaces"] = list(wish.metafield_namespaces)
    return asked


def _changed(data: Mapping[str, Any], field: str, attempt: RequestContext) -> Subscription | ShopRefusal:
    answer = data[field]
    if answer["userErrors"]:
        return user_errors_refusal(answer["userErrors"], attempt)
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
    """The topic's name; the enum itself for one that is in no catalogue: Shopify has hidden ones.

    One is in a recorded answer: https://github.com/airhorns/shopify-draft-proxy
    """
    return next((topic.name for topic in topics() if topic.enum == enum), enum)
