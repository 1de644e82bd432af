import asyncio
import contextlib
import socket
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count, pairwise

import pytest
from aiohttp import web

from devhook.sender.retries import PAUSES
from devhook.simulator.admin.installation import Installation
from devhook.simulator.admin.subscriptions import SubscriptionInput, Subscriptions
from devhook.simulator.delivery_worker import DeliveryWorker
from devhook.simulator.envelope import Envelope
from devhook.webhook.answer import Failure

NOW = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
PUBLIC = "https://hooks.example.com"
ELSEWHERE = "https://elsewhere.example.com"


@pytest.fixture
def subscriptions():
    return Subscriptions(
        Installation(clock=lambda: NOW), domain="kiln-and-clay.myshopify.com", clock=lambda: NOW
    )


@pytest.fixture
def subscribe(subscriptions):
    def make(topic="orders/updated", uri=f"{PUBLIC}/hook"):
        return subscriptions.create(topic, SubscriptionInput(uri=uri), api_version="2026-10")

    return make


@pytest.fixture
def letter():
    numbers = count(1)

    def make(subscription, **changes):
        webhook_id = f"webhook-{next(numbers)}"
        made = Envelope(
            subscription_id=subscription.id,
            topic=subscription.topic,
            webhook_id=webhook_id,
            address=subscription.uri,
            headers=(("X-Shopify-Topic", subscription.topic), ("X-Shopify-Webhook-Id", webhook_id)),
            body=b'{"id":1}',
        )
        return replace(made, **changes)

    return make


@pytest.fixture
def worker_for(subscriptions, pauses):
    @contextlib.asynccontextmanager
    async def make(*, speed=1.0, **routes):
        attempts = []
        worker = DeliveryWorker(
            subscriptions,
            routes={PUBLIC: routes.get("public"), ELSEWHERE: routes.get("elsewhere")},
            speed=speed,
            listener=attempts.append,
            clock=lambda: NOW,
            sleep=pauses,
        )
        async with worker:
            yield worker, attempts

    return make


@pytest.fixture
def dead_origin():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_eight_pauses_each_twice_the_last_come_to_four_hours():
    assert len(PAUSES) == 8
    assert sum(PAUSES) == pytest.approx(4 * 60 * 60)
    assert all(later == 2 * earlier for earlier, later in pairwise(PAUSES))


async def test_an_envelope_arrives_with_its_headers_its_bytes_and_the_public_host(
    endpoint, subscribe, letter, worker_for
):
    async with worker_for(public=endpoint.origin) as (worker, attempts):
        worker.post(letter(subscribe()))
        await worker.idle()

    request = endpoint.requests[0]
    assert (request.method, request.path, request.host) == ("POST", "/hook", "hooks.example.com")
    assert request.headers["X-Shopify-Webhook-Id"] == "webhook-1"
    assert endpoint.bodies == [b'{"id":1}']
    assert [(each.webhook_id, each.topic, each.number, each.at) for each in attempts] == [
        ("webhook-1", "orders/updated", 1, NOW)
    ]
    assert attempts[0].answer.status == 200
    assert attempts[0].retry_in is None


async def test_an_address_without_a_route_is_asked_itself(endpoint, subscribe, letter, worker_for):
    async with worker_for() as (worker, _):
        worker.post(letter(subscribe(), address=f"{endpoint.origin}/direct"))
        await worker.idle()

    assert [request.path for request in endpoint.requests] == ["/direct"]


@pytest.mark.parametrize("status", [200, 201, 204, 299])
async def test_any_2xx_is_a_success(status, endpoint, subscribe, letter, worker_for, pauses):
    endpoint.answers(status)
    async with worker_for(public=endpoint.origin) as (worker, _):
        worker.post(letter(subscribe()))
        await worker.idle()

    assert len(endpoint.requests) == 1
    assert pauses.asked == []


@pytest.mark.parametrize("status", [302, 308, 401, 404, 500, 503])
async def test_anything_else_is_tried_again(status, endpoint, subscribe, letter, worker_for, pauses):
    endpoint.answers(status, 200)
    async with worker_for(public=endpoint.origin) as (worker, attempts):
        worker.post(letter(subscribe()))
        await worker.idle()

    assert [each.answer.status for each in attempts] == [status, 200]
    assert [each.retry_in for each in attempts] == [PAUSES[0], None]
    assert pauses.asked == [PAUSES[0]]


