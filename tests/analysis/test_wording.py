from decimal import Decimal

import pytest

from devhook.analysis.diff import Change, Kind, compare
from devhook.analysis.verdict import Reading, Verdict
from devhook.analysis.wording import (
    both_words,
    change_words,
    oddities,
    value_words,
    verdict_words,
    without_mirrors,
)
from devhook.webhook.delivery import Signature

VALID = Signature.VALID


def money(shop, buyer=None):
    sides = {"shop_money": shop, "presentment_money": buyer or shop}
    return {side: {"amount": amount, "currency_code": "EUR"} for side, amount in sides.items()}


@pytest.mark.parametrize(
    ("signature", "verdict", "changes", "original", "words"),
    [
        (VALID, Verdict.FIRST, 0, None, "first"),
        (VALID, Verdict.CHANGED, 1, None, "1 change"),
        (VALID, Verdict.CHANGED, 3, None, "3 changes"),
        (VALID, Verdict.CHANGED, 0, None, "changed"),
        (VALID, Verdict.UNCHANGED, 0, None, "unchanged"),
        (VALID, Verdict.DUPLICATE, 0, 41, "duplicate of 41"),
        (VALID, Verdict.DUPLICATE, 0, None, "duplicate"),
        (VALID, Verdict.LATE, 2, None, "late"),
        (Signature.UNCHECKED, Verdict.LATE, 2, None, "late"),
        (Signature.INVALID, Verdict.CHANGED, 3, None, "bad signature"),
        (Signature.MISSING, Verdict.FIRST, 0, None, "no signature"),
        (VALID, None, 0, None, ""),
    ],
)
def test_a_verdict_in_words(signature, verdict, changes, original, words):
    assert verdict_words(signature, verdict, changes, original) == words


def test_an_unreadable_payload_is_said_unless_it_repeats_another_or_is_not_trusted():
    for signature, verdict, words in (
        (VALID, Verdict.FIRST, "unreadable"),
        (VALID, Verdict.DUPLICATE, "duplicate of 41"),
        (Signature.INVALID, Verdict.FIRST, "bad signature"),
    ):
        assert verdict_words(signature, verdict, 0, 41, unreadable=True) == words


def test_what_is_wrong_with_a_request_is_said_of_its_keys_too():
    repeated = Change(kind=Kind.CHANGED, path="note", pointer="/note", before="a", after="b")
    reading = Reading(subject=None, version=1, verdict=Verdict.FIRST, remarks=("Odd.",), repeated=(repeated,))

    remark, twice = oddities(reading)
    assert remark == "Odd."
    assert twice.startswith(
        'note occurs more than once in the body: "a", and at last "b", which counts here.'
    )
    assert oddities(None) == []


def test_two_long_texts_are_shown_from_where_they_begin_to_differ():
    begin = "Please ring twice and wait for a while, "

    assert both_words(begin + "then leave.", begin + "then ring.", 40, 38) == (
        '"…r a while, then leave."',
        '"…r a while, then ring."',
    )
    assert both_words("a", "b", 40, 38) == ('"a"', '"b"')
    assert both_words(1, Decimal("1.0"), 40, 38) == ("1", "1.0")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (True, "true"),
        (2**60, "1152921504606846976"),
        (Decimal("2.0"), "2.0"),
        ("Zoë \x1b", '"Zoë \\u001b"'),
        ([], "[]"),
        ([1], "[1 item]"),
        ([1, 2], "[2 items]"),
        ({}, "{}"),
        ({"id": 7, "name": "#1.1", "status": "open", "items": []}, '{name: "#1.1", status: "open", …}'),
        ({"name": "gift", "value": "yes"}, '{name: "gift", …}'),
        ({"note": None, "currency": "EUR"}, "{note, currency}"),
    ],
)  # fmt: skip
def test_a_value_in_words(value, words):
    assert value_words(value) == words


def test_a_long_value_is_cut_to_the_width_that_there_is():
    words = value_words("x" * 100, 20)

    assert len(words) == 20
    assert words.endswith("…")


def test_a_change_in_words():
    old, new = {"status": "pending", "note": None}, {"status": "paid", "tags": "vip"}

    assert [change_words(change) for change in compare(old, new)] == [
        '~ status  "pending" → "paid"',
        '+ tags  "vip"',
        "- note  null",
    ]


def test_an_amount_that_its_set_repeats_is_told_once():
    old = {"total": "5.00", "total_set": money("5.00"), "note": None}
    new = {"total": "4.00", "total_set": money("4.00"), "note": "x"}

    told = without_mirrors(compare(old, new))

    assert [(change.path, mirrored) for change, mirrored in told] == [("total", True), ("note", False)]


def test_an_amount_in_another_currency_is_told_beside():
    old = {"total": "5.00", "total_set": money("5.00", "5.50")}
    new = {"total": "4.00", "total_set": money("4.00", "4.40")}

    told = without_mirrors(compare(old, new))

    assert [change.path for change, _ in told] == ["total", "total_set.presentment_money.amount"]


def test_what_says_something_else_is_no_mirror():
    change = Change(kind=Kind.CHANGED, path="a", pointer="/a", before="1", after="2")
    other = change.model_copy(update={"pointer": "/a_set/shop_money/amount", "before": None})

    assert without_mirrors([change, other]) == [(change, False), (other, False)]
