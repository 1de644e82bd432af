from datetime import UTC, datetime

import pytest
from textual import on

from devhook.analysis.verdict import Verdict
from devhook.filter.language import Filter
from devhook.tui.terminal_app import TerminalApp
from devhook.tui.widgets.delivery_list import DeliveryList
from devhook.webhook.subject import Subject

NOW = datetime(2026, 3, 14, 15, tzinfo=UTC)
ORDER = Subject(kind="order", id="5501", name="#1001", document="order")


class Host(TerminalApp):
    """A list alone on a screen; keeps the requests to mark everything."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def compose(self):
        yield DeliveryList()

    @on(DeliveryList.AllRequested)
    def _all(self, message):
        self.asked.append(message.filter)


@pytest.fixture
def rows(row):
    return lambda first, last, **facts: [row(number, **facts) for number in range(first, last + 1)]


@pytest.fixture
def an_action(row):
    """Deliveries 1 to 4; 2, 3 and 4 are of one action, which 3 leads."""
    whole = [Verdict.FIRST, Verdict.UNCHANGED, Verdict.CHANGED, Verdict.UNCHANGED]
    events = [None, "B", "B", "B"]
    return [
        row(number, event_id=event, verdict=verdict, subject=ORDER)
        for number, (event, verdict) in enumerate(zip(events, whole, strict=True), start=1)
    ]


def signs(app):
    """The first cell of each line."""
    strips = app.screen._compositor.render_strips()
    return "".join("".join(segment.text for segment in strip)[0] for strip in strips).rstrip()


async def test_space_marks_and_unmarks_and_goes_to_the_next_line(rows):
    async with Host().run_test(size=(80, 8)) as pilot:
        deliveries = pilot.app.query_one(DeliveryList)
        deliveries.add(rows(1, 5))
        assert (deliveries.picked, deliveries.marked) == ([5], [])

        await pilot.press("space", "down", "space")
        assert (deliveries.marked, deliveries.selected.id) == ([3, 5], 2)
        assert deliveries.picked == [3, 5]
        assert signs(pilot.app) == "▐ ▐▌"
        assert deliveries.summary().plain == "Deliveries 5+ · 2 marked · F follows"

        await pilot.press("up")
        assert signs(pilot.app) == "▐ █"
        await pilot.press("space")
        assert (deliveries.marked, deliveries.picked) == ([5], [5])


@pytest.mark.parametrize(
    ("keys", "marked", "ends"),
    [
        (["shift+down", "shift+down"], [3, 4, 5], False),
        (["shift+down", "shift+down", "shift+up"], [4, 5], False),
        (["shift+down", "down", "down", "shift+down"], [1, 2, 4, 5], False),
        (["space", "down", "v", "down"], [2, 3, 5], True),
        (["v", "end"], [1, 2, 3, 4, 5], True),
        (["v", "down", "v", "down"], [4, 5], False),
        (["v", "down", "space", "down"], [4, 5], False),
        (["end", "v", "up", "up", "down"], [1, 2], True),
    ],
)
async def test_a_range_is_marked_from_where_it_began_to_the_cursor(rows, keys, marked, ends):
    async with Host().run_test(size=(80, 8)) as pilot:
        deliveries = pilot.app.query_one(DeliveryList)
        deliveries.add(rows(1, 5))

        await pilot.press(*keys)

        assert deliveries.marked == marked
        assert ("v ends the range" in deliveries.summary().plain) is ends
        deliveries.add(rows(6, 9))
        assert deliveries.marked == marked


async def test_giving_up_a_range_keeps_the_marks_from_before_it(rows):
    async with Host().run_test(size=(80, 8)) as pilot:
        deliveries = pilot.app.query_one(DeliveryList)
        deliveries.add(rows(1, 5))
        await pilot.press("space", "down", "v", "down")
        assert deliveries.marked == [2, 3, 5]

        assert deliveries.step_back()
        assert deliveries.marked == [5]
        assert deliveries.step_back()
        assert deliveries.marked == []
        assert not deliveries.step_back()


async def test_the_line_of_an_action_marks_its_deliveries(an_action):
    async with Host().run_test(size=(80, 8)) as pilot:
        deliveries = pilot.app.query_one(DeliveryList)
        deliveries.add(an_action)
        await pilot.press("space")
        assert deliveries.marked == [2, 3, 4]

        await pilot.press("up", "z", "down", "space")
        assert (deliveries.marked, signs(pilot.app)) == ([2, 3], "▗ █")
        await pilot.press("z")
        assert signs(pilot.app) == "▙"
        await pilot.press("space")
        assert deliveries.marked == [2, 3, 4]
        await pilot.press("up", "space")
        assert deliveries.marked == []


async def test_marks_stay_while_rows_arrive_are_read_again_and_are_hidden(rows):
    async with Host().run_test(size=(80, 8)) as pilot:
        deliveries = pilot.app.query_one(DeliveryList)
        deliveries.add(rows(1, 5))
        await pilot.press("space", "space")
        deliveries.add(rows(5, 5, topic="orders/edited"))
        deliveries.narrow(Filter.parse("orders/edited", NOW))
        assert deliveries.marked == [4, 5]
        assert " · 2 marked, 1 hidden" in deliveries.summary().plain

        deliveries.follow()
        deliveries.narrow(Filter())
        deliveries.add(rows(6, 7))
        await pilot.pause()
        assert (deliveries.marked, signs(pilot.app)) == ([4, 5], "▌ ▐▐")

        deliveries.unmark([4])
        assert deliveries.marked == [5]


async def test_everything_that_matches_is_asked_for_and_marked_in_portions(rows):
    async with Host().run_test(size=(80, 8)) as pilot:
        deliveries = pilot.app.query_one(DeliveryList)
        await pilot.press("asterisk")
        assert (pilot.app.asked, deliveries.gathers) == ([], False)

        deliveries.add(rows(101, 105))
        await pilot.press("asterisk")
        await pilot.pause()
        assert (pilot.app.asked, deliveries.gathers) == ([deliveries.filter], True)
        deliveries.gather([105, 7], last=False)
        assert " · 2 marked… · " in deliveries.summary().plain
        deliveries.gather([3], last=True)
        assert (deliveries.marked, deliveries.gathers) == ([3, 7, 105], False)

        for stop in (deliveries.step_back, lambda: deliveries.narrow(Filter())):
            await pilot.press("ctrl+a")
            stop()
            assert not deliveries.gathers


async def test_a_click_with_ctrl_marks(rows):
    async with Host().run_test(size=(80, 8)) as pilot:
        deliveries = pilot.app.query_one(DeliveryList)
        deliveries.add(rows(1, 5))

        await pilot.click(DeliveryList, offset=(10, 2), control=True)
        await pilot.click(DeliveryList, offset=(10, 3))

        assert (deliveries.marked, deliveries.selected.id) == ([3], 2)
