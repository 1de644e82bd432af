import asyncio
from collections import Counter
from datetime import UTC, datetime
from random import Random

import httpx
import pytest
from pydantic import SecretStr

from devhook.scenario.model import FAULTS, LATE, Action
from devhook.simulator.admin.subscriptions import SubscriptionInput
from devhook.simulator.orders.actions import NotPossible
from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.shop import SimulatedShop
from devhook.webhook.delivery import Signature
from devhook.webhook.payload import read_json
from devhook.webhook.signature import Secret, check
from devhook.webhook.subject import Subject

NOW = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
PUBLIC = "https://demo.devhook.example"
PAID = ["order_transactions/create", "orders/updated", "orders/paid"]


def clock():
    """A clock that stands still."""
    return NOW


@pytest.fixture
def attempts():
    return []


@pytest.fixture
async def shop(endpoint, pauses, attempts):
    opened = SimulatedShop(demo_shop(), random=Random(7), clock=clock, sleep=pauses, listener=attempts.append)
    opened.routes[PUBLIC] = endpoint.origin
    async with opened:
        yield opened


@pytest.fixture
def subscribe(shop):
    def make(*topics, **wish):
        return [
            shop.subscriptions.create(
                topic, SubscriptionInput(uri=f"{PUBLIC}/hook", **wish), api_version="2026-10"
            )
            for topic in topics
        ]

    return make


def signatures(shop, endpoint):
    secret = Secret(name="app", value=shop.secret)
    return [
        check([secret], body, request.headers.get("X-Shopify-Hmac-Sha256")).signature
        for request, body in zip(endpoint.requests, endpoint.bodies, strict=True)
    ]


async def test_an_action_is_told_to_the_subscribers_of_its_topics(shop, subscribe, endpoint):
    subscribe(*PAID)
    await shop.act(Action.CHECK_OUT)
    await shop.idle()
    before = len(endpoint.requests)

    said = await shop.act(Action.PAY)
    await shop.idle()

    assert said == "Order #1001 paid: 3 topics, 3 deliveries."
    assert endpoint.topics[before:] == PAID
    assert set(signatures(shop, endpoint)) == {Signature.VALID}


async def test_a_given_secret_signs_the_deliveries(endpoint, pauses):
    secret = SecretStr("of-an-app-that-is-there")
    opened = SimulatedShop(demo_shop(), random=Random(7), clock=clock, sleep=pauses, secret=secret)
    opened.routes[PUBLIC] = endpoint.origin
    async with opened:
        wish = SubscriptionInput(uri=f"{PUBLIC}/hook")
        opened.subscriptions.create("orders/create", wish, api_version="2026-10")
        await opened.act(Action.CHECK_OUT)
        await opened.idle()

        assert opened.secret is secret
        assert signatures(opened, endpoint) == [Signature.VALID]


async def test_an_attempt_names_the_order_and_where_it_went(shop, subscribe, endpoint, attempts):
    subscribe("fulfillment_orders/order_routing_complete")

    await shop.act(Action.CHECK_OUT)
    await shop.idle()

    assert [(each.envelope.about, each.url) for each in attempts] == [("#1001", f"{endpoint.origin}/hook")]


async def test_what_nobody_subscribed_to_is_counted_and_not_sent(shop, subscribe, endpoint):
    subscribe("orders/paid")
    said = [await shop.act(Action.CHECK_OUT), await shop.act(Action.PAY)]
    await shop.idle()

    assert said == [
        "Order #1001 checked out: 4 topics, 0 deliveries.",
        "Order #1001 paid: 3 topics, 1 delivery.",
    ]
    assert endpoint.topics == ["orders/paid"]


async def test_two_subscriptions_to_a_topic_get_a_delivery_each(shop, subscribe, endpoint):
    subscribe("orders/create")
    subscribe("orders/create", filter="id:1")

    await shop.act(Action.CHECK_OUT)
    await shop.idle()

    assert len(set(endpoint.headers("X-Shopify-Webhook-Id"))) == 2
    assert endpoint.bodies[0] == endpoint.bodies[1]


async def test_a_cloud_queue_is_not_delivered_to(shop, attempts):
    shop.subscriptions.create(
        "orders/create", SubscriptionInput(uri="pubsub://project:topic"), api_version="2026-10"
    )

    said = await shop.act(Action.CHECK_OUT)
    await shop.idle()

    assert said.endswith(" 0 deliveries.")
    assert attempts == []


async def test_the_deliveries_of_an_action_share_event_and_time_and_have_ids_of_their_own(
    shop, subscribe, endpoint
):
    subscribe(*PAID)
    await shop.act(Action.CHECK_OUT)
    await shop.act(Action.PAY)
    await shop.idle()

    webhooks, events, times = (
        Counter(endpoint.headers(f"X-Shopify-{name}")) for name in ("Webhook-Id", "Event-Id", "Triggered-At")
    )
    assert max(webhooks.values()) == 1
    assert sorted(events.values()) == sorted(times.values())
    assert len(events) == 2


