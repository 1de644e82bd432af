from devhook.replay.answer_changes import AnswerDigest, differences
from devhook.webhook.answer import Answer, Failure


def digest(**facts):
    return AnswerDigest.of(Answer(**{"status": 200, "seconds": 0.01, "body": b"ok"} | facts))


def test_the_same_answer_in_about_the_same_time_has_no_differences():
    assert list(differences(digest(), digest(seconds=0.025))) == []


def test_status_body_and_time_are_told():
    before = digest(status=500, body=b"<h1>Oh\n no</h1>", seconds=0.4)

    assert list(differences(before, digest())) == [
        "500 → 200",
        "body “Oh no” → “ok”",
        "400 ms → 10 ms",
    ]


def test_a_failure_is_told_by_its_name():
    gone = digest(status=None, failure=Failure.NO_ANSWER, body=b"", seconds=0.01)

    assert list(differences(gone, digest(body=b""))) == ["no answer → 200"]


def test_bodies_that_differ_further_on_are_told_by_their_size():
    one, other = digest(body=b"x" * 2000 + b"a"), digest(body=b"x" * 2000 + b"bc")

    assert list(differences(one, other)) == ["body of 2,001 → 2,002 bytes"]
