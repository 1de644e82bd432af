import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.text import visible

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


def test_marks_piled_on_one_letter_are_shown_as_codes():
    assert visible("e\u0301") == "e\u0301"
    assert visible("e" + "\u0301" * 5) == "e" + "\u0301" * 3 + "‹U+0301›" * 2


@given(st.text())
def test_whatever_comes_out_can_be_printed_on_one_line(text):
    shown = visible(text)

    shown.encode("utf-8")
    assert len(shown.splitlines()) <= 1
    assert visible(shown) == shown
