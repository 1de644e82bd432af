import pytest
from graphql import parse, validate

from devhook.errors import CredentialsRefused, DevhookError, InputError
from devhook.shop import subscriptions
from devhook.shop.subscriptions import PayloadFormat, Subscription, SubscriptionRequest
from devhook.shop.versions import CANDIDATE, STABLE, UNSTABLE, answered
from devhook.simulator.admin.schema import schema
from devhook.simulator.admin.subscriptions import SubscriptionInput
from devhook.webhook.topics import topic, topics

HOOKS = "https://tunnel.example/hooks"


@pytest.mark.parametrize("version", ["2025-04", *STABLE, CANDIDATE, UNSTABLE])
def test_every_document_is_valid_in_every_version_that_answers(version):
    for document in subscriptions.documents(version).model_dump().values():
        assert validate(schema(answered(version)), parse(document)) == []


async def test_a_subscription_is_created_with_the_given_options(shop, client):
    made = await subscriptions.create(
        client,
        SubscriptionRequest(
            topic="ORDERS_UPDATED",
            uri=HOOKS,
            format=PayloadFormat.XML,
            name="devhook-1",
            filter="currency:EUR",
            include_fields=("id", "updated_at"),
            metafield_namespaces=("custom",),
        ),
    )

    assert isinstance(made, Subscription)
    (kept,) = shop.subscriptions
    assert (made.id, made.topic, made.uri, made.format) == (kept.id, "orders/updated", HOOKS, "XML")
    assert (made.name, made.filter, made.include_fields) == (
        "devhook-1",
        "currency:EUR",
        ("id", "updated_at"),
    )
    assert (made.api_version, made.created_at) == ("2026-10", kept.created_at)
    assert kept.metafield_namespaces == ("custom",)


async def test_options_that_are_not_given_are_left_to_the_shop(shop, client):
    await subscriptions.create(client, SubscriptionRequest(topic="orders/paid", uri=HOOKS))

    (kept,) = shop.subscriptions
    assert (kept.name, kept.filter, kept.include_fields) == (None, None, ())


async def test_a_version_without_names_is_not_asked_for_one(shop):
    client = await shop.client(api_version="2026-01")

    made = await subscriptions.create(
        client, SubscriptionRequest(topic="orders/paid", uri=HOOKS, name="devhook-1")
    )

    assert made.name is None
    assert [kept.name for kept in shop.subscriptions] == [None]


async def test_every_topic_of_the_catalogue_that_https_delivers_can_be_made(shop, client):
    shop.installation.scopes = frozenset(scope for each in topics() for scope in each.scopes)
    shop.server.throttle.restore_rate = 10_000
    wanted = [each for each in topics() if each.http_delivery]

    made = [
        await subscriptions.create(
            client,
            SubscriptionRequest(topic=each.name, uri=HOOKS, filter="id:1" if each.filter_required else None),
        )
        for each in wanted
    ]

    assert [each.topic for each in made] == [each.name for each in wanted]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"uri": "http://tunnel.example/"}, "not_https"),
        ({"uri": "https://localhost:3000/"}, "internal_address"),
        ({"uri": "https://harbour-lamps.myshopify.com/"}, "own_domain"),
        ({"uri": "tunnel.example"}, "bad_address"),
        ({"uri": " "}, "no_address"),
        ({"uri": HOOKS + "a" * 70_000}, "long_address"),
        ({"topic": "returns/approve", "format": PayloadFormat.XML}, "json_only"),
        ({"uri": "pubsub://a:b", "format": PayloadFormat.XML}, "cloud_json_only"),
        ({"name": "two words"}, "bad_name"),
        ({"filter": "lamp"}, "bad_filter"),
        ({"filter": "title:" + "a" * 70_000}, "long_filter"),
        ({"topic": "products/update"}, "scope"),
        ({"topic": "audit_events/admin_api_activity"}, "not_over_https"),
    ],
)
async def test_what_the_shop_refuses_comes_back_explained(shop, client, asked, code):
    shop.installation.scopes = frozenset({"read_orders", "read_returns"})

    refusal = await subscriptions.create(
        client, SubscriptionRequest(**{"topic": "orders/updated", "uri": HOOKS, **asked})
    )

    assert refusal.code == code
    assert list(shop.subscriptions) == []


async def test_a_taken_address_and_a_taken_name_come_back_explained(shop, client):
    await subscriptions.create(
        client, SubscriptionRequest(topic="orders/updated", uri=HOOKS, name="devhook-1")
    )

    address = await subscriptions.create(client, SubscriptionRequest(topic="orders/updated", uri=HOOKS))
    name = await subscriptions.create(
        client, SubscriptionRequest(topic="orders/paid", uri=HOOKS, name="DEVHOOK-1")
    )

    assert address.message == (
        "harbour-lamps.myshopify.com already delivers orders/updated to https://tunnel.example/hooks,"
        " in the same format and with the same filter."
    )
    assert name.message == (
        "Another subscription in harbour-lamps.myshopify.com already has the name DEVHOOK-1."
    )


