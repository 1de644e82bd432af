"""Ids and tokens."""

from random import Random

from devhook.simulator.orders.identities import ascending_ids, gid, token


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
