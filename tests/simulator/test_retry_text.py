from datetime import UTC, datetime, timedelta

import pytest

from devhook.sender.retries import PAUSES
from devhook.simulator.delivery_worker import Attempt, Retry
from devhook.simulator.envelope import Envelope
from devhook.simulator.retry_text import attempt_words, concerns_retries, retry_words
from devhook.webhook.answer import Answer, Failure

NOW = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)


@pytest.fixture
def attempt():
    def make(status=500, *, failure=None, forged=False, about="#1001", **facts):
        envelope = Envelope(
            subscription_id="gid://shopify/WebhookSubscription/1",
            topic="orders/paid",
            webhook_id="webhook-1",
            address="https://hooks.example.com/hook",
            headers=(),
            body=b"{}",
            about=about,
            forged=forged,
        )
        return Attempt(
            subscription_id=envelope.subscription_id,
            webhook_id=envelope.webhook_id,
            topic=envelope.topic,
            at=NOW,
            url=envelope.address,
            envelope=envelope,
            answer=Answer(status=status, seconds=0.01, failure=failure),
            **{"number": 1} | facts,
        )

    return make


def test_a_failed_attempt_tells_the_next_one_and_shopifys_own_pause(attempt):
    words = attempt_words(attempt(retry_in=PAUSES[0] / 20))

    assert words == "orders/paid #1001: answered 500, attempt 2 of 9 in 2.8 s (Shopify: 56 s)"


@pytest.mark.parametrize(
    ("failure", "words"), [(Failure.NO_ANSWER, "no answer"), (Failure.BROKEN, "broken off")]
)
def test_an_attempt_without_an_answer_says_so(attempt, failure, words):
    told = attempt_words(attempt(None, failure=failure, number=7, retry_in=PAUSES[6]))

    assert told == f"orders/paid #1001: {words}, attempt 8 of 9 in 1 h (Shopify: 1 h)"


def test_what_is_about_no_order_has_only_its_topic(attempt):
    assert attempt_words(attempt(200, number=3, about="")) == "orders/paid: answered 200, at attempt 3 of 9"


@pytest.mark.parametrize(
    ("dropped", "words"),
    [(0, ""), (1, ", and 1 waiting retry is dropped"), (2, ", and 2 waiting retries are dropped")],
)
def test_the_failure_that_ends_the_subscription_says_so(attempt, dropped, words):
    ended = attempt(number=9, removed=True, dropped=dropped)

    assert attempt_words(ended) == (
        f"orders/paid #1001: answered 500; the subscription is removed after 8 failures{words}"
    )


def test_the_last_attempt_is_reported_as_the_last(attempt):
    assert attempt_words(attempt(503, number=9)) == (
        "orders/paid #1001: answered 503 at attempt 9 of 9, not retried"
    )


def test_what_waits_is_counted_down_until_it_is_tried(attempt):
    waiting = Retry(attempt=attempt(retry_in=2.8), due=NOW + timedelta(seconds=2.8))

    told = [retry_words(waiting, NOW + timedelta(seconds=passed)) for passed in (0, 1.6, 2.75, 2.81)]
    short = retry_words(waiting, NOW, short=True)

    assert told == [
        f"answered 500, attempt 2 of 9 {when} (Shopify: 56 s)"
        for when in ("in 2.8 s", "in 1.2 s", "in 100 ms", "now")
    ]
    assert short == "500, 2 of 9 in 2.8 s (Shopify: 56 s)"


def test_only_failures_and_retries_of_the_shops_own_deliveries_are_of_interest(attempt):
    assert concerns_retries(attempt(500))
    assert concerns_retries(attempt(200, number=2))
    assert not concerns_retries(attempt(200))
    assert not concerns_retries(attempt(401, forged=True))
