from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr

from devhook.simulator.admin.installation import GrantRefusal, Installation
from devhook.simulator.admin.server import AdminFault, AdminServer, ShopState
from devhook.simulator.admin.subscriptions import Subscriptions

SHOP = "harbour-lamps.myshopify.com"
TOKEN = "shpat_0123456789abcdef0123456789abcdef"
CREATE = """mutation Subscribe(
  $topic: WebhookSubscriptionTopic!, $subscription: WebhookSubscriptionInput!
) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $subscription) {
    webhookSubscription {
      id legacyResourceId topic uri callbackUrl format includeFields filter name metafieldNamespaces
      metafields { namespace key }
      endpoint {
        __typename
        ... on WebhookHttpEndpoint { callbackUrl }
        ... on WebhookPubSubEndpoint { pubSubProject pubSubTopic }
        ... on WebhookEventBridgeEndpoint { arn }
      }
      apiVersion { handle displayName supported }
      createdAt updatedAt
    }
    userErrors { field message }
  }
}"""


class Clock:
    def __init__(self):
        self.now = datetime(2026, 11, 23, 9, 30, 15, 250_000, tzinfo=UTC)

    def __call__(self):
        return self.now

    def advance(self, **span):
        self.now += timedelta(**span)


class Simulated:
    """An Admin API on a real socket, and a plain HTTP client to talk to it."""

    def __init__(self, http):
        self.clock = Clock()
        self.installation = Installation(
            clock=self.clock,
            client_id="client-7",
            client_secret=SecretStr("client-7-secret"),
            tokens=[SecretStr(TOKEN)],
            new_token=lambda: "shpat_granted",
        )
        self.subscriptions = Subscriptions(self.installation, domain=SHOP, clock=self.clock)
        self.server = AdminServer(self.subscriptions, self.installation, domain=SHOP, clock=self.clock)
        self.http = http

    async def post(self, document, variables=None, *, version="2026-10", token=TOKEN, **more):
        return await self.http.post(
            f"{self.server.url}/admin/api/{version}/graphql.json",
            json={"query": document, "variables": variables or {}, **more},
            headers={"X-Shopify-Access-Token": token},
        )

    async def ask(self, document, variables=None, **more):
        answer = await self.post(document, variables, **more)
        assert answer.status_code == 200
        return answer.json()

    async def create(self, topic="ORDERS_UPDATED", **subscription):
        subscription.setdefault("uri", "https://tunnel.example/hooks")
        answer = await self.ask(CREATE, {"topic": topic, "subscription": subscription})
        return answer["data"]["webhookSubscriptionCreate"]

    async def grant(self, *, as_json, **wrong):
        given = {
            "grant_type": "client_credentials",
            "client_id": "client-7",
            "client_secret": "client-7-secret",
            **wrong,
        }
        url = f"{self.server.url}/admin/oauth/access_token"
        return await self.http.post(url, **({"json": given} if as_json else {"data": given}))


@pytest.fixture
async def shop():
    async with httpx.AsyncClient(trust_env=False) as http:
        simulated = Simulated(http)
        async with simulated.server:
            yield simulated


async def test_a_subscription_is_made_and_told_with_every_field_of_the_schema(shop):
    made = await shop.create(
        uri="  https://tunnel.example/hooks ",
        name="devhook-one",
        includeFields=["id", "updated_at"],
        filter="",
        metafieldNamespaces=["custom"],
        metafields=[{"namespace": "custom", "key": "lamp"}],
    )

    assert made["userErrors"] == []
    assert made["webhookSubscription"] == {
        "id": "gid://shopify/WebhookSubscription/1070000000001",
        "legacyResourceId": "1070000000001",
        "topic": "ORDERS_UPDATED",
        "uri": "https://tunnel.example/hooks",
        "callbackUrl": "https://tunnel.example/hooks",
        "format": "JSON",
        "includeFields": ["id", "updated_at"],
        "filter": "",
        "name": "devhook-one",
        "metafieldNamespaces": ["custom"],
        "metafields": [{"namespace": "custom", "key": "lamp"}],
        "endpoint": {"__typename": "WebhookHttpEndpoint", "callbackUrl": "https://tunnel.example/hooks"},
        "apiVersion": {"handle": "2026-10", "displayName": "2026-10", "supported": True},
        "createdAt": "2026-11-23T09:30:15Z",
        "updatedAt": "2026-11-23T09:30:15Z",
    }
    assert [kept.topic for kept in shop.subscriptions] == ["orders/updated"]


