import math
from array import array
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.replay.deliveries import ReplayDeliveries
from devhook.replay.plan import Pace, Rewriting, planned
from devhook.webhook.delivery import Delivery, Signature
from devhook.webhook.signature import Secret, check

SECRET = Secret(name="client secret", value="hush")
NOW = datetime(2026, 7, 4, 12, tzinfo=UTC)


def chosen(*moments):
    return ReplayDeliveries(array("q", range(1, len(moments) + 1)), array("q", moments))


def delivery(*headers, body=b'{"id":1}'):
    return Delivery(received_at=NOW, headers=headers, body=body)


@pytest.mark.parametrize(
    ("speed", "at"), [(1.0, [0.0, 1.5, 2.0]), (10.0, [0.0, 0.15, 0.2]), (math.inf, [0.0, 0.0, 0.0])]
)
def test_the_pauses_are_those_of_the_arrivals_divided_by_the_speed(speed, at):
    sends = list(planned(chosen(7_000_000, 8_500_000, 9_000_000), Pace(speed=speed)))

    assert [each.at for each in sends] == pytest.approx(at)
    assert [each.delivery_id for each in sends] == [1, 2, 3]


def test_rounds_follow_each_other():
    sends = list(planned(chosen(0, 1_000_000), Pace(times=3, speed=1.0)))

    assert [each.round for each in sends] == [1, 1, 2, 2, 3, 3]
    assert [each.at for each in sends] == [0.0, 1.0, 1.0, 2.0, 2.0, 3.0]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30), st.integers(1, 3), st.none() | st.integers())
def test_each_round_sends_everything_once_and_time_never_runs_back(moments, times, seed):
    some = chosen(*moments)

    sends = list(planned(some, Pace(times=times, seed=seed, speed=2.0)))

    for turn in range(1, times + 1):
        assert sorted(each.delivery_id for each in sends if each.round == turn) == list(some.ids)
    assert all(one.at <= other.at for one, other in pairwise(sends))
    assert sends == list(planned(some, Pace(times=times, seed=seed, speed=2.0)))


def test_a_seed_shuffles_and_another_one_shuffles_otherwise():
    some = chosen(*range(50))

    orders = {tuple(each.delivery_id for each in planned(some, Pace(seed=seed))) for seed in (None, 1, 2, 3)}

    assert len(orders) == 4
    assert tuple(some.ids) in orders


def test_what_is_chosen_is_left_as_it_is():
    some = chosen(3, 1, 2)

    list(planned(some, Pace(seed=1)))

    assert some == chosen(3, 1, 2)


def test_headers_are_those_that_came_but_for_the_host_and_the_mark():
    came = (("Host", "a.example"), ("x-b", "\xff"), ("X-Shopify-Topic", "a/b"), ("x-b", "2"))

    assert Rewriting().headers(delivery(*came)) == (*came[1:], ("X-Devhook-Origin", "replay"))


def test_what_was_forged_or_replayed_before_is_marked_once():
    headers = Rewriting().headers(delivery(("x-devhook-origin", "forged")))

    assert headers == (("X-Devhook-Origin", "replay"),)


def test_new_ids_keep_what_they_tie_together_within_a_round():
    rewriting = Rewriting(new_ids="run")
    one = delivery(("X-Shopify-Webhook-Id", "w-1"), ("X-Shopify-Event-Id", "e"))
    other = delivery(("X-Shopify-Webhook-Id", "w-2"), ("x-shopify-event-id", "e"))

    first, second = dict(rewriting.headers(one)), dict(rewriting.headers(other))

    assert first["X-Shopify-Event-Id"] == second["x-shopify-event-id"]
    assert len({first["X-Shopify-Webhook-Id"], second["X-Shopify-Webhook-Id"], "w-1", "w-2"}) == 4
    assert dict(rewriting.headers(one)) == first
    assert dict(rewriting.headers(one, 2))["X-Shopify-Webhook-Id"] != first["X-Shopify-Webhook-Id"]
    assert dict(Rewriting(new_ids="x").headers(one))["X-Shopify-Event-Id"] != first["X-Shopify-Event-Id"]


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("X-Shopify-Hmac-Sha256", "x"),),
        (("x-shopify-hmac-sha256", "x"),),
        (("shopify-hmac-sha256", "x"),),
    ],
)
def test_signing_anew_makes_the_signature_valid_whatever_it_was(headers):
    given = delivery(*headers, ("X-Shopify-Topic", "a/b"))

    resent = given.model_copy(update={"headers": Rewriting(secret=SECRET).headers(given)})

    assert check([SECRET], resent.body, resent.hmac).signature is Signature.VALID
    assert sum("hmac" in name.lower() for name, _ in resent.headers) == 1
