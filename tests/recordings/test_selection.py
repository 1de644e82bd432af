from datetime import UTC, datetime

import pytest

from devhook.errors import InputError
from devhook.inbox.recorded import keep_recorded
from devhook.recordings.selection import meant


@pytest.fixture
def found(inbox, delivered):
    """The ids that words mean among five deliveries, of which the second is a refund."""
    headers = (("X-Shopify-Topic", "refunds/create"), ("X-Shopify-Webhook-Id", "w-2"))
    deliveries = [
        delivered(number) if number != 2 else delivered(2, body=b'{"id":9}', headers=headers)
        for number in range(1, 6)
    ]
    keep_recorded(inbox, deliveries, datetime.now(UTC))

    return lambda *words: [each.id for each in meant(inbox, words)]


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ((), [1, 2, 3, 4, 5]),
        (("3",), [3]),
        (("4", "2", "4"), [2, 4]),
        (("topic:refunds/*",), [2]),
        (("-topic:refunds/*", "#2001"), [1, 3, 4, 5]),
        (("1", "2", "topic:orders/*"), [1]),
        (("5000000000001",), [1, 3, 4, 5]),
        (("6",), []),
        (("٣",), []),
    ],
)
def test_numbers_are_ids_and_other_words_a_filter(found, words, ids):
    assert found(*words) == ids


def test_a_delivery_that_is_gone_is_told(found, inbox):
    with inbox.writing() as connection:
        connection.execute("DELETE FROM deliveries WHERE id = 3")

    with pytest.raises(InputError, match="no delivery 3"):
        found("3")


def test_a_filter_may_ask_for_what_only_readings_tell(found):
    assert found("unchanged") == [3, 4, 5]