async def test_a_retry_carries_the_same_headers_and_bytes_as_the_first_try(
    endpoint, subscribe, letter, worker_for
):
    endpoint.answers(500, 200)
    async with worker_for(public=endpoint.origin) as (worker, _):
        worker.post(letter(subscribe()))
        await worker.idle()

    first, again = endpoint.requests
    assert again.raw_headers == first.raw_headers
    assert endpoint.bodies[0] == endpoint.bodies[1]


async def test_a_retry_goes_to_the_first_address_even_if_the_subscription_has_a_new_one(
    endpoint, another_endpoint, subscriptions, subscribe, letter, worker_for, pauses
):
    endpoint.answers(500, 200)
    pauses.hold()
    subscription = subscribe()
    async with worker_for(public=endpoint.origin, elsewhere=another_endpoint.origin) as (worker, _):
        worker.post(letter(subscription))
        await worker.idle(retries=False)
        subscriptions.update(subscription.id, SubscriptionInput(uri=f"{ELSEWHERE}/new"))
        pauses.release()
        await worker.idle()

    assert len(endpoint.requests) == 2
    assert another_endpoint.requests == []


async def test_a_dead_endpoint_gets_eight_retries_over_four_hours_and_loses_its_subscription(
    dead_origin, subscriptions, subscribe, letter, worker_for, pauses
):
    subscription = subscribe()
    async with worker_for(public=dead_origin) as (worker, attempts):
        worker.post(letter(subscription))
        await worker.idle()

    assert [each.number for each in attempts] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert {each.answer.failure for each in attempts} == {Failure.REFUSED}
    assert pauses.asked == list(PAUSES)
    assert [each.removed for each in attempts] == [False] * 8 + [True]
    assert subscriptions.get(subscription.id) is None


async def test_retries_come_sooner_by_the_speed(endpoint, subscribe, letter, worker_for, pauses):
    endpoint.answers(500, 500, 200)
    async with worker_for(public=endpoint.origin, speed=100.0) as (worker, _):
        worker.post(letter(subscribe()))
        await worker.idle()

    assert pauses.asked == [PAUSES[0] / 100, PAUSES[1] / 100]


async def test_failed_retries_of_several_deliveries_are_counted_together(
    dead_origin, subscriptions, subscribe, letter, worker_for
):
    subscription = subscribe()
    async with worker_for(public=dead_origin) as (worker, attempts):
        for _ in range(4):
            worker.post(letter(subscription))
        await worker.idle()

    assert [each.number > 1 for each in attempts].count(True) >= 8
    assert [each.removed for each in attempts].count(True) == 1
    assert subscriptions.get(subscription.id) is None


async def test_a_success_starts_the_count_of_failures_again(
    endpoint, subscriptions, subscribe, letter, worker_for
):
    endpoint.answers(*[500] * 8, 200, *[500] * 8, 200)
    subscription = subscribe()
    async with worker_for(public=endpoint.origin) as (worker, attempts):
        for _ in range(2):
            worker.post(letter(subscription))
            await worker.idle()

    assert [each.number for each in attempts] == [1, 2, 3, 4, 5, 6, 7, 8, 9] * 2
    assert subscriptions.get(subscription.id) is not None


async def test_waiting_retries_are_dropped_when_the_subscription_is_removed(
    endpoint, subscribe, letter, worker_for, pauses
):
    endpoint.answers(500)
    pauses.hold(first=1)
    subscription = subscribe()
    async with worker_for(public=endpoint.origin) as (worker, attempts):
        worker.post(letter(subscription))
        await worker.idle(retries=False)
        worker.post(letter(subscription))
        await worker.idle()

    assert attempts[-1].removed
    assert [each.webhook_id for each in attempts] == ["webhook-1"] + ["webhook-2"] * 9


async def test_the_failure_that_ends_a_subscription_tells_how_many_retries_are_dropped(
    endpoint, subscribe, letter, worker_for, pauses
):
    endpoint.answers(500)
    pauses.hold(first=2)
    subscription = subscribe()
    async with worker_for(public=endpoint.origin) as (worker, attempts):
        for _ in range(2):
            worker.post(letter(subscription))
        await worker.idle(retries=False)
        worker.post(letter(subscription))
        await worker.idle()

    assert [each.dropped for each in attempts] == [0] * (len(attempts) - 1) + [2]
    assert worker.retries == ()


