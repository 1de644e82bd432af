import asyncio
import math
from datetime import UTC, datetime
from random import Random

import pytest

from devhook.scenario.loading import load_scenario, scenario_names
from devhook.scenario.model import LATE, Action, AnswerStep, RetryStep, Scenario, Step
from devhook.simulator.admin.subscriptions import SubscriptionInput
from devhook.simulator.orders.actions import TOPICS, NotPossible
from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.play import play
from devhook.simulator.shop import SimulatedShop
from devhook.webhook.payload import read_json

NOW = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
PUBLIC = "https://demo.devhook.example"


@pytest.fixture
async def shop(endpoint):
    opened = SimulatedShop(demo_shop(), random=Random(7), clock=lambda: NOW)
    opened.routes[PUBLIC] = endpoint.origin
    opened.subscriptions.create(
        "orders/updated", SubscriptionInput(uri=f"{PUBLIC}/hook"), api_version="2026-10"
    )
    async with opened:
        yield opened


def scenario(*steps):
    return Scenario(title="Of a test", steps=steps)


def notes(endpoint):
    return [read_json(body)["note"] for body in endpoint.bodies]


async def test_steps_happen_in_order_and_each_is_reported(shop, endpoint):
    told = []
    steps = (Step(do=Action.CHECK_OUT), Step(do=Action.NOTE, note="Ring twice"), Step(do=Action.PAY))

    await play(scenario(*steps), shop, None, on_step=told.append)

    assert told == [
        "Step 1 of 3: Order #1001 checked out: 4 topics, 1 delivery.",
        "Step 2 of 3: Order #1001 got a note: 1 topic, 1 delivery.",
        "Step 3 of 3: Order #1001 paid: 3 topics, 1 delivery.",
    ]
    assert notes(endpoint)[1:] == ["Ring twice", "Ring twice"]


@pytest.mark.parametrize(("speed", "asked"), [(1.0, [0.0, 1.5, 3.0]), (2.0, [0.0, 0.75, 1.5])])
async def test_the_pauses_are_divided_by_the_speed(speed, asked, shop, pauses):
    steps = (Step(do=Action.CHECK_OUT), Step(do=Action.NOTE, after=1.5), Step(do=Action.NOTE, after=3.0))

    await play(scenario(*steps), shop, speed, sleep=pauses)

    assert pauses.asked == asked


@pytest.mark.parametrize("speed", [None, math.inf])
async def test_without_a_speed_there_are_no_pauses(speed, shop, endpoint, pauses):
    steps = (Step(do=Action.CHECK_OUT), Step(do=Action.NOTE, after=3600.0))

    await play(scenario(*steps), shop, speed, sleep=pauses)

    assert pauses.asked == []
    assert len(endpoint.requests) == 2


async def test_a_step_is_repeated_as_often_as_it_says(shop, endpoint, pauses):
    told = []
    steps = (Step(do=Action.CHECK_OUT), Step(do=Action.NOTE, after=1.0, times=3))

    await play(scenario(*steps), shop, 1.0, on_step=told.append, sleep=pauses)

    assert told[-1].startswith("Step 4 of 4: ")
    assert pauses.asked == [0.0, 1.0, 1.0, 1.0]
    assert len(endpoint.requests) == 4


async def test_an_order_is_found_by_its_turn_in_the_scenario_or_its_name(shop):
    told = []
    await shop.act(Action.CHECK_OUT)
    steps = (
        Step(do=Action.CHECK_OUT, times=2),
        Step(do=Action.NOTE, order=1),
        Step(do=Action.NOTE, order="#1001"),
        Step(do=Action.NOTE),
    )

    await play(scenario(*steps), shop, None, on_step=told.append)

    assert [sentence.partition("#")[2][:4] for sentence in told[2:]] == ["1002", "1001", "1003"]


async def test_each_step_is_delivered_before_the_next_when_there_are_no_pauses(shop, endpoint):
    under_way = []
    answer = endpoint.answer

    async def slowly(request):
        await asyncio.sleep(0)
        under_way.append(read_json(endpoint.bodies[-1])["note"])
        return await answer(request)

    endpoint.answer = slowly
    seen = []
    steps = [Step(do=Action.CHECK_OUT), *(Step(do=Action.NOTE, note=str(number)) for number in range(5))]

    await play(scenario(*steps), shop, None, on_step=lambda _: seen.append(len(under_way)))

    assert seen == [0, 1, 2, 3, 4, 5]
    assert under_way[1:] == ["0", "1", "2", "3", "4"]


