import pytest

from devhook.inbox import past
from devhook.inbox.past import NAME, TWIN, VERSION, Past
from devhook.inbox.reader import LAST_READ, UNREAD, Reader
from devhook.inbox.store import NEWEST_FIRST, OLDEST_FIRST


@pytest.mark.parametrize(
    ("statement", "values", "plan"),
    [
        (
            VERSION,
            ["s", "order", "1", "order", 2, 9],
            "r USING INDEX versions (shop=? AND kind=? AND subject=? AND document=? AND version<?)",
        ),
        (TWIN, ["s", "w", 9], "r USING INDEX twins (shop=? AND webhook_id=?"),
        (NAME, ["s", "order", "1", 9], "USING INDEX names"),
        (LAST_READ, [], "SEARCH readings"),
        (UNREAD, [5, 10], "SEARCH deliveries USING INTEGER PRIMARY KEY"),
        (OLDEST_FIRST, [0, 9, 10], "SEARCH d USING INTEGER PRIMARY KEY"),
        (NEWEST_FIRST, [0, 9, 10], "SEARCH d USING INTEGER PRIMARY KEY"),
    ],
)
def test_what_is_looked_up_for_every_delivery_goes_by_index(inbox, statement, values, plan):
    steps = [step for *_, step in inbox.query(f"EXPLAIN QUERY PLAN {statement}", *values)]

    assert plan in " ".join(steps)
    assert not any(step.startswith(("SCAN", "USE TEMP B-TREE")) for step in steps)


def test_documents_that_were_used_longest_ago_give_way(inbox, arrival, order, monkeypatch):
    monkeypatch.setattr(past, "_REMEMBERED", 1000)
    memory = Past(inbox)

    for delivery_id in range(1, 5):
        memory.remember(delivery_id, 400, {"id": delivery_id})

    assert list(memory._documents) == [3, 4]
    memory.remember(5, 2000, {"id": 5})
    assert list(memory._documents) == []


def test_what_is_no_longer_remembered_is_read_again(inbox, arrival, order):
    inbox.add([arrival(document=order())])
    Reader(inbox).read_new()
    inbox.add([arrival(document=order(note="x"))])

    (row,) = Reader(inbox, after=1).read_new()

    assert (row.compared_with, row.change_count) == (1, 1)
