import pytest

from devhook.inbox import versions
from devhook.inbox.database import NEWEST_FIRST, OLDEST_FIRST
from devhook.inbox.lookup import (
    ATTEMPTS,
    LINKED,
    NAME,
    NAMELESS,
    ORIGINALS,
    ORPHANS,
    OVERTAKEN,
    PARENT,
)
from devhook.inbox.readings import LAST_READ, MARK_REVISED, UNREAD, Reader

SUBJECT = ["s", "order", "1"]
KEY = [*SUBJECT, "refund 5", 2, 3, 9, 9]
ATTEMPT = ["s", "w", 9, "orders/paid", b"digest", True]


@pytest.mark.parametrize(
    ("statement", "values", "plan"),
    [
        (versions.PREVIOUS_BY_TRIGGER, KEY, "r USING INDEX triggers (… AND part=? AND triggered<?)"),
        (versions.PREVIOUS_BY_UPDATE, KEY, "r USING INDEX updates (… AND part=? AND updated<?)"),
        (
            versions.UNTRIGGERED_BY_UPDATE,
            KEY,
            "r USING INDEX triggers (… AND part=? AND triggered=? AND updated<?)",
        ),
        (versions.PREVIOUS_BY_ARRIVAL, KEY, "r USING INDEX arrivals (… AND part=? AND delivery_id<?)"),
        (versions.ORDER_BY_TRIGGER, KEY, "r USING INDEX triggers (… AND part=? AND triggered<?)"),
        (versions.ORDER_BY_ARRIVAL, KEY, "r USING INDEX arrivals (… AND part=? AND delivery_id<?)"),
        (versions.NEWER_BY_TRIGGER, [*KEY, "event"], "r USING INDEX moments (… AND triggered>?)"),
        (versions.NEWER_BY_UPDATE, KEY, "r USING INDEX updates (… AND part=? AND updated>?)"),
        (
            versions.UNTRIGGERED_NEWER,
            KEY,
            "r USING INDEX triggers (… AND part=? AND triggered=? AND updated>?)",
        ),
        (versions.AFTER_BY_TRIGGER, KEY, "r USING INDEX triggers (… AND part=? AND triggered>?)"),
        (versions.AFTER_BY_UPDATE, KEY, "r USING INDEX updates (… AND part=? AND updated>?)"),
        (
            versions.UNTRIGGERED_AFTER,
            KEY,
            "r USING INDEX triggers (… AND part=? AND triggered=? AND updated>?)",
        ),
        (versions.AFTER_BY_ARRIVAL, KEY, "r USING INDEX arrivals (… AND part=? AND delivery_id>?)"),
        (versions.PARTS, KEY, "r USING INDEX moments (… AND triggered>? AND triggered<?)"),
        (versions.BASE, [9], "readings USING INTEGER PRIMARY KEY"),
        (ORIGINALS, ATTEMPT, "r USING INDEX originals (shop=? AND webhook_id=? AND delivery_id<?)"),
        (ATTEMPTS, ATTEMPT, "r USING INDEX originals (shop=? AND webhook_id=? AND delivery_id<?)"),
        (NAME, SUBJECT, "USING INDEX names"),
        (PARENT, ["s", "return", "1"], "parents USING PRIMARY KEY"),
        (OVERTAKEN, KEY[:7], "INDEX timeline (shop=? AND kind=? AND subject=? AND trusted=?)"),
        (ORPHANS, SUBJECT, "INDEX timeline (shop=? AND kind=? AND subject=?)"),
        (NAMELESS, ["#1", *SUBJECT], "INDEX nameless (shop=? AND kind=? AND subject=?)"),
        (MARK_REVISED, [4], "readings USING COVERING INDEX revisions"),
        (LINKED, [4], "SEARCH f USING INTEGER PRIMARY KEY"),
        (LAST_READ, [], "SEARCH readings"),
        (UNREAD, [5, 10, 1000], "SEARCH deliveries USING INTEGER PRIMARY KEY"),
        (OLDEST_FIRST, [0, 9, 10], "SEARCH d USING INTEGER PRIMARY KEY"),
        (NEWEST_FIRST, [0, 9, 10], "SEARCH d USING INTEGER PRIMARY KEY"),
    ],
)
def test_the_lookups_of_every_delivery_use_an_index(inbox, statement, values, plan):
    steps = [step for *_, step in inbox.query(f"EXPLAIN QUERY PLAN {statement}", *values)]

    assert plan.replace("…", "shop=? AND kind=? AND subject=?") in " ".join(steps)
    assert not any(step.startswith(("SCAN", "USE TEMP B-TREE")) for step in steps)


def test_a_document_that_was_dropped_is_read_again(inbox, arrival, order):
    inbox.add([arrival(document=order())])
    Reader(inbox).read_new()
    inbox.add([arrival(document=order(note="x"))])

    (row,) = Reader(inbox, after=1).read_new()

    assert (row.compared_with, row.change_count) == (1, 1)