async def test_what_is_late_comes_after_the_next_step(shop, endpoint):
    steps = (
        Step(do=Action.CHECK_OUT),
        Step(do=Action.NOTE, note="one", fault=LATE),
        Step(do=Action.NOTE, note="two"),
    )

    await play(scenario(*steps), shop, None)

    assert notes(endpoint)[1:] == ["two", "one"]


async def test_what_nothing_came_after_is_released_at_the_end(shop, endpoint):
    steps = (
        Step(do=Action.CHECK_OUT),
        Step(do=Action.CANCEL, fault=LATE),
        Step(do=Action.DELETE),
    )

    await play(scenario(*steps), shop, None)

    assert len(endpoint.requests) == 2
    assert shop.release() == 0


async def test_a_step_that_does_not_fit_its_order_is_named(shop, endpoint):
    steps = (Step(do=Action.CHECK_OUT), Step(do=Action.TRACK), Step(do=Action.NOTE))

    with pytest.raises(NotPossible, match=r"^Step 2 of 3, track: .*#1001") as caught:
        await play(scenario(*steps), shop, None)

    assert caught.value.hint == "Fulfil it first."
    assert len(endpoint.requests) == 1


async def test_an_order_that_does_not_exist_is_named(shop):
    steps = (Step(do=Action.CHECK_OUT), Step(do=Action.NOTE, order="#9999"))

    with pytest.raises(NotPossible, match="Step 2 of 2, note: Order #9999 does not exist"):
        await play(scenario(*steps), shop, None)


async def test_playing_does_not_wait_for_retries(shop, endpoint):
    endpoint.answers(500)

    await play(scenario(Step(do=Action.CHECK_OUT), Step(do=Action.NOTE)), shop, None)

    assert len(endpoint.requests) == 2


async def test_playing_can_be_cancelled_in_a_pause_and_the_shop_goes_on(shop, endpoint):
    pausing = asyncio.Event()

    async def sleep(seconds):
        if seconds:
            pausing.set()
            await asyncio.Event().wait()

    steps = (Step(do=Action.CHECK_OUT), Step(do=Action.PAY, after=1.0))
    playing = asyncio.ensure_future(play(scenario(*steps), shop, 1.0, sleep=sleep))
    await pausing.wait()

    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing

    assert await shop.act(Action.PAY) == "Order #1001 paid: 3 topics, 1 delivery."
    await shop.idle()
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize("name", [name for name in scenario_names() if not load_scenario(name).sets_answers])
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_scenarios_that_come_along_send_as_many_deliveries_as_they_say(name, seed, endpoint):
    brought_along = load_scenario(name)
    async with SimulatedShop(demo_shop(), random=Random(seed)) as shop:
        shop.routes[PUBLIC] = endpoint.origin
        for topic in TOPICS:
            shop.subscriptions.create(topic, SubscriptionInput(uri=f"{PUBLIC}/hook"), api_version="2026-10")

        await play(brought_along, shop, None)

    assert len(endpoint.requests) == brought_along.expect.deliveries


async def test_a_step_sets_the_answers_and_another_sends_the_waiting_retries(shop, endpoint):
    told, answers = [], []

    async def answer_with(faults):
        answers.append([str(fault) for fault in faults])
        endpoint.answers(500 if faults else 200)

    steps = (
        Step(do=Action.CHECK_OUT),
        AnswerStep(do="answer", faults=("500@orders/updated",)),
        Step(do=Action.PAY),
        RetryStep(do="retry", times=2),
        AnswerStep(do="answer", faults=()),
        RetryStep(do="retry"),
    )

    await play(scenario(*steps), shop, None, on_step=told.append, answer_with=answer_with)

    assert answers == [["500@orders/updated"], []]
    assert told[1] == "Step 2 of 7: Deliveries are answered with 500@orders/updated from now on."
    assert [each.partition(": ")[2] for each in told[3:]] == [
        "Retried 1 delivery.",
        "Retried 1 delivery.",
        "Deliveries are answered as usual from now on.",
        "Retried 1 delivery.",
    ]
    assert len(endpoint.requests) == 1 + 1 + 3


async def test_where_another_program_answers_a_step_sets_nothing(shop):
    told = []

    await play(scenario(AnswerStep(do="answer", faults=("drop",))), shop, None, on_step=told.append)

    assert told == ["Step 1 of 1: The step has no effect: your endpoint answers."]