async def test_what_is_tried_again_is_known_with_its_time_the_next_one_first(
    endpoint, subscribe, letter, worker_for, pauses
):
    endpoint.answers(500, 200, 500, 500)
    subscription = subscribe()
    async with worker_for(public=endpoint.origin, speed=10.0) as (worker, attempts):
        worker.post(letter(subscription))
        await worker.idle()
        assert worker.retries == ()
        pauses.hold()
        worker.post(letter(subscription))
        await worker.idle(retries=False)
        worker.speed = 20.0
        worker.post(letter(subscription))
        await worker.idle(retries=False)

        waiting = worker.retries

    assert [each.attempt.webhook_id for each in waiting] == ["webhook-3", "webhook-2"]
    assert [(each.due - NOW).total_seconds() for each in waiting] == [
        pytest.approx(PAUSES[0] / 20, abs=1e-5),
        pytest.approx(PAUSES[0] / 10, abs=1e-5),
    ]
    assert {each.attempt.shopify_retry_in for each in waiting} == {PAUSES[0]}
    assert attempts[1].shopify_retry_in is None


async def test_what_is_being_tried_again_is_known_until_it_is_answered(
    endpoint, subscribe, letter, worker_for
):
    asked, going_on = asyncio.Event(), asyncio.Event()

    async def answer(request):
        if len(endpoint.requests) == 1:
            return web.Response(status=500)
        asked.set()
        await going_on.wait()
        return web.Response()

    endpoint.answer = answer
    async with worker_for(public=endpoint.origin) as (worker, _):
        worker.post(letter(subscribe()))
        await asked.wait()
        under_way = worker.retries
        going_on.set()
        await worker.idle()
        done = worker.retries

    assert [each.attempt.number for each in under_way] == [1]
    assert done == ()


async def test_waiting_retries_can_be_sent_at_once(endpoint, subscribe, letter, worker_for, pauses):
    endpoint.answers(500, 500, 500, 200)
    pauses.hold()
    subscription = subscribe()
    async with worker_for(public=endpoint.origin) as (worker, attempts):
        assert worker.retry_now() == 0
        for _ in range(2):
            worker.post(letter(subscription))
        await worker.idle(retries=False)
        assert worker.retry_now() == 2
        await endpoint.came(4)
        await worker.idle(retries=False)

        assert len(worker.retries) == 1
        assert sorted(each.number for each in attempts) == [1, 1, 2, 2]


async def test_failures_are_counted_from_the_first_retry_on(endpoint, subscribe, letter, worker_for, pauses):
    endpoint.answers(500, 500, 200)
    pauses.hold()
    subscription = subscribe()
    counted = []
    async with worker_for(public=endpoint.origin) as (worker, _):
        worker.post(letter(subscription))
        for tries in (1, 2, 3):
            await endpoint.came(tries)
            await worker.idle(retries=False)
            counted.append(worker.failures(subscription.id))
            worker.retry_now()

    assert counted == [0, 1, 0]


async def test_a_delivery_without_a_next_attempt_is_no_retry(
    endpoint, subscriptions, subscribe, letter, worker_for, pauses
):
    endpoint.answers(500)
    pauses.hold()
    subscription = subscribe()
    async with worker_for(public=endpoint.origin) as (worker, _):
        worker.post(letter(subscription))
        await worker.idle(retries=False)
        assert len(worker.retries) == 1
        subscriptions.delete(subscription.id)

        assert worker.retries == ()


async def test_a_retry_is_dropped_when_the_app_deletes_its_subscription(
    endpoint, subscriptions, subscribe, letter, worker_for, pauses
):
    endpoint.answers(500)
    pauses.hold()
    subscription = subscribe()
    async with worker_for(public=endpoint.origin) as (worker, attempts):
        worker.post(letter(subscription))
        await worker.idle(retries=False)
        subscriptions.delete(subscription.id)
        pauses.release()
        await worker.idle()

    assert len(attempts) == 1


async def test_a_forged_delivery_is_sent_once_and_is_no_failure_of_the_subscription(
    endpoint, subscriptions, subscribe, letter, worker_for, pauses
):
    endpoint.answers(401)
    subscription = subscribe()
    async with worker_for(public=endpoint.origin) as (worker, attempts):
        for _ in range(10):
            worker.post(letter(subscription, forged=True))
        await worker.idle()

    assert [each.number for each in attempts] == [1] * 10
    assert pauses.asked == []
    assert subscriptions.get(subscription.id) is not None