@pytest.mark.parametrize(
    ("uri", "endpoint"),
    [
        (
            "pubsub://lamp-project:orders",
            {"__typename": "WebhookPubSubEndpoint", "pubSubProject": "lamp-project", "pubSubTopic": "orders"},
        ),
        (
            "arn:aws:events:eu-north-1::event-source/aws.partner/shopify.com/77/lamps",
            {
                "__typename": "WebhookEventBridgeEndpoint",
                "arn": "arn:aws:events:eu-north-1::event-source/aws.partner/shopify.com/77/lamps",
            },
        ),
    ],
)
async def test_a_cloud_address_is_an_endpoint_of_its_kind(shop, uri, endpoint):
    made = await shop.create(uri=uri)

    assert made["webhookSubscription"]["endpoint"] == endpoint


async def test_the_deprecated_callback_url_still_works(shop):
    answer = await shop.ask(
        CREATE, {"topic": "ORDERS_PAID", "subscription": {"callbackUrl": "https://old.example/h"}}
    )

    made = answer["data"]["webhookSubscriptionCreate"]
    assert made["webhookSubscription"]["uri"] == "https://old.example/h"


async def test_a_refused_subscription_is_null_and_says_why(shop):
    await shop.create()

    refused = await shop.create()

    assert refused == {
        "webhookSubscription": None,
        "userErrors": [
            {
                "field": ["webhookSubscription", "callbackUrl"],
                "message": "Address for this topic has already been taken",
            }
        ],
    }


async def test_a_subscription_is_updated_found_and_deleted(shop):
    gid = (await shop.create(includeFields=["id"]))["webhookSubscription"]["id"]
    shop.clock.advance(minutes=1)

    updated = await shop.ask(
        """mutation Move($id: ID!, $subscription: WebhookSubscriptionInput!) {
          webhookSubscriptionUpdate(id: $id, webhookSubscription: $subscription) {
            webhookSubscription { id uri includeFields createdAt updatedAt } userErrors { message }
          }
        }""",
        {"id": gid, "subscription": {"uri": "https://other.example/hooks"}},
    )
    found = await shop.ask("query One($id: ID!) { webhookSubscription(id: $id) { uri } }", {"id": gid})
    deleted = await shop.ask(
        "mutation Drop($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId } }",
        {"id": gid},
    )
    missing = await shop.ask("query One($id: ID!) { webhookSubscription(id: $id) { uri } }", {"id": gid})

    assert updated["data"]["webhookSubscriptionUpdate"]["webhookSubscription"] == {
        "id": gid,
        "uri": "https://other.example/hooks",
        "includeFields": ["id"],
        "createdAt": "2026-11-23T09:30:15Z",
        "updatedAt": "2026-11-23T09:31:15Z",
    }
    assert found["data"] == {"webhookSubscription": {"uri": "https://other.example/hooks"}}
    assert deleted["data"] == {"webhookSubscriptionDelete": {"deletedWebhookSubscriptionId": gid}}
    assert missing["data"] == {"webhookSubscription": None}
    assert len(shop.subscriptions) == 0


