import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.text import (
    byte_size,
    counted,
    did_you_mean,
    duration,
    in_common,
    listed,
    nearest,
    plural,
    singular,
    told_apart,
    visible,
)

ATTACKS = {
    "clipboard": "\x1b]52;c;aGk=\x07",
    "title": "\x1b]0;owned\x1b\\",
    "c1 csi": "\x9b2J",
    "row forgery": "ok\r\n14:02:11 ✓ orders/paid",
    "backspace": "invalid\b\b\b\b\b\b\bvalid",
    "bidi override": "\u202etxt.exe",
    "bidi isolate": "\u2066abc\u2069",
    "zero width": "pay\u200bpal",
    "byte order mark": "\ufeffx",
    "line separator": "a\u2028b\u2029c",
    "tag characters": "a\U000e0041b",
    "half a surrogate": "a\ud800b",
    "private use": "\ue000",
    "blank letter": "\u3164",
    "variation of delete": "\x7f",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_leaves_nothing_that_acts(attack):
    shown = visible(attack)

    assert shown != attack
    assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for c in shown)
    shown.encode("utf-8")


def test_controls_are_shown_as_their_pictures():
    assert visible("a\x1b\n\t\x7f") == "a␛␊␉␡"


def test_bidi_controls_are_shown_as_their_code():
    assert visible("\u202eabc") == "‹U+202E›abc"


@pytest.mark.parametrize("text", ["plain #1001", "Zoë Þór — 東京 ✓", "👍", "[/foo] [@click=app.quit]", ""])
def test_printable_text_stays_as_it_is(text):
    assert visible(text) == text


@given(st.text(st.sampled_from("a\u0301\u0488\u115f\u2800\u3164\u4e2d☕\xa0é") | st.characters()))
def test_a_text_is_shown_the_same_beside_a_control(text):
    assert visible(f"\x00{text}") == f"␀{visible(text)}"


def test_marks_piled_on_one_letter_are_shown_as_codes():
    assert visible("e\u0301") == "e\u0301"
    assert visible("e" + "\u0301" * 5) == "e" + "\u0301" * 3 + "‹U+0301›" * 2


@given(st.text())
def test_whatever_comes_out_can_be_printed_on_one_line(text):
    shown = visible(text)

    shown.encode("utf-8")
    assert len(shown.splitlines()) <= 1
    assert visible(shown) == shown


SECONDS = {"µs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3_600, "d": 86_400}
BYTES = {"byte": 1, "bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def read_back(words, units):
    """What a person makes of the words: every amount times its unit."""
    pairs = re.findall(r"([\d.,]+) (\w+)", words)
    assert " ".join(f"{amount} {unit}" for amount, unit in pairs) == words
    return sum(float(amount.replace(",", "")) * units[unit] for amount, unit in pairs)


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ("a\u00a0b", "a b", ("a‹U+00A0›b", "a b")),
        ("caf\u00e9", "cafe\u0301", ("caf‹U+00E9›", "cafe‹U+0301›")),
        ("M\u0430x", "Max", ("M‹U+0430›x", "Max")),
        ("\uac00", "\u1100\u1161", ("‹U+AC00›", "‹U+1100›‹U+1161›")),
        ("\ufb01n", "fin", ("‹U+FB01›n", "fin")),
        ("", "\u2003", ("", "‹U+2003›")),
        ("Käse", "Brot", ("Käse", "Brot")),
        ("a\u00a0b c", "a\u00a0b d", ("a\u00a0b c", "a\u00a0b d")),
        ("x" * 900 + "\u00a0", "x" * 900 + " ", ("x" * 900 + "‹U+00A0›", "x" * 900 + " ")),
        ("same", "same", ("same", "same")),
    ],
)
def test_what_hides_a_difference_is_spelled_and_nothing_else(one, other, told):
    assert told_apart(one, other) == told


LATIN = {0x430: "a", 0x435: "e"}
# Letters, blanks, marks, and what looks like one of the others.
troublesome = st.text(
    "ab eé\u0301\u0323\u00a0\u2003\u202f\u3000\u0430\u0435\u200b\u1100\u1161\uac00\ufb01fi\u212bÅ",
    max_size=30,
)


