import pytest

from devhook.webhook.answer import Answer, Failure


def test_every_failure_has_words_of_its_own():
    words = [failure.words for failure in Failure]

    assert all(words)
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("status", "accepted"), [(200, True), (204, True), (299, True), (199, False), (302, False), (500, False)]
)
def test_any_2xx_is_accepted_and_nothing_else(status, accepted):
    assert Answer(status=status, seconds=0.1).accepted is accepted


def test_an_answer_that_broke_off_is_not_accepted_whatever_its_status():
    assert not Answer(status=200, seconds=0.1, failure=Failure.BROKEN).accepted


def test_a_request_that_never_got_to_the_endpoint_is_told_from_one_without_an_answer():
    assert Answer(seconds=1.0, failure=Failure.NO_CONNECTION).unreached
    assert not Answer(seconds=5.0, failure=Failure.NO_ANSWER).unreached
