from datetime import UTC, datetime

import pytest

from devhook.errors import InputError
from devhook.filter.selection import Selection, reads_as_selection
from devhook.filter.word import WrongWord


def selected(inbox, *words, **how):
    return Selection.parse(" ".join(words), datetime.now(UTC)).resolve(inbox, **how)


def ids(inbox, *words, **how):
    return [row.id for row in selected(inbox, *words).rows(**how)]


@pytest.fixture
def five(inbox, arrival, order):
    """Five deliveries: orders 1, 3 and 5, a refund 2, and an order 4 that changed."""
    inbox.add(
        [
            arrival("orders/updated", order(), webhook_id="w-1"),
            arrival("refunds/create", {"id": 9}, webhook_id="w-2"),
            arrival("orders/updated", order(2), webhook_id="w-3"),
            arrival("orders/updated", order(note="x"), webhook_id="w-4"),
            arrival("orders/updated", order(3), webhook_id="w-5"),
        ]
    )
    return inbox


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), [1, 2, 3, 4, 5]),
        (("3",), [3]),
        (("last",), [5]),
        (("-1",), [5]),
        (("-2",), [4]),
        (("-2 last",), [4, 5]),
        (("2-4",), [2, 3, 4]),
        (("4-99",), [4, 5]),
        (("4", "2", "4"), [2, 4]),
        (("3-4", "2-3", "1"), [1, 2, 3, 4]),
        (("topic:refunds/*",), [2]),
        (("-topic:refunds/*", "#2001"), [1, 4]),
        (("1", "2", "topic:orders/*"), [1]),
        (("3-5", "is:first"), [3, 5]),
        (("4", "is:first"), []),
        (("last", "-is:first"), []),
        (("changed:note",), [4]),
        (('"3"',), [3, 5]),
        (("٣",), []),
        (("id:3..4",), [3, 4]),
    ],
)
def test_ids_are_alternatives_and_every_other_word_must_match(five, words, found):
    assert ids(five, *words) == found
    wanted = selected(five, *words).filter
    assert [row.id for row in five.rows() if wanted.matches(row)] == found


@pytest.mark.parametrize(
    ("words", "found"),
    [("5 2-3 5", [5, 2, 3, 5]), ("last 1", [5, 1]), ("5 4 3 is:first", [5, 3]), ("", [1, 2, 3, 4, 5])],
)
def test_ids_may_be_taken_in_the_order_in_which_they_are_given(five, words, found):
    assert ids(five, words, as_given=True) == found


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("6", "The inbox contains no delivery 6."),
        ("0", "The inbox contains no delivery 0."),
        ("8-9", "The inbox contains no delivery 8-9."),
        ("1 77", "The inbox contains no delivery 77."),
        ("99999999999999999999999", "The inbox contains no delivery 99999999999999999999999."),
        ("-6", "The inbox contains only 5 deliveries."),
        ("4-2", "4-2 is not a range of ids."),
    ],
)
def test_an_id_that_does_not_exist_is_reported_with_the_newest_one(five, words, message):
    with pytest.raises(InputError) as refused:
        selected(five, words)

    assert refused.value.message == message
    assert "The newest one is 5" in refused.value.hint or "2-4" in refused.value.hint


def test_a_missing_id_suggests_the_order_of_that_number(five):
    with pytest.raises(InputError) as refused:
        selected(five, "2001")

    assert "order:2001" in refused.value.hint


def test_a_delivery_that_was_removed_is_reported(five):
    with five.writing() as connection:
        connection.execute("DELETE FROM deliveries WHERE id = 3")

    assert ids(five, "2-4") == [2, 4]
    with pytest.raises(InputError, match="no delivery 3"):
        selected(five, "3")


def test_an_upcoming_id_may_not_have_come_yet(five):
    assert selected(five, "6-7 9", upcoming=True).filter
    with pytest.raises(InputError, match="no delivery 0"):
        selected(five, "0", upcoming=True)


@pytest.mark.parametrize("words", ["1", "last", "-1", "3-5"])
def test_an_empty_inbox_is_reported(inbox, words):
    with pytest.raises(InputError, match="The inbox is empty"):
        selected(inbox, words)


def test_a_few_are_no_more_than_are_asked_for(five):
    assert [row.id for row in selected(five, "4 2").few(2, as_given=True)] == [4, 2]
    with pytest.raises(InputError, match="is:first selects more than 1 delivery"):
        selected(five, "is:first").few(1)
    with pytest.raises(InputError, match="No delivery in the inbox matches orders/paid"):
        selected(five, "orders/paid").few(1)


def test_deliveries_that_arrive_meanwhile_are_not_selected(five, arrival):
    rows = selected(five).rows()
    next(rows)
    five.add([arrival(), arrival()])

    assert [row.id for row in rows] == [2, 3, 4, 5]


@pytest.mark.thorough
def test_a_selection_spans_many_pages(inbox, arrival):
    inbox.add([arrival("orders/paid" if number % 2 else "orders/edited") for number in range(2_500)])

    assert ids(inbox) == list(range(1, 2_501))
    assert ids(inbox, "1-2400") == list(range(1, 2_401))
    assert ids(inbox, "2000-2500 topic:orders/paid 1-4") == [2, 4, *range(2_000, 2_501, 2)]


def test_a_wrong_word_beside_ids_is_reported_with_its_place():
    with pytest.raises(WrongWord, match=r"Unknown value is:firts \(column 5\)\."):
        Selection.parse("3-5 is:firts", datetime.now(UTC))


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("12", True), ("last", True), ("-2", True), ("3-5", True), ("order:#1001 last", True), ("", False),
     ("payload.json", False), ("C:/orders.json", False), ('"12', False), ("12 payload.json", False)],
)  # fmt: skip
def test_a_selection_is_distinguished_from_a_file_name(text, is_one):
    assert reads_as_selection(text) is is_one