async def test_a_later_action_has_a_later_time_even_if_the_clock_stands_still(shop, subscribe, endpoint):
    subscribe("orders/updated")
    await shop.act(Action.CHECK_OUT)
    for _ in range(5):
        await shop.act(Action.NOTE)
    await shop.idle()

    times = endpoint.headers("X-Shopify-Triggered-At")
    assert times == sorted(times)
    assert len(set(times)) == 6
    assert times[0].startswith("2026-11-23T09:15:00.000000")


async def test_the_body_is_what_the_order_was_when_it_happened(shop, subscribe, endpoint):
    subscribe("orders/updated")
    await shop.act(Action.CHECK_OUT)
    await shop.act(Action.NOTE, note="one")
    await shop.act(Action.NOTE, note="two")
    await shop.idle()

    assert [read_json(body)["note"] for body in endpoint.bodies][1:] == ["one", "two"]


async def test_an_action_goes_to_the_newest_order_unless_another_is_named(shop):
    await shop.act(Action.CHECK_OUT)
    await shop.act(Action.CHECK_OUT)
    first = next(iter(shop.orders))

    assert (await shop.act(Action.NOTE)).startswith("Order #1002 ")
    assert (await shop.act(Action.NOTE, first)).startswith("Order #1001 ")


async def test_a_deleted_order_is_not_the_newest_any_more(shop):
    for _ in range(2):
        await shop.act(Action.CHECK_OUT)
    await shop.act(Action.CANCEL)
    await shop.act(Action.DELETE)

    assert (await shop.act(Action.NOTE)).startswith("Order #1001 ")
    assert [order.deleted for order in shop.orders.values()] == [False, True]


async def test_what_cannot_be_done_says_why_and_sends_nothing(shop, subscribe, endpoint):
    with pytest.raises(NotPossible, match="has no order"):
        await shop.act(Action.PAY)
    subscribe("orders/updated")
    await shop.act(Action.CHECK_OUT)
    await shop.idle()
    before = len(endpoint.requests)

    with pytest.raises(NotPossible, match="#1001"):
        await shop.act(Action.TRACK)
    with pytest.raises(NotPossible, match="id 7"):
        await shop.act(Action.PAY, 7)
    await shop.idle()

    assert len(endpoint.requests) == before


async def test_what_is_possible_is_known_beforehand(shop):
    assert [action for action in Action if shop.refusal(action) is None] == [Action.CHECK_OUT]
    assert shop.refusal(Action.PAY).hint == "Check out first."

    await shop.act(Action.CHECK_OUT)

    assert shop.refusal(Action.PAY) is None
    assert shop.refusal(Action.TRACK, next(iter(shop.orders))) is not None
    assert shop.refusal(Action.CHECK_OUT) is None


async def test_a_subject_finds_its_order_and_any_other_the_newest(shop):
    assert shop.order_of(None) is None
    for _ in range(2):
        await shop.act(Action.CHECK_OUT)
    first, second = shop.orders.values()

    def subject(kind, id_):
        return Subject(kind=kind, id=str(id_), name=None, document="order")

    assert shop.order_of(subject("order", first.id)) is first
    assert shop.order_of(subject("order", 7)) is second
    assert shop.order_of(subject("order", "gid://shopify/Order/7")) is second
    assert shop.order_of(subject("product", first.id)) is second


async def test_a_duplicate_is_the_same_request_once_more(shop, subscribe, endpoint):
    subscribe("orders/create", "orders/updated")

    said = await shop.act(Action.CHECK_OUT, fault="duplicate")
    await shop.idle()

    assert said == "Order #1001 checked out: 4 topics, 4 deliveries, sent twice with one Webhook-Id."
    assert endpoint.topics == ["orders/create", "orders/updated"] * 2
    assert endpoint.requests[0].raw_headers == endpoint.requests[2].raw_headers
    assert endpoint.bodies[:2] == endpoint.bodies[2:]


async def test_a_late_delivery_comes_after_those_of_the_next_action(shop, subscribe, endpoint):
    subscribe("orders/updated", "orders/edited")
    await shop.act(Action.CHECK_OUT)
    said = [await shop.act(Action.NOTE, fault=LATE), await shop.act(Action.EDIT)]
    await shop.idle()

    times = endpoint.headers("X-Shopify-Triggered-At")
    assert said == [
        "Order #1001 got a note: 1 topic, 1 delivery, held back until after the next action.",
        "Order #1001 edited: 2 topics, 2 deliveries, and 1 held back before.",
    ]
    assert endpoint.topics == ["orders/updated", "orders/edited", "orders/updated", "orders/updated"]
    assert times[0] < times[3] < times[1] == times[2]


async def test_two_late_actions_in_a_row_each_come_after_the_one_that_followed(shop, subscribe, endpoint):
    subscribe("orders/updated")
    await shop.act(Action.CHECK_OUT)
    for note, fault in (("one", LATE), ("two", LATE), ("three", None)):
        await shop.act(Action.NOTE, fault=fault, note=note)
    await shop.idle()

    assert [read_json(body)["note"] for body in endpoint.bodies][1:] == ["three", "two", "one"]