async def test_protected_customer_data_comes_back_explained(shop, client):
    shop.installation.protected_customer_data = False

    refusal = await subscriptions.create(client, SubscriptionRequest(topic="orders/updated", uri=HOOKS))

    assert (refusal.code, refusal.kind) == ("customer_data", CredentialsRefused)


async def test_a_topic_that_came_later_is_refused_before_the_shop_is_asked(shop):
    client = await shop.client(api_version="2026-04")

    refusal = await subscriptions.create(
        client, SubscriptionRequest(topic="inventory_transfers/updated", uri=HOOKS)
    )

    assert refusal.message == (
        "inventory_transfers/updated is not in API version 2026-04; it exists since 2026-07."
    )
    assert client.answered_version is None


async def test_a_wrong_topic_is_refused_with_the_nearest(client):
    with pytest.raises(InputError) as failure:
        await subscriptions.create(client, SubscriptionRequest(topic="orders/update", uri=HOOKS))

    assert failure.value.message == "There is no topic 'orders/update'."
    assert failure.value.hint.startswith("Did you mean orders/updated")


async def test_a_subscription_moves_to_another_address(shop, client):
    made = await subscriptions.create(
        client, SubscriptionRequest(topic="orders/updated", uri=HOOKS, name="devhook-1")
    )

    moved = await subscriptions.move(client, made.id, f"{HOOKS}/new")
    refused = await subscriptions.move(client, made.id, "http://a.example/")
    unknown = await subscriptions.move(client, "gid://shopify/WebhookSubscription/1", HOOKS)

    assert (moved.id, moved.uri, moved.name) == (made.id, f"{HOOKS}/new", "devhook-1")
    assert (refused.code, unknown.code) == ("not_https", "gone")


async def test_deleting_tells_whether_it_was_there(shop, client):
    made = await subscriptions.create(client, SubscriptionRequest(topic="orders/updated", uri=HOOKS))

    assert await subscriptions.delete(client, made.id) is True
    assert await subscriptions.delete(client, made.id) is False
    assert list(shop.subscriptions) == []


async def test_a_delete_that_is_refused_otherwise_is_raised(shop, stranger):
    answer = '{"data":{"webhookSubscriptionDelete":{"userErrors":[{"field":null,"message":"Not today"}]}}}'
    stranger.answers = [{"status": 200, "text": answer}]
    client = await shop.client(origin=stranger.origin)

    with pytest.raises(DevhookError) as failure:
        await subscriptions.delete(client, "gid://shopify/WebhookSubscription/1")

    assert failure.value.message == "harbour-lamps.myshopify.com answered: Not today"


async def test_the_list_goes_through_all_pages_oldest_first(shop, client):
    for number in range(203):
        shop.subscriptions.create(
            "orders/updated", SubscriptionInput(uri=f"{HOOKS}/{number}"), api_version="2026-10"
        )

    found = await subscriptions.listed(client)

    assert [each.uri for each in found] == [f"{HOOKS}/{number}" for number in range(203)]


async def test_the_list_is_narrowed_by_address_and_topic(shop, client):
    for name, uri in [("orders/updated", HOOKS), ("orders/paid", HOOKS), ("orders/paid", f"{HOOKS}/2")]:
        shop.subscriptions.create(name, SubscriptionInput(uri=uri), api_version="2026-10")

    async def found(**narrowed):
        return [(each.topic, each.uri) for each in await subscriptions.listed(client, **narrowed)]

    assert await found(uri=HOOKS) == [("orders/updated", HOOKS), ("orders/paid", HOOKS)]
    assert await found(topic="orders/paid") == [("orders/paid", HOOKS), ("orders/paid", f"{HOOKS}/2")]
    assert await found(uri=HOOKS, topic="ORDERS_PAID") == [("orders/paid", HOOKS)]


async def test_the_granted_scopes_are_reported(shop, client):
    shop.installation.scopes = frozenset({"read_orders", "write_products"})

    assert await subscriptions.granted_scopes(client) == {"read_orders", "write_products"}


@pytest.mark.parametrize(
    ("name", "granted", "allowed"),
    [
        ("orders/updated", {"read_orders"}, True),
        ("orders/updated", {"write_orders"}, True),
        ("orders/updated", {"read_products"}, False),
        ("fulfillment_orders/moved", {"read_third_party_fulfillment_orders"}, True),
        ("app/uninstalled", set(), True),
    ],
)
def test_one_of_a_topics_scopes_is_enough_and_write_implies_read(name, granted, allowed):
    assert subscriptions.scopes_allow(topic(name), granted) is allowed
