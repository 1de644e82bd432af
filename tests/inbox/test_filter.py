import pytest

from devhook.inbox.filter import Filter
from devhook.reading.verdict import Verdict
from devhook.webhook.delivery import Signature
from devhook.webhook.subject import Subject

ORDER = Subject(kind="order", id="5501", name="#1001", document="order")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", True),
        ("   ", True),
        ("orders/*", True),
        ("refunds/*", False),
        ("*/updated", True),
        ("orders/update?", True),
        ("ORDERS/UPDATED", True),
        ("topic:orders/updated", True),
        ("topic:orders", False),
        ("topic:orders/*", True),
        ("topic:refunds/*,orders/updated", True),
        ("topic:refunds/*,orders/paid", False),
        ("refunds/*,orders/*", True),
        ("orders", True),
        ("#1001", True),
        ("5501", True),
        ("order", True),
        ("harbour", True),
        ("9f2c-0001", True),
        ("late", True),
        ("LATE", True),
        ("valid", True),
        ("duplicate", False),
        ("#1001 late", True),
        ("#1001 duplicate", False),
        ("-duplicate", True),
        ("-late", False),
        ("orders/* -#1002", True),
        ("-orders/*", False),
        ("-topic:refunds/*", True),
        ("-", True),
        ("topic:", True),
    ],
)
def test_every_word_must_match_and_a_minus_turns_a_word_round(row, words, found):
    delivery = row(subject=ORDER, verdict=Verdict.LATE)

    assert Filter.parse(words).matches(delivery) is found


def test_what_the_list_says_of_a_signature_can_be_looked_for(row):
    delivery = row(signature=Signature.INVALID, verdict=Verdict.CHANGED, change_count=2)

    assert Filter.parse("bad signature").matches(delivery)
    assert Filter.parse("invalid").matches(delivery)


def test_a_word_does_not_reach_from_one_field_into_the_next(row):
    delivery = row(shop="left", topic="right")

    assert not Filter.parse("leftright").matches(delivery)


def test_what_was_made_visible_can_be_typed_as_it_is_seen(row):
    delivery = row(topic="\x1b]52;c;aGk=\x07")

    assert Filter.parse("␛]52").matches(delivery)
    assert Filter.parse("\x1b]52").matches(delivery)


def test_brackets_in_a_filter_are_brackets(row):
    assert Filter.parse("[/foo]").matches(row(topic="[/foo]"))
    assert not Filter.parse("[orders]").matches(row())


def test_a_filter_without_words_is_false():
    assert not Filter.parse("  ")
    assert Filter.parse("x")
