from datetime import UTC, datetime

import pytest
from textual import on

from devhook.filter.language import Filter
from devhook.tui.terminal_app import TerminalApp
from devhook.tui.widgets.delivery_list import DeliveryList

NOW = datetime(2026, 3, 14, 15, tzinfo=UTC)


class Host(TerminalApp):
    """A list alone on a screen; keeps its messages."""

    def __init__(self):
        super().__init__()
        self.said = []
        self.counted = 0

    def compose(self):
        yield DeliveryList()

    @on(DeliveryList.Selected)
    def _selected(self, message):
        self.said.append(message.row and message.row.id)

    @on(DeliveryList.OpenRequested)
    def _opened(self, message):
        self.said.append(("open", message.row.id))

    @on(DeliveryList.SummaryChanged)
    def _changed(self):
        self.counted += 1

    @on(DeliveryList.OlderRequested)
    def _older(self, message):
        self.said.append(("older than", message.delivery))


@pytest.fixture
def rows(row):
    return lambda first, last, **facts: [row(number, **facts) for number in range(first, last + 1)]


def shown(app):
    strips = app.screen._compositor.render_strips()
    lines = ["".join(segment.text for segment in strip) for strip in strips]
    return [int(line[1:].split()[0]) for line in lines if line[1:].split()]


def cursor(app):
    strips = app.screen._compositor.render_strips()
    return [number for number, strip in enumerate(strips) if any("▌" in segment.text for segment in strip)]


async def test_the_newest_row_is_on_top_and_is_followed(rows):
    async with Host().run_test(size=(80, 10)) as pilot:
        deliveries = pilot.app.query_one(DeliveryList)
        deliveries.add(rows(1, 3))
        await pilot.pause()
        assert (shown(pilot.app), cursor(pilot.app)) == ([3, 2, 1], [0])

        deliveries.add(rows(4, 4))
        await pilot.pause()

        assert (shown(pilot.app), cursor(pilot.app)) == ([4, 3, 2, 1], [0])
        assert pilot.app.said == [3, 4]
        assert "following" in deliveries.summary().plain


async def test_moving_the_cursor_stops_following_and_keeps_the_selection(rows):
    async with Host().run_test(size=(80, 10)) as pilot:
        deliveries = pilot.app.query_one(DeliveryList)
        deliveries.add(rows(1, 5))
        await pilot.press("j", "down", "k")
        assert deliveries.selected.id == 4

        deliveries.add(rows(6, 8))
        await pilot.pause()

        assert deliveries.selected.id == 4
        assert (shown(pilot.app)[:3], cursor(pilot.app)) == ([8, 7, 6], [4])
        assert deliveries.summary().plain == "Deliveries 8+ · 3 new · F follows"


async def test_visible_rows_keep_their_place_while_others_are_added_above(rows):
    async with Host().run_test(size=(80, 10)) as pilot:
        deliveries = pilot.app.query_one(DeliveryList)
        deliveries.add(rows(1, 50))
        await pilot.press("pagedown", "pagedown")
        before = shown(pilot.app)

        deliveries.add(rows(51, 350))
        await pilot.pause()

        assert shown(pilot.app) == before


async def test_follow_goes_to_the_newest_row(rows):
    async with Host().run_test(size=(80, 10)) as pilot:
        deliveries = pilot.app.query_one(DeliveryList)
        deliveries.add(rows(1, 50))
        await pilot.press("end")
        assert deliveries.selected.id == 1

        deliveries.follow()
        deliveries.add(rows(51, 51))
        await pilot.pause()

        assert (deliveries.selected.id, deliveries.new_above) == (51, 0)
        assert shown(pilot.app)[0] == 51


@pytest.mark.parametrize(
    ("keys", "selected"),
    [
        (["end"], 1),
        (["end", "home"], 50),
        (["end", "g"], 50),
        (["pagedown"], 41),
        (["pagedown", "pageup"], 50),
        (["down"] * 3 + ["up"] * 9, 50),
        (["end", "down"], 1),
    ],
)
async def test_the_keys_move_by_lines_pages_and_to_the_ends(rows, keys, selected):
    async with Host().run_test(size=(80, 10)) as pilot:
        deliveries = pilot.app.query_one(DeliveryList)
        deliveries.add(rows(1, 50))

        await pilot.press(*keys)

        assert deliveries.selected.id == selected
        assert not deliveries.following
        assert len(cursor(pilot.app)) == 1


async def test_a_click_selects_and_a_second_click_opens(rows):
    async with Host().run_test(size=(80, 10)) as pilot:
        deliveries = pilot.app.query_one(DeliveryList)
        deliveries.add(rows(1, 5))

        await pilot.click(DeliveryList, offset=(10, 2))
        assert deliveries.selected.id == 3
        assert ("open", 3) not in pilot.app.said

        await pilot.double_click(DeliveryList, offset=(10, 3))
        await pilot.pause()
        assert pilot.app.said[-1] == ("open", 2)

        await pilot.click(DeliveryList, offset=(10, 8))
        assert deliveries.selected.id == 2