async def test_what_is_posted_first_arrives_first_however_slow_the_endpoint(
    endpoint, subscribe, letter, worker_for
):
    at_once = []
    open_requests = 0

    async def answer(request):
        nonlocal open_requests
        open_requests += 1
        at_once.append(open_requests)
        await asyncio.sleep(0.001)
        open_requests -= 1
        return web.Response()

    endpoint.answer = answer
    topics = ["orders/create", "orders/paid", "orders/updated"]
    kept = [subscribe(topic) for topic in topics]
    async with worker_for(public=endpoint.origin) as (worker, _):
        for _ in range(5):
            for subscription in kept:
                worker.post(letter(subscription))
        await worker.idle()

    assert endpoint.topics == topics * 5
    assert max(at_once) == 1


async def test_a_slow_endpoint_delays_only_what_goes_to_itself(
    endpoint, another_endpoint, subscribe, letter, worker_for
):
    going_on = asyncio.Event()

    async def answer(request):
        await going_on.wait()
        return web.Response()

    endpoint.answer = answer
    slow, quick = subscribe(), subscribe(uri=f"{ELSEWHERE}/hook")
    async with worker_for(public=endpoint.origin, elsewhere=another_endpoint.origin) as (
        worker,
        attempts,
    ):
        for subscription in (slow, slow, quick, quick):
            worker.post(letter(subscription))
        await endpoint.came(1)
        await another_endpoint.came(2)
        waiting = len(endpoint.requests)
        going_on.set()
        await worker.idle()

    assert waiting == 1
    assert [each.subscription_id for each in attempts].index(slow.id) == 2
    assert len(endpoint.requests) == 2


async def test_an_endpoint_that_hangs_is_given_up_and_tried_again(
    endpoint, subscribe, letter, worker_for, monkeypatch
):
    monkeypatch.setattr("devhook.simulator.delivery_worker.TOTAL_TIMEOUT", 0.05)
    asked = 0

    async def answer(request):
        nonlocal asked
        asked += 1
        if asked == 1:
            await asyncio.Event().wait()
        return web.Response()

    endpoint.answer = answer
    async with worker_for(public=endpoint.origin) as (worker, attempts):
        worker.post(letter(subscribe()))
        await worker.idle()

    assert [each.answer.failure for each in attempts] == [Failure.NO_ANSWER, None]


async def test_idle_returns_at_once_without_work(worker_for):
    async with worker_for() as (worker, _):
        await worker.idle()


async def test_closing_drops_running_and_waiting_deliveries(
    endpoint, another_endpoint, subscribe, letter, worker_for, pauses
):
    async def never(request):
        await asyncio.Event().wait()

    endpoint.answer = never
    another_endpoint.answers(500)
    pauses.hold()
    async with worker_for(public=endpoint.origin, elsewhere=another_endpoint.origin) as (
        worker,
        attempts,
    ):
        worker.post(letter(subscribe()))
        worker.post(letter(subscribe("orders/paid")))
        worker.post(letter(subscribe(uri=f"{ELSEWHERE}/hook")))
        await endpoint.came(1)
        await another_endpoint.came(1)

    assert len(endpoint.requests) == 1
    assert len(attempts) <= 1


async def test_an_error_inside_the_block_is_raised_unchanged(worker_for):
    with pytest.raises(LookupError, match="of the body"):
        async with worker_for() as _:
            raise LookupError("of the body")


async def test_a_cancelled_block_closes_cleanly(endpoint, subscribe, letter, worker_for):
    async def never(request):
        await asyncio.Event().wait()

    endpoint.answer = never

    async def delivering():
        async with worker_for(public=endpoint.origin) as (worker, _):
            worker.post(letter(subscribe()))
            await worker.idle()

    running = asyncio.ensure_future(delivering())
    await endpoint.came(1)
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running


async def test_an_error_of_the_listener_is_not_swallowed(endpoint, subscriptions, subscribe, letter):
    def listener(attempt):
        raise LookupError("of the listener")

    async def delivering():
        async with DeliveryWorker(
            subscriptions, routes={PUBLIC: endpoint.origin}, listener=listener
        ) as worker:
            worker.post(letter(subscribe()))
            await asyncio.Event().wait()

    with pytest.raises(ExceptionGroup) as caught:
        await delivering()

    assert caught.group_contains(LookupError, match="of the listener")


async def test_the_worker_can_be_closed_inside_its_block(endpoint, subscribe, letter, worker_for):
    async with worker_for(public=endpoint.origin) as (worker, attempts):
        worker.post(letter(subscribe()))
        await worker.aclose()

    assert attempts == []
