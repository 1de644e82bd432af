import sqlite3
from types import NoneType

import pytest

from devhook.inbox.deliveries import Answered
from devhook.inbox.failures import DamagedInbox, reading_rows
from devhook.inbox.listed_row import ROWS, row_of
from devhook.inbox.readings import Reader
from devhook.webhook.answer import Answer

NOT_ALLOWED = {int: ("x", b"x", 0.5), str: (5, b"x"), NoneType: (b"x", 0.5)}


@pytest.fixture
def found(inbox, arrival, order):
    """Make what the statement finds, read or not."""

    def make(*, is_read=True):
        inbox.add([arrival("orders/updated", order(1))])
        inbox.add([], [Answered(delivery_id=1, by="http://a", at=arrival().delivery.received_at, answer=OK)])
        if is_read:
            Reader(inbox, after=0).read_new()
        (row,) = inbox.query(f"{ROWS} WHERE d.id = 1")
        return row

    return make


OK = Answer(status=200, seconds=0.5)


def made(columns):
    """Make a row of SQLite of these columns."""
    with sqlite3.connect(":memory:") as connection:
        connection.row_factory = sqlite3.Row
        selected = ", ".join(f"? AS {name}" for name in columns)
        return connection.execute(f"SELECT {selected}", list(columns.values())).fetchone()


def is_damaged(columns, inbox):
    try:
        with reading_rows(inbox.path):
            row_of(made(columns))
    except DamagedInbox:
        return True
    return False


def test_a_column_of_another_type_is_damage(found, inbox):
    columns = dict(found())
    assert not is_damaged(columns, inbox)

    for name, value in columns.items():
        for other in NOT_ALLOWED[type(value)]:
            assert is_damaged(columns | {name: other}, inbox), (name, other)


def test_a_reading_that_lacks_a_column_is_damage(found, inbox):
    columns = dict(found())
    needed = ("document", "change_count", "hint", "unreadable", "changed", "redundant", "says", "summary")

    for name in needed:
        assert is_damaged(columns | {name: None}, inbox), name
    assert is_damaged(columns | {"verdict": None}, inbox)


def test_a_word_that_devhook_does_not_know_is_damage(found, inbox):
    columns = dict(found()) | {"checksum": -1, "target_checksum": -1}
    assert not is_damaged(columns, inbox)

    for name in ("signature", "origin", "verdict", "target_failure"):
        assert is_damaged(columns | {name: "other"}, inbox), name


def test_a_delivery_that_is_not_read_has_the_fields_of_no_reading(found, inbox):
    row = row_of(found(is_read=False))

    assert (row.verdict, row.subject, row.summary, row.changed) == (None, None, "", ())
    assert row.target.status == 200
    assert row == inbox.row(1)
