from datetime import UTC, datetime

from devhook.inbox.deliveries import Answered
from devhook.inbox.readings import Reader
from devhook.inbox.recorded import Recorded, RecordedAnswer, keep_recorded
from devhook.inbox.refusals import JUDGED, refusal
from devhook.inbox.timeline import case_of
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.delivery import Delivery, Signature

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
APP = "http://localhost:3000/webhooks"


def answered(inbox, delivery, status, by=APP, **facts):
    answer = Answer(**{"status": status, "seconds": 0.01} | facts)
    inbox.add([], [Answered(delivery_id=delivery, by=by, at=NOW, answer=answer)])


def deliver(inbox, arrival, *bodies, **facts):
    numbers = inbox.add([arrival(body=body, **facts) for body in bodies])
    Reader(inbox).read_new()
    return numbers


def found(inbox, number):
    return refusal(inbox, inbox.row(number))


def test_a_refusal_comes_with_other_answers_of_the_same_app(inbox, arrival):
    first, second, third, elsewhere, refused = deliver(
        inbox, arrival, b'{"a":1}', b'{"a":2}', b'{"a":3}', b'{"a":4}', b'{"url":"a\\/b"}'
    )
    answered(inbox, first, 200)
    answered(inbox, second, 401)
    answered(inbox, third, 500)
    answered(inbox, elsewhere, 200, by="http://localhost:9999/")
    answered(inbox, refused, 403, headers=(("X-A", "b"),))

    told = found(inbox, refused)

    assert (told.status, told.by, told.headers) == (403, APP, (("X-A", "b"),))
    assert told.delivery.body == b'{"url":"a\\/b"}'
    assert [(other.id, other.accepted) for other in told.others] == [(second, False), (first, True)]


def test_only_a_refused_valid_signature_is_a_refusal(inbox, arrival):
    invalid, accepted, broken, dropped = (
        *deliver(inbox, arrival, b"1", signature=Signature.INVALID),
        *deliver(inbox, arrival, b"2", b"3", b"4"),
    )
    answered(inbox, invalid, 401)
    answered(inbox, accepted, 401)
    answered(inbox, accepted, 200)
    answered(inbox, broken, 500)
    answered(inbox, dropped, 401, failure=Failure.BROKEN)

    assert [found(inbox, each) for each in (invalid, accepted, broken, dropped)] == [None] * 4


def test_a_422_is_a_refusal_only_when_a_csrf_protection_answered(inbox, arrival):
    validation, protection = deliver(inbox, arrival, b"1", b"2")
    answered(inbox, validation, 422, body=b'{"errors":["no such order"]}')
    answered(inbox, protection, 422, body=b"ActionController::InvalidAuthenticityToken")

    assert found(inbox, validation) is None
    assert found(inbox, protection).interception.code == "csrf"


def test_in_a_recording_the_answer_of_the_receiver_is_that_of_the_app(inbox, arrival):
    (own,) = deliver(inbox, arrival, b'{"a":1}', status=401)
    recorded = Recorded(
        id=0,
        delivery=Delivery(received_at=NOW, headers=(("X-Shopify-Topic", "orders/paid"),), body=b'{"a":1}'),
        signature=Signature.VALID,
        signed_with="client secret",
        answers=(RecordedAnswer(by="receiver", at=NOW, answer=Answer(status=401, seconds=0)),),
    )
    (imported,) = keep_recorded(inbox, [recorded], NOW)

    assert found(inbox, own) is None
    assert (found(inbox, imported).by, found(inbox, imported).status) == ("receiver", 401)


def test_the_answer_of_devhook_is_not_one_of_the_app(inbox, arrival):
    unchecked, forwarded = deliver(inbox, arrival, b"1", b"2", signature=Signature.UNCHECKED)
    answered(inbox, forwarded, 204)

    cases = [case_of(inbox, each, inbox.delivery(each)) for each in (unchecked, forwarded)]

    assert [each.answers for each in cases] == [(), (204,)]


def test_other_answers_are_looked_for_only_among_the_newest(inbox):
    steps = [step for *_, step in inbox.query(f"EXPLAIN QUERY PLAN {JUDGED}", APP, 1, 9, 9)]

    assert "SEARCH a USING INTEGER PRIMARY KEY (rowid>?)" in " ".join(steps)
