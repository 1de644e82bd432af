"""Amounts of money."""

from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.simulator.orders.values import Currency, ascending_ids, gid, ruby_float, token

EUR, JPY, KWD = Currency(code="EUR"), Currency(code="JPY"), Currency(code="KWD")


@pytest.mark.parametrize(
    ("currency", "amount", "text"),
    [
        (EUR, "12.5", "12.50"),
        (EUR, "0", "0.00"),
        (EUR, "-4.9", "-4.90"),
        (EUR, "0.005", "0.01"),
        (EUR, "2.675", "2.68"),
        (EUR, "-0.001", "0.00"),
        (JPY, "630", "630"),
        (JPY, "629.5", "630"),
        (KWD, "1.5", "1.500"),
    ],
)
def test_an_amount_is_written_in_whole_coins(currency, amount, text):
    assert currency.text(Decimal(amount)) == text


def test_a_money_set_says_the_amount_in_both_currencies():
    money = {"amount": "3.00", "currency_code": "EUR"}

    assert EUR.money_set(Decimal(3)) == {"shop_money": money, "presentment_money": money}


@pytest.mark.parametrize(
    ("amount", "weights", "shares"),
    [
        ("10.00", ["1", "1", "1"], ["3.34", "3.33", "3.33"]),
        ("0.02", ["5", "5", "90"], ["0.00", "0.00", "0.02"]),
        ("7.00", ["43.50", "36.00"], ["3.83", "3.17"]),
        ("5.00", ["0", "0"], ["0", "0"]),
    ],
)
def test_coins_that_do_not_divide_go_to_who_lacks_most(amount, weights, shares):
    shared = EUR.shared(Decimal(amount), [Decimal(weight) for weight in weights])

    assert shared == [Decimal(share) for share in shares]


@given(
    st.integers(0, 10**7),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=9).filter(any),
    st.sampled_from([EUR, JPY, KWD]),
)
def test_nothing_is_lost_in_sharing(coins, weights, currency):
    amount = coins * currency.coin

    shares = currency.shared(amount, [Decimal(weight) for weight in weights])

    assert sum(shares) == amount
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - amount * weight / sum(weights)) <= currency.coin


@pytest.mark.parametrize(
    ("number", "text"), [("89.90", "89.9"), ("2", "2.0"), ("0.00", "0.0"), ("0.19", "0.19")]
)
def test_a_float_is_written_as_ruby_writes_it(number, text):
    assert str(ruby_float(Decimal(number))) == text


def test_ids_ascend_and_have_18_digits():
    next_id = ascending_ids(Random(1))

    ids = [next_id() for _ in range(200)]

    assert ids == sorted(set(ids))
    assert {len(str(each)) for each in ids} == {18}


def test_a_token_has_as_many_digits_as_asked_for():
    assert len(token(Random(1), 24)) == 24
    assert int(token(Random(1)), 16)


def test_a_global_id_names_its_kind():
    assert gid("Order", 7) == "gid://shopify/Order/7"