async def test_older_rows_are_requested_near_the_end_until_the_last(rows):
    async with Host().run_test(size=(80, 10)) as pilot:
        deliveries = pilot.app.query_one(DeliveryList)
        deliveries.add(rows(101, 200))
        await pilot.pause()
        assert ("older than", 101) not in pilot.app.said

        await pilot.press("end")
        await pilot.pause()
        assert ("older than", 101) in pilot.app.said
        deliveries.add_older(rows(51, 100), last=False)
        await pilot.pause()
        assert deliveries.selected.id == 101
        await pilot.press("end")
        await pilot.pause()
        assert ("older than", 51) in pilot.app.said
        deliveries.add_older(rows(1, 50), last=True)
        await pilot.press("end")
        await pilot.pause()

        assert deliveries.selected.id == 1
        assert ("older than", 1) not in pilot.app.said
        assert deliveries.known == 200


async def test_a_filter_keeps_the_selection_where_it_can(rows, row):
    async with Host().run_test(size=(80, 10)) as pilot:
        deliveries = pilot.app.query_one(DeliveryList)
        deliveries.add(
            [row(number, topic="orders/paid" if number % 3 else "refunds/create") for number in range(1, 31)]
        )
        await pilot.press("down", "down", "down")
        assert deliveries.selected.id == 27

        deliveries.narrow(Filter.parse("refunds/*", NOW))
        await pilot.pause()
        assert (deliveries.selected.id, shown(pilot.app)[:3]) == (27, [30, 27, 24])
        assert deliveries.summary().plain == "Deliveries 10 of 30+ searching… · F follows"

        deliveries.narrow(Filter.parse("orders/paid", NOW))
        await pilot.pause()
        assert deliveries.selected.id == 26

        deliveries.narrow(Filter.parse("nothing", NOW))
        await pilot.pause()
        assert (deliveries.selected, cursor(pilot.app)) == (None, [])

        deliveries.narrow(Filter())
        await pilot.pause()
        assert deliveries.selected is not None
        assert len(deliveries.shown) == 30


async def test_what_a_filter_hides_is_not_counted_as_new(rows):
    async with Host().run_test(size=(80, 10)) as pilot:
        deliveries = pilot.app.query_one(DeliveryList)
        deliveries.narrow(Filter.parse("orders/*", NOW))
        deliveries.add(rows(1, 3))
        await pilot.press("down")

        deliveries.add([*rows(4, 5, topic="refunds/create"), *rows(6, 6)])
        await pilot.pause()

        assert deliveries.new_above == 1
        assert deliveries.selected.id == 2


async def test_a_row_that_is_read_later_is_drawn_and_announced_again(rows):
    async with Host().run_test(size=(80, 10)) as pilot:
        deliveries = pilot.app.query_one(DeliveryList)
        deliveries.add(rows(1, 2))
        await pilot.press("down")
        pilot.app.said.clear()

        deliveries.add(rows(1, 1, topic="orders/edited"))
        await pilot.pause()

        assert pilot.app.said == [1]
        assert deliveries.selected.topic == "orders/edited"


async def test_a_hundred_thousand_rows_open_are_walked_through_and_added_to(rows):
    async with Host().run_test(size=(120, 40)) as pilot:
        deliveries = pilot.app.query_one(DeliveryList)
        deliveries.add_older(rows(1, 100_000), last=True)
        while deliveries._deliveries.unexamined:
            await pilot.pause()
        assert shown(pilot.app)[:2] == [100_000, 99_999]
        assert len(shown(pilot.app)) == 40

        await pilot.press("end")
        assert (deliveries.selected.id, shown(pilot.app)[-1]) == (1, 1)

        deliveries.add(rows(100_001, 100_200))
        await pilot.pause()
        assert (deliveries.selected.id, shown(pilot.app)[-1]) == (1, 1)
        assert deliveries.new_above == 200


async def test_a_burst_is_announced_once(rows):
    async with Host().run_test(size=(80, 10)) as pilot:
        deliveries = pilot.app.query_one(DeliveryList)
        await pilot.pause()
        before = pilot.app.counted

        deliveries.add(rows(1, 500))
        await pilot.pause()

        assert pilot.app.said == [500]
        assert pilot.app.counted == before + 1


async def test_columns_follow_the_width(rows):
    async with Host().run_test(size=(200, 10)) as pilot:
        pilot.app.query_one(DeliveryList).add(rows(1, 1))
        await pilot.pause()
        wide = "".join(segment.text for segment in pilot.app.screen._compositor.render_strips()[0])
        await pilot.resize_terminal(50, 10)
        await pilot.pause()
        narrow = "".join(segment.text for segment in pilot.app.screen._compositor.render_strips()[0])

    assert "14:02:00.713" in wide
    assert "14:02:00 " in narrow
    assert len(narrow) == 50
