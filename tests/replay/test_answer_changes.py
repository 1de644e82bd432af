from datetime import UTC, datetime, timedelta

from devhook.inbox.app_answers import app_answers
from devhook.inbox.deliveries import Answered
from devhook.inbox.journal import Send, add_sends
from devhook.replay.answer_changes import (
    AnswerDifferences,
    AnswerDigest,
    EarlierAnswers,
    body_changes,
    body_lines,
)
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.delivery import Origin

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)
APP = "http://localhost:3000/"


def an_answer(**facts):
    return Answer(**{"status": 200, "seconds": 0.01, "body": b"ok"} | facts)


def told(before, after):
    return AnswerDifferences.between(AnswerDigest.of(before), AnswerDigest.of(after)).told


def test_the_same_answer_in_about_the_same_time_has_no_differences():
    assert told(an_answer(), an_answer(seconds=0.025)) == []


def test_status_body_and_time_are_told():
    before = an_answer(status=500, body=b"<h1>Oh\n no</h1>", seconds=0.4)

    assert told(before, an_answer()) == ["500 → 200", "body “Oh no” → “ok”", "400 ms → 10 ms"]


def test_a_failure_is_told_by_its_name():
    gone = an_answer(status=None, failure=Failure.NO_ANSWER, body=b"", seconds=0.01)

    assert told(gone, an_answer(body=b"")) == ["no answer → 200"]


def test_bodies_that_differ_further_on_are_told_by_their_size():
    one, other = an_answer(body=b"x" * 2000 + b"a"), an_answer(body=b"x" * 2000 + b"bc")

    assert told(one, other) == ["body of 2,001 → 2,002 bytes"]


def test_json_bodies_are_compared_by_field_and_others_by_line():
    before, after = an_answer(body=b'{"ok":false,"n":[1,2]}'), an_answer(body=b'{"ok":true,"n":[1]}')
    page = an_answer(body=b"<html><head><style>b{}</style></head><b>Oh</b> no</html>")
    text = an_answer(body=b"one\ntwo\nthree")

    assert [(each.kind, each.path) for each in body_changes(before, after)] == [
        ("changed", "ok"),
        ("removed", "n[1]"),
    ]
    assert body_changes(before, page) is None
    assert body_lines(text, an_answer(body=b"one\n2\nthree\nfour")) == ["- two", "+ 2", "+ four"]
    assert body_lines(page, an_answer()) == ["- Oh no", "+ ok"]
    assert len(body_lines(an_answer(body=b"\n".join([b"x" * 999] * 9999)), an_answer(body=b""))) == 200


def test_the_earlier_answer_is_the_last_one_from_the_same_address_to_the_same_request(inbox, fill):
    (first, *_) = fill(2)
    answers = {"at": NOON, "answer": an_answer(status=500)}
    inbox.add([], [Answered(delivery_id=first, by=APP, **answers)])

    def sent(seconds, status, url=APP, body=None):
        moment = NOON + timedelta(seconds=seconds)
        facts = {"delivery_id": first, "body": body, "origin": Origin.FORGED if body else Origin.REPLAY}
        return Send(sent_at=moment, url=url, answer=an_answer(status=status), **facts)

    add_sends(inbox, [sent(1, 502), sent(2, 404, "http://localhost:4000/"), sent(3, 422, body=b"edited")])
    earlier = EarlierAnswers(inbox, lambda _delivery, answer: answer)

    assert [each.answer.status for each in app_answers(inbox, first)] == [500, 502, 404, 422]
    assert earlier.before(sent(4, 200)).answer.status == 502
    assert earlier.before(sent(1, 200)).answer.status == 500
    assert earlier.before(sent(4, 200, "http://localhost:5000/")).answer.status == 404
    assert earlier.before(sent(0, 200)) is None
    assert earlier.before(sent(4, 200).model_copy(update={"delivery_id": None})) is None

    remembering = EarlierAnswers(inbox, lambda _delivery, answer: answer, repeats=True)
    assert [remembering.before(sent(4 + n, 201 + n)).answer.status for n in range(3)] == [502, 201, 202]