async def test_an_action_without_deliveries_does_not_release_late_ones(shop, subscribe, endpoint):
    subscribe("orders/updated")
    await shop.act(Action.CHECK_OUT)
    await shop.act(Action.CANCEL, fault=LATE)
    await shop.act(Action.DELETE)
    await shop.idle()
    before = len(endpoint.requests)

    released = shop.release()
    await shop.idle()

    assert (before, released, len(endpoint.requests)) == (1, 1, 2)
    assert shop.release() == 0


@pytest.mark.parametrize(
    ("fault", "signature", "told"),
    [
        ("body", Signature.INVALID, "one byte of the body altered after signing"),
        ("secret", Signature.INVALID, "signed with another secret"),
        ("missing-signature", Signature.MISSING, "no X-Shopify-Hmac-Sha256"),
    ],
)
async def test_a_forged_delivery_is_refused_once_and_never_tried_again(
    fault, signature, told, shop, subscribe, endpoint, attempts
):
    subscribe("orders/updated")
    await shop.act(Action.CHECK_OUT)
    await shop.idle()
    endpoint.answers(401)

    said = await shop.act(Action.NOTE, fault=fault)
    await shop.idle()

    assert said == f"Order #1001 got a note: 1 topic, 1 delivery, {told}."
    assert signatures(shop, endpoint) == [Signature.VALID, signature]
    assert [(each.number, each.retry_in) for each in attempts] == [(1, None), (1, None)]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_can_be_had_at_once_in_a_shop_without_orders(fault, shop, subscribe, endpoint):
    subscribe("orders/updated")

    said = await shop.inject(fault)
    await shop.idle()

    assert said.startswith("Order #1001 got ")
    assert len(endpoint.requests) == {"duplicate": 3, LATE: 3, "huge": 1}.get(fault, 2)


async def test_an_injected_late_delivery_is_overtaken_by_a_second_note(shop, subscribe, endpoint):
    subscribe("orders/updated")
    await shop.act(Action.CHECK_OUT)

    said = await shop.inject(LATE)
    await shop.idle()

    created, second, first = endpoint.headers("X-Shopify-Triggered-At")
    assert said == "Order #1001 got two notes: the first is delivered after the second."
    assert created < first < second


async def test_a_fault_is_injected_into_the_order_that_is_named(shop, subscribe):
    subscribe("orders/updated")
    for _ in range(2):
        await shop.act(Action.CHECK_OUT)

    assert (await shop.inject(LATE, next(iter(shop.orders)))).startswith("Order #1001 ")


async def test_without_subscriptions_no_late_delivery_is_held(shop):
    assert await shop.inject(LATE) == "Order #1001 got a note: 1 topic, 0 deliveries."
    assert shop.release() == 0


async def test_acting_does_not_wait_for_the_endpoint(shop, subscribe, endpoint):
    going_on = asyncio.Event()
    answer = endpoint.answer

    async def patient(request):
        await going_on.wait()
        return await answer(request)

    endpoint.answer = patient
    subscribe("orders/updated")
    for action in (Action.CHECK_OUT, Action.NOTE, Action.PAY):
        await shop.act(action)
    await endpoint.came(1)

    going_on.set()
    await shop.idle()
    assert len(endpoint.requests) == 3


async def test_the_admin_api_gives_subscriptions_that_are_delivered_to(shop, endpoint):
    query = """mutation($wish: WebhookSubscriptionInput!) {
      webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: $wish) { userErrors { message } }
    }"""
    async with httpx.AsyncClient(trust_env=False) as client:
        granted = await client.post(
            f"{shop.admin.url}/admin/oauth/access_token",
            data={
                "grant_type": "client_credentials",
                "client_id": shop.client_id,
                "client_secret": shop.secret.get_secret_value(),
            },
        )
        for token in (granted.json()["access_token"], shop.access_token.get_secret_value()):
            answer = await client.post(
                f"{shop.admin.url}/admin/api/2026-10/graphql.json",
                json={"query": query, "variables": {"wish": {"uri": f"{PUBLIC}/{token[-4:]}"}}},
                headers={"X-Shopify-Access-Token": token},
            )
            assert answer.json()["data"]["webhookSubscriptionCreate"]["userErrors"] == []

    await shop.act(Action.CHECK_OUT)
    await shop.idle()

    assert endpoint.topics == ["orders/create"] * 2
    assert endpoint.headers("Host") == ["demo.devhook.example"] * 2
    assert set(signatures(shop, endpoint)) == {Signature.VALID}


async def test_equal_seeds_and_clocks_give_equal_orders_whoever_listens(endpoint):
    async def bodies(*topics):
        async with SimulatedShop(demo_shop(), random=Random(11), clock=clock) as shop:
            shop.routes[PUBLIC] = endpoint.origin
            for topic in topics:
                shop.subscriptions.create(topic, SubscriptionInput(uri=f"{PUBLIC}/"), api_version="2026-10")
            for action in (Action.CHECK_OUT, Action.PAY, Action.CHECK_OUT):
                await shop.act(action)
            await shop.idle()
            return shop.secret, [order.body() for order in shop.orders.values()]

    assert await bodies() == await bodies("orders/create", "orders/paid")
    assert endpoint.topics == ["orders/create", "orders/paid", "orders/create"]
