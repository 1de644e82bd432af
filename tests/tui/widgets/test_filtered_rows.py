from datetime import UTC, datetime

from devhook.analysis.verdict import Verdict
from devhook.filter.language import Filter
from devhook.tui.widgets.filtered_rows import FilteredRows

NOW = datetime(2026, 3, 14, 15, tzinfo=UTC)


def ids(rows):
    return [row.id for row in rows]


def test_rows_are_sorted_by_id(row):
    deliveries = FilteredRows()
    deliveries.add([row(3), row(4)])
    deliveries.add([row(5)])
    deliveries.add_older([row(1), row(2)])
    deliveries.examine(10)

    assert ids(deliveries.shown) == [1, 2, 3, 4, 5]
    assert deliveries.oldest == 1


def test_a_newer_state_of_a_row_replaces_the_older_one(row):
    deliveries = FilteredRows()
    deliveries.add([row(1), row(2)])

    added = deliveries.add([row(1, verdict=Verdict.FIRST), row(3)])

    assert added == 1
    assert ids(deliveries.shown) == [1, 2, 3]
    assert deliveries.shown[0].verdict is Verdict.FIRST


def test_only_matching_rows_are_shown(row):
    deliveries = FilteredRows()
    deliveries.narrow(Filter.parse("refunds/*", NOW))

    added = deliveries.add([row(1), row(2, topic="refunds/create"), row(3)])

    assert added == 1
    assert ids(deliveries.shown) == [2]
    assert deliveries.known == 3


def test_a_new_filter_is_applied_in_portions_newest_first(row):
    deliveries = FilteredRows()
    deliveries.add(
        [row(number, topic="orders/paid" if number % 2 else "orders/edited") for number in range(1, 101)]
    )
    deliveries.narrow(Filter.parse("paid", NOW))

    assert (ids(deliveries.shown), deliveries.unexamined) == ([], 100)
    assert deliveries.examine(10) == 5
    assert (ids(deliveries.shown), deliveries.unexamined) == ([91, 93, 95, 97, 99], 90)
    assert deliveries.examine(1000) == 45
    assert deliveries.unexamined == 0
    assert ids(deliveries.shown) == list(range(1, 100, 2))


def test_rows_added_while_a_filter_is_applied_are_sorted_in(row):
    deliveries = FilteredRows()
    deliveries.add([row(1), row(2)])
    deliveries.narrow(Filter.parse("orders", NOW))
    deliveries.add([row(3)])
    deliveries.examine(10)

    assert ids(deliveries.shown) == [1, 2, 3]


def test_a_hidden_row_s_neighbour_is_the_next_older_one(row):
    deliveries = FilteredRows()
    deliveries.add([row(2), row(4), row(6)])

    assert deliveries.place(4) == 1
    assert deliveries.place(5) is None
    assert deliveries.nearest(5) == 1
    assert deliveries.nearest(1) == 0
    assert deliveries.nearest(9) == 2
    assert FilteredRows().nearest(5) is None