@given(troublesome, troublesome)
def test_two_texts_that_differ_do_not_look_alike_afterwards(one, other):
    shown = [unicodedata.normalize("NFKC", visible(text)) for text in told_apart(one, other)]

    assert (shown[0].translate(LATIN) == shown[1].translate(LATIN)) is (one == other)


@given(st.text("ab"), st.text("ab"))
def test_what_two_texts_begin_with_in_common_is_measured(one, other):
    common = in_common(one, other)

    assert one[:common] == other[:common]
    assert one[common : common + 1] != other[common : common + 1] or one[common:] == other[common:] == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (0.00034, "340 µs"),
        (0.0009996, "1 ms"),
        (0.0412, "41 ms"),
        (0.9996, "1 s"),
        (2.84, "2.8 s"),
        (5, "5 s"),
        (9.96, "10 s"),
        (56.2, "56 s"),
        (59.6, "1 min"),
        (113, "1 min 53 s"),
        (1_800, "30 min"),
        (3_599.7, "1 h"),
        (11_530, "3 h 12 min"),
        (86_399, "1 d"),
        (187_200, "2 d 4 h"),
    ],
)
def test_a_time_is_told_in_the_units_that_a_person_would_take(seconds, words):
    assert duration(seconds) == words


@given(st.floats(min_value=1e-6, max_value=1e9))
def test_a_time_read_back_is_the_time_to_within_a_twentieth(seconds):
    assert read_back(duration(seconds), SECONDS) == pytest.approx(seconds, rel=0.05, abs=5e-4)


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_a_longer_time_never_reads_shorter(one, other):
    shorter, longer = sorted((one, other))

    assert read_back(duration(shorter), SECONDS) <= read_back(duration(longer), SECONDS)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1_023, "1,023 bytes"),
        (1_024, "1 KiB"),
        (2_621_440, "2.5 MiB"),
        (2**20 - 1, "1 MiB"),
        (2**30, "1 GiB"),
        (2**50, "1,024 TiB"),
    ],
)
def test_a_size_is_told_in_the_largest_unit_that_fits(count, words):
    assert byte_size(count) == words


@given(st.integers(0, 2**60), st.integers(0, 2**60))
def test_a_larger_size_never_reads_smaller(one, other):
    smaller, larger = sorted((one, other))

    assert read_back(byte_size(smaller), BYTES) <= read_back(byte_size(larger), BYTES)


def test_a_number_stands_with_the_noun_in_its_form():
    assert counted(1, "delivery") == "1 delivery"
    assert counted(0, "delivery") == "0 deliveries"
    assert counted(1_200, "subscription") == "1,200 subscriptions"


def test_a_plural_is_made_and_unmade_by_rule():
    pairs = {
        "order": "orders",
        "company": "companies",
        "day": "days",
        "tax": "taxes",
        "address": "addresses",
        "line_item": "line_items",
        "match": "matches",
        "duty": "duties",
        "property": "properties",
        "return": "returns",
    }
    for one, many in pairs.items():
        assert plural(one) == many
        assert singular(many) == one
        assert singular(one) == one
    assert singular("data") == "data"


def test_words_are_listed_as_in_a_sentence():
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a or b"
    assert listed(["a", "b", "c"], "and") == "a, b and c"


def test_the_nearest_words_come_first_and_what_is_unlike_does_not_come():
    known = ["orders/paid", "orders/updated", "products/create", "is"]

    assert nearest("ordres/paid", known)[0] == "orders/paid"
    assert nearest("zzz", known) == []
    assert nearest("price", ["total_price_set_of_the_order", "name"]) == ["total_price_set_of_the_order"]
    assert len(nearest("orders", [f"orders{number}" for number in range(9)])) == 3


def test_a_word_that_differs_in_case_and_punctuation_only_is_meant_alone():
    assert nearest("Orders_Paid", ["orders/paid", "orders/part"]) == ["orders/paid"]


def test_the_question_offers_what_is_near_or_is_not_asked():
    assert did_you_mean(["late", "first"]) == "Did you mean late or first?"
    assert did_you_mean([]) == ""


@given(st.text(), st.lists(st.text()))
def test_only_known_words_are_offered_and_each_once(word, known):
    found = nearest(word, known)

    assert set(found) <= set(known)
    assert len(set(found)) == len(found)


@given(st.text().filter(bool))
def test_a_known_word_is_nearest_to_itself(word):
    assert nearest(word, [word]) == [word]
