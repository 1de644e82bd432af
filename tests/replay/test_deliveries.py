from datetime import UTC, datetime

import pytest

from devhook.errors import InputError
from devhook.filter.selection import Selection
from devhook.replay.deliveries import select_deliveries


def order(version, **fields):
    return {"id": 1, "name": "#1001", "updated_at": f"2026-07-04T12:00:{version:02}Z"} | fields


def selected(inbox, *words):
    return Selection.parse(" ".join(words), datetime.now(UTC)).resolve(inbox)


def ids(inbox, *words, **how):
    return list(select_deliveries(inbox, selected(inbox, *words), **how).ids)


def test_without_words_everything_is_chosen_in_the_order_of_arrival(inbox, fill):
    fill(3)

    assert ids(inbox) == [1, 2, 3]


def test_ids_are_chosen_in_the_order_in_which_they_are_given(inbox, fill):
    fill(9)

    assert ids(inbox, "7", "2-4", "7") == [7, 2, 3, 4, 7]


def test_a_range_leaves_out_what_is_not_there(inbox, fill):
    fill(3)

    assert ids(inbox, "2-99") == [2, 3]


def test_an_id_that_does_not_exist_is_named(inbox, fill):
    fill(1)

    with pytest.raises(InputError, match="The inbox contains no delivery 12"):
        select_deliveries(inbox, selected(inbox, "1", "12"))


def test_words_are_those_of_a_filter_and_may_speak_of_what_was_not_read_yet(inbox, fill):
    fill(order(1), order(2, note="x"), order(2, note="x"))
    fill({"id": 9, "name": "#1009"}, topic="orders/paid")

    assert ids(inbox, "orders/paid") == [4]
    assert ids(inbox, "#1001", "unchanged") == [3]


@pytest.mark.parametrize(
    ("words", "how", "told"),
    [
        ((), {}, "The inbox is empty."),
        (("orders/paid",), {}, "The inbox is empty."),
        ((), {"only_late": True}, "None of these deliveries is late."),
    ],
)
def test_nothing_to_send_is_said_with_what_to_do(words, how, told, inbox):
    with pytest.raises(InputError) as refused:
        select_deliveries(inbox, selected(inbox, *words), **how)

    assert refused.value.message == told
    assert refused.value.hint


def test_words_that_match_nothing_are_told(inbox, fill):
    fill(1)

    with pytest.raises(InputError, match="No delivery in the inbox matches refunds"):
        select_deliveries(inbox, selected(inbox, "refunds/create"))


def test_only_late_is_each_late_one_after_the_newest_that_came_before_it(inbox, fill):
    fill(
        order(1),
        order(5, note="newest"),
        order(3, note="late"),
        {"id": 2, "name": "#1002"},
        order(2, note="later still"),
        order(9, note="in order again"),
        order(8, note="late again"),
    )

    assert ids(inbox, only_late=True) == [2, 3, 5, 6, 7]
    assert ids(inbox, "7", only_late=True) == [6, 7]


def test_the_moments_of_what_is_chosen_come_along(inbox, fill):
    fill(4, seconds=2.5)

    chosen = select_deliveries(inbox, selected(inbox))

    assert [moment - chosen.moments[0] for moment in chosen.moments] == [0, 2_500_000, 5_000_000, 7_500_000]
    assert chosen.seconds == 7.5


def test_many_pages_are_read(inbox, fill):
    fill(2_500)

    assert ids(inbox) == list(range(1, 2_501))
    assert ids(inbox, "1-2400") == list(range(1, 2_401))
