from datetime import UTC, datetime

from devhook.inbox.schema import file_of
from devhook.inbox.sends import Send, add_sends, sends
from devhook.inbox.store import Inbox
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.delivery import Origin

NOW = datetime(2026, 7, 4, 12, 0, 1, 250000, tzinfo=UTC)


def send(**facts):
    given = {
        "sent_at": NOW,
        "origin": Origin.REPLAY,
        "url": "http://localhost:3000/",
        "delivery_id": 7,
        "topic": "orders/updated",
        "headers": (("X-Shopify-Topic", "orders/updated"), ("x-b", "\xff")),
        "answer": Answer(status=200, headers=(("Server", "x"),), body=b"ok\x00", seconds=0.0125),
    }
    return Send(**given | facts)


def told(found):
    return [each.model_copy(update={"id": 0}) for each in found]


def test_what_was_sent_comes_back_as_it_was_the_newest_first(inbox):
    first = send()
    second = send(
        origin=Origin.FORGED,
        delivery_id=None,
        body=b'{"id":1}\xff',
        answer=Answer(seconds=5.0, failure=Failure.NO_ANSWER, error="No whole answer within 5 s."),
    )

    add_sends(inbox, [first, second])

    found = sends(inbox)
    assert told(found) == [second, first]
    assert found[0].id > found[1].id > 0


def test_the_sends_of_one_delivery_are_found(inbox):
    add_sends(inbox, [send(), send(delivery_id=8), send()])

    assert [each.delivery_id for each in sends(inbox, 7)] == [7, 7]
    assert len(sends(inbox, 7, limit=1)) == 1


def test_sends_are_kept_over_a_restart_and_beside_the_inbox(path):
    with Inbox.open(path) as inbox:
        add_sends(inbox, [send()])
    before = file_of(path, "deliveries").read_bytes()

    with Inbox.open(path) as inbox:
        add_sends(inbox, [send()])
        found = sends(inbox)

    assert len(found) == 2
    assert file_of(path, "deliveries").read_bytes() == before


def test_nothing_sent_is_nothing_written(inbox):
    add_sends(inbox, [])

    assert sends(inbox) == []