async def test_an_unknown_subscription_is_neither_updated_nor_deleted(shop):
    answer = await shop.ask(
        """mutation {
          a: webhookSubscriptionUpdate(id: "gid://shopify/WebhookSubscription/9", webhookSubscription: {}) {
            webhookSubscription { id } userErrors { field message }
          }
          b: webhookSubscriptionDelete(id: "gid://shopify/WebhookSubscription/9") {
            deletedWebhookSubscriptionId userErrors { field message }
          }
        }"""
    )

    unknown = [{"field": ["id"], "message": "Webhook subscription does not exist"}]
    assert answer["data"] == {
        "a": {"webhookSubscription": None, "userErrors": unknown},
        "b": {"deletedWebhookSubscriptionId": None, "userErrors": unknown},
    }
    assert answer["extensions"]["cost"]["requestedQueryCost"] == 20


async def test_a_list_is_paged_and_counted(shop):
    for topic in ("ORDERS_CREATE", "ORDERS_PAID", "REFUNDS_CREATE"):
        await shop.create(topic)

    answer = await shop.ask(
        """{
          webhookSubscriptions(first: 2, sortKey: ID, reverse: true) {
            edges { cursor node { topic } } nodes { topic } pageInfo { hasNextPage endCursor }
          }
          paid: webhookSubscriptions(first: 2, topics: [ORDERS_PAID]) { nodes { topic } }
          webhookSubscriptionsCount(limit: 2) { count precision }
        }"""
    )

    data = answer["data"]
    page = data["webhookSubscriptions"]
    assert [node["topic"] for node in page["nodes"]] == ["REFUNDS_CREATE", "ORDERS_PAID"]
    assert [edge["node"] for edge in page["edges"]] == page["nodes"]
    assert page["pageInfo"] == {"hasNextPage": True, "endCursor": page["edges"][-1]["cursor"]}
    assert data["paid"]["nodes"] == [{"topic": "ORDERS_PAID"}]
    assert data["webhookSubscriptionsCount"] == {"count": 2, "precision": "AT_LEAST"}


async def test_the_app_learns_its_scopes_and_its_shop_without_any_scope(shop):
    shop.installation.scopes = frozenset({"read_orders", "read_returns"})

    answer = await shop.ask(
        "{ currentAppInstallation { accessScopes { handle description } app { title } }"
        " shop { myshopifyDomain } }"
    )

    assert answer["data"] == {
        "currentAppInstallation": {
            "accessScopes": [
                {"handle": "read_orders", "description": "Read orders"},
                {"handle": "read_returns", "description": "Read returns"},
            ],
            "app": {"title": "devhook"},
        },
        "shop": {"myshopifyDomain": SHOP},
    }


async def test_a_denied_field_answers_access_denied(shop):
    shop.installation.denied = {"webhookSubscription": "`read_orders` access scope."}

    answer = await shop.ask(
        'query Look { webhookSubscription(id: "gid://shopify/WebhookSubscription/1") { id } }'
    )

    assert answer["data"] == {"webhookSubscription": None}
    error = answer["errors"][0]
    assert error["message"] == (
        "Access denied for webhookSubscription field. Required access: `read_orders` access scope."
    )
    assert error["path"] == ["webhookSubscription"]
    assert error["extensions"] == {
        "code": "ACCESS_DENIED",
        "documentation": "https://shopify.dev/api/usage/access-scopes",
        "requiredAccess": "`read_orders` access scope.",
    }


