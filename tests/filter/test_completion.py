from datetime import UTC, datetime

import pytest

from devhook.filter.completion import Completion, completion, seen_in
from devhook.filter.language import Filter
from devhook.filter.word import Seen
from devhook.inbox.readings import Reader

SEEN = Seen(
    topics=("orders/updated", "orders/paid", "refunds/create"),
    shops=("acme", "lavender"),
    orders=("#1001", "#1002", "B 7"),
    fields=("financial_status", "line_items.price", "line_items", "price"),
    values={"financial_status": ("paid", "partially paid"), "customer.email": (), "id": ("1",)},
)


def candidates(text, cursor=None):
    return completion(text, len(text) if cursor is None else cursor, SEEN).candidates


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sin", ("since:",)),
        ("-sin", ("since:",)),
        ("late sin", ("since:",)),
        ("is:", ("first", "changed", "unchanged", "duplicate", "late")),
        ("is:la", ("late",)),
        ("-is:la", ("late",)),
        ("is:first,la", ("late",)),
        ("is:LA", ("late",)),
        ("is:late", ()),
        ("topic:", ("orders/*", "refunds/*", "orders/updated", "orders/paid", "refunds/create")),
        ("topic:paid", ("orders/paid",)),
        ("order:10", ("#1001", "#1002")),
        ("order:#1001", ()),
        ("order:b", ('"B 7"',)),
        ("shop:l", ("lavender",)),
        ("changed:pr", ("price", "line_items.price")),
        ("changed:financial_status=", ("financial_status=paid", '"financial_status=partially paid"')),
        ("fin", ("financial_status:",)),
        ("financial_status:", ("=paid", '"=partially paid"')),
        ("customer.e", ("customer.email:",)),
        (".id:", ("=1",)),
        ("answered:5", ("5xx",)),
        ("since:", ("10m", "1h", "1d", "7d")),
        ("body:g", ()),
        ("nonsense:g", ()),
        ("refu", ("refunds/create",)),
        ("#10", ("#1001", "#1002")),
        ("paid ", None),
    ],
)
def test_a_word_is_completed_from_the_language_and_the_inbox(text, found):
    if found is None:
        assert "topic:" in candidates(text)
    else:
        assert candidates(text)[: max(1, len(found))] == found


def test_only_the_unfinished_part_is_replaced():
    assert completion("late -is:first,la", 17, SEEN) == Completion(15, 17, ("late",))
    assert completion("is:la orders", 5, SEEN) == Completion(3, 5, ("late",))
    assert completion("", 0, SEEN).start == 0


@pytest.mark.parametrize(
    "name", ["is", "signature", "verdict", "origin", "topic", "order", "changed", "shop"]
)
def test_every_value_that_is_offered_can_be_typed(name):
    for candidate in candidates(f"{name}:"):
        assert Filter.parse(f"{name}:{candidate}", datetime.now(UTC))


def test_values_in_the_inbox_are_offered(inbox, arrival, order):
    inbox.add(
        [arrival("orders/paid", order()), arrival("orders/updated", order(note="x")), arrival("a\x1bb")]
    )
    Reader(inbox).read_new()

    seen = seen_in(inbox)

    assert set(seen.topics) == {"orders/paid", "orders/updated", "a␛b"}
    assert seen.shops == ("lavender",)
    assert seen.orders == ("#2001",)
    assert seen.fields == ("note",)
    assert set(seen.values["note"]) == {"x", "null"}
    assert "note" in seen_in(inbox, with_values=False).values
    assert not any(seen_in(inbox, with_values=False).values.values())
