"""A presentation: real runs with a receiver process, a simulated shop and an inbox."""

import asyncio

import pytest

from devhook.scenario.loading import load_scenario, scenario_names
from devhook.scenario.model import Action, AnswerStep, RetryStep, Scenario, Step
from devhook.session.demo import DemoOptions, demonstrating
from devhook.session.presentation import Presentation, demonstrating_with_lessons
from devhook.simulator.orders.actions import NotPossible

FAILING = Scenario(
    title="A failure",
    steps=(
        Step(do=Action.CHECK_OUT),
        AnswerStep(do="answer", faults=("500@orders/paid",)),
        Step(do=Action.PAY),
        RetryStep(do="retry", times=8),
        Step(do=Action.NOTE, text="Ring twice", fault="secret"),
    ),
)


async def nothing():
    pass


def presenting(scenario, **options):
    return Presentation(DemoOptions(scenario=scenario, **options))


def state(presentation):
    """What there is at a step, without times."""
    session = presentation.session
    while session.read().new:
        pass
    rows = [
        (row.id, row.topic, row.subject.name, row.signature, row.verdict, row.status, row.webhook_id)
        for row in session.inbox.rows()
    ]
    shop = session.simulated
    waiting = [(retry.attempt.topic, retry.attempt.number) for retry in shop.delivery_worker.retries]
    orders = [(order.id, order.name) for order in shop.orders.values()]
    return rows, waiting, orders, session.status().faults, session.status().leases


@pytest.mark.thorough
async def test_every_step_that_is_gone_back_to_is_as_it_was():
    async with presenting(FAILING) as presentation:
        seen = [state(presentation)]
        for _ in FAILING.steps:
            await presentation.forward()
            await removals_noticed(presentation)
            seen.append(state(presentation))
        assert presentation.at == 5
        await presentation.forward()
        assert presentation.at == 5

        for at in (4, 3, 0):
            before = presentation.session
            shown = []

            async def take_up(shown=shown):
                shown.append(presentation.session)

            presentation.goal = at
            await presentation.back(take_up)
            assert shown == [presentation.session] != [before]
            await removals_noticed(presentation)

            assert presentation.at == at
            assert state(presentation) == seen[at]

    # One subscription was lost on the way.
    assert [each[4] for each in seen] == [15, 15, 15, 15, 14, 14]
    assert seen[3][1] == [("orders/paid", 1)]
    assert seen[4][1] == []


async def removals_noticed(presentation):
    """The shop's removal of a subscription reaches the journal in the background."""
    session = presentation.session
    kept = len(list(session.simulated.subscriptions))
    async with asyncio.timeout(30):
        while session.status().leases != kept:  # noqa: ASYNC110 - it is written to a file
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("name", [name for name in scenario_names() if load_scenario(name).sets_answers])
async def test_a_lesson_with_failures_comes_to_what_it_expects(name):
    lesson = load_scenario(name)
    async with presenting(lesson) as presentation:
        for _ in lesson.steps:
            await presentation.forward()
        session = presentation.session
        async with asyncio.timeout(30):
            while session.tally.deliveries < lesson.expect.deliveries:
                session.read()
                await asyncio.sleep(0.01)
        session.read()

    assert {**session.tally.model_dump(), **lesson.expect.model_dump()} == session.tally.model_dump()


@pytest.mark.thorough
async def test_of_several_ways_back_at_once_the_last_counts():
    async with presenting(FAILING) as presentation:
        for _ in range(3):
            await presentation.forward()
        shown = []

        async def take_up():
            shown.append(presentation.at)

        going = []
        for at in (2, 1, 0):
            presentation.goal = at
            going.append(presentation.back(take_up))
        await asyncio.gather(*going)

    assert shown == [0]


@pytest.mark.thorough
async def test_it_is_masked_and_what_the_presenter_shows_stays_shown():
    async with presenting(FAILING) as presentation:
        mask = presentation.session.mask
        assert mask is not None
        await presentation.forward()
        presentation.goal = 0
        await presentation.back(nothing)
        assert presentation.session.mask is mask

        presentation.session.toggle_mask()
        await presentation.forward()
        presentation.goal = 0
        await presentation.back(nothing)
        assert presentation.session.mask is None


@pytest.mark.thorough
async def test_a_step_that_is_not_possible_says_why_and_can_be_tried_again():
    scenario = Scenario(title="x", steps=(Step(do=Action.CHECK_OUT), Step(do=Action.PAY)))
    async with presenting(scenario) as presentation:
        await presentation.forward()
        await presentation.session.simulated.act(Action.CANCEL)

        for _ in range(2):
            with pytest.raises(NotPossible):
                await presentation.forward()

        assert presentation.at == 1
        presentation.goal = 0
        await presentation.back(nothing)
        assert presentation.at == 0


async def test_a_receiver_that_dies_ends_the_presentation_with_its_failure():
    async with presenting(FAILING) as presentation:
        presentation.session.stop(NotPossible("The receiver ended.", ""))

        async with asyncio.timeout(30):
            await presentation.wait_until_stopping()

    assert presentation.is_stopping
    assert presentation.failure.message == "The receiver ended."


@pytest.mark.thorough
async def test_a_demo_presents_beside_what_it_plays_and_closes_both():
    options = DemoOptions(scenario=Scenario(title="x", steps=(Step(do=Action.CHECK_OUT),)), judged=False)
    async with demonstrating_with_lessons(options, lambda _: None) as session:
        presentation = await session.present(FAILING)
        await presentation.forward()
        inner = presentation.session
        assert inner.inbox.path != session.inbox.path
        folder = inner.inbox.path

    assert not folder.exists()
    async with demonstrating(options, lambda _: None) as session:
        assert session.present is None


async def test_an_opening_that_is_cancelled_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    opening = asyncio.ensure_future(presenting(FAILING).__aenter__())
    async with asyncio.timeout(30):
        while not list(tmp_path.glob("devhook-demo-*")):  # noqa: ASYNC110 - the same
            await asyncio.sleep(0.001)
    opening.cancel()

    with pytest.raises(asyncio.CancelledError):
        await opening
    assert list(tmp_path.glob("devhook-demo-*")) == []