async def test_an_answer_tells_what_it_cost(shop):
    first = await shop.ask('mutation M { webhookSubscriptionDelete(id: "x") { userErrors { message } } }')
    listing = await shop.ask("query L { webhookSubscriptions(first: 50) { nodes { id } } }")

    assert first["extensions"] == {
        "cost": {
            "requestedQueryCost": 10,
            "actualQueryCost": 10,
            "throttleStatus": {"maximumAvailable": 2000, "currentlyAvailable": 1990, "restoreRate": 100},
        }
    }
    assert listing["extensions"]["cost"]["requestedQueryCost"] == 50
    assert listing["extensions"]["cost"]["actualQueryCost"] == 2
    assert listing["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 1988


async def test_without_points_the_answer_is_throttled_and_has_no_data(shop):
    shop.server.throttle.drain(left=4)

    refused = await shop.ask(
        CREATE, {"topic": "ORDERS_PAID", "subscription": {"uri": "https://tunnel.example/"}}
    )
    shop.clock.advance(milliseconds=60)
    done = await shop.ask(
        CREATE, {"topic": "ORDERS_PAID", "subscription": {"uri": "https://tunnel.example/"}}
    )

    assert refused == {
        "errors": [
            {
                "message": "Throttled",
                "extensions": {
                    "code": "THROTTLED",
                    "documentation": "https://shopify.dev/api/usage/rate-limits",
                },
            }
        ],
        "extensions": {
            "cost": {
                "requestedQueryCost": 10,
                "actualQueryCost": None,
                "throttleStatus": {"maximumAvailable": 2000, "currentlyAvailable": 4, "restoreRate": 100},
            }
        },
    }
    assert done["data"]["webhookSubscriptionCreate"]["userErrors"] == []


@pytest.mark.parametrize("token", ["", "shpat_wrong", f"{TOKEN}x"])
async def test_a_wrong_token_is_refused_with_a_string(shop, token):
    answer = await shop.post("{ shop { name } }", token=token)

    assert answer.status_code == 401
    assert answer.json() == {
        "errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"
    }


async def test_a_revoked_token_is_refused(shop):
    shop.installation.tokens.clear()

    assert (await shop.post("{ shop { name } }")).status_code == 401


@pytest.mark.parametrize(
    ("asked", "answered"),
    [("2026-04", "2026-04"), ("2024-07", "2026-01"), ("2031-01", "2026-01"), ("unstable", "unstable")],
)
async def test_a_version_that_is_not_served_falls_forward(shop, asked, answered):
    answer = await shop.post("{ shop { name } }", version=asked)

    assert answer.status_code == 200
    assert answer.headers["X-Shopify-API-Version"] == answered


async def test_the_payload_version_may_be_set_in_the_app(shop):
    shop.installation.webhooks_version = "2027-01"

    made = await shop.create()

    assert made["webhookSubscription"]["apiVersion"] == {
        "handle": "2027-01",
        "displayName": "2027-01 (Release candidate)",
        "supported": False,
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/admin/api/2026-10/orders.json"),
        ("POST", "/admin/api/newest/graphql.json"),
        ("GET", "/admin/api/2026-10/graphql.json"),
        ("GET", "/"),
    ],
)
async def test_any_other_path_is_not_found(shop, method, path):
    answer = await shop.http.request(
        method, shop.server.url + path, headers={"X-Shopify-Access-Token": TOKEN}
    )

    assert answer.status_code == 404
    assert answer.json() == {"errors": "Not Found"}


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"query": 5}', "not json"])
async def test_a_body_without_a_query_is_refused_with_an_object(shop, body):
    answer = await shop.http.post(
        f"{shop.server.url}/admin/api/2026-10/graphql.json",
        content=body,
        headers={"X-Shopify-Access-Token": TOKEN, "Content-Type": "application/json"},
    )

    assert answer.status_code == 400
    assert answer.json() == {"errors": {"query": "Required parameter missing or invalid"}}


@pytest.mark.parametrize(("state", "status"), [(ShopState.FROZEN, 402), (ShopState.LOCKED, 423)])
async def test_a_frozen_or_locked_shop_answers_nothing_else(shop, state, status):
    shop.server.state = state

    asked = await shop.post("{ shop { name } }")
    granted = await shop.grant(as_json=True)

    assert (asked.status_code, granted.status_code) == (status, status)


async def test_a_fault_lasts_for_the_given_number_of_requests(shop):
    shop.server.fail_next(AdminFault(status=429, body={"errors": "Slow down"}, retry_after=2.0), times=2)
    shop.server.fail_next(AdminFault(status=502, body="<html>Bad gateway</html>"))

    answers = [await shop.post("{ shop { name } }") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [429, 429, 502, 200]
    assert answers[0].headers["Retry-After"] == "2.0"
    assert answers[2].headers["Content-Type"].startswith("text/html")


async def test_a_document_may_name_the_operation_to_run(shop):
    document = "query One { shop { name } } query Two { shop { myshopifyDomain } }"

    chosen = await shop.ask(document, operationName="Two")
    unnamed = await shop.ask(document)
    unknown = await shop.ask(document, operationName="Three")

    assert chosen["data"] == {"shop": {"myshopifyDomain": SHOP}}
    assert unnamed["errors"] == [{"message": "An operation name is required"}]
    assert unknown["errors"] == [{"message": 'No operation named "Three"'}]


async def test_an_unreadable_document_is_refused_with_its_place(shop):
    answer = await shop.ask("{ shop { name ")

    assert answer["errors"][0]["locations"] == [{"line": 1, "column": 15}]
    assert "data" not in answer


async def test_an_unknown_topic_is_refused_in_shopifys_words_and_makes_nothing(shop):
    answer = await shop.ask(
        CREATE, {"topic": "ORDERS_UPDATE", "subscription": {"uri": "https://tunnel.example/"}}
    )

    error = answer["errors"][0]
    assert error["message"] == (
        "Variable $topic of type WebhookSubscriptionTopic! was provided invalid value"
    )
    assert error["locations"] == [{"line": 2, "column": 3}]
    assert error["extensions"]["code"] == "INVALID_VARIABLE"
    assert error["extensions"]["value"] == "ORDERS_UPDATE"
    assert error["extensions"]["problems"][0]["explanation"].startswith(
        'Expected "ORDERS_UPDATE" to be one of: APP_PURCHASES_ONE_TIME_UPDATE, '
    )
    assert "data" not in answer
    assert len(shop.subscriptions) == 0


@pytest.mark.parametrize("as_json", [True, False])
async def test_client_credentials_get_a_token_that_opens_the_api_until_it_ends(shop, as_json):
    shop.installation.scopes = frozenset({"read_orders", "read_returns"})

    answer = await shop.grant(as_json=as_json)
    opened = await shop.post("{ shop { name } }", token="shpat_granted")
    shop.clock.advance(seconds=86_399)
    ended = await shop.post("{ shop { name } }", token="shpat_granted")

    assert answer.status_code == 200
    assert answer.json() == {
        "access_token": "shpat_granted",
        "scope": "read_orders,read_returns",
        "expires_in": 86399,
    }
    assert (opened.status_code, ended.status_code) == (200, 401)


@pytest.mark.parametrize(
    ("wrong", "refusal", "code"),
    [
        ({"client_id": "another"}, None, "application_cannot_be_found"),
        ({"client_secret": "another"}, None, "invalid_client"),
        ({}, GrantRefusal.APP_NOT_INSTALLED, "app_not_installed"),
        ({}, GrantRefusal.SHOP_NOT_PERMITTED, "shop_not_permitted"),
    ],
)
async def test_a_refused_grant_is_json_for_a_program_and_a_page_for_a_form(shop, wrong, refusal, code):
    shop.installation.refusal = refusal

    program = await shop.grant(as_json=True, **wrong)
    form = await shop.grant(as_json=False, **wrong)

    assert (program.status_code, program.json()) == (400, {"error": code})
    assert form.status_code == 400
    assert f"<title>400 - Oauth error {code}</title>" in form.text


async def test_another_grant_type_is_refused(shop):
    answer = await shop.grant(as_json=True, grant_type="password")

    assert (answer.status_code, answer.json()) == (400, {"error": "unsupported_grant_type"})


async def test_the_refusal_page_of_a_foreign_shop_says_so(shop):
    shop.installation.refusal = GrantRefusal.SHOP_NOT_PERMITTED

    page = (await shop.grant(as_json=False)).text

    assert "Client credentials cannot be performed on this shop." in page
