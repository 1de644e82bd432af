import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.signature_doctor.numbers import GO, JAVASCRIPT, JQ, PHP, PHP_FRACTIONS, PYTHON, RUBY, Unwritable

ALL = [GO, JAVASCRIPT, JQ, PHP, PHP_FRACTIONS, PYTHON, RUBY]
# What Python's own repr writes without an exponent.
PLAIN = st.floats(1e-4, 1e15, allow_nan=False)


def text(numbers, number):
    """A number as the language writes it."""
    held = numbers.integer(number) if isinstance(number, int) else numbers.double(number)
    plain = json.dumps(held)
    return numbers.odd(plain) if "e" in plain or plain == "-0.0" else plain


@pytest.mark.parametrize("numbers", ALL)
@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_is_read_back_as_it_was(numbers, number):
    assert float(text(numbers, number)) == number


@pytest.mark.parametrize("numbers", ALL)
@given(number=st.integers(-(2**53), 2**53))
def test_an_integer_that_a_double_can_hold_stays_as_it_is(numbers, number):
    assert text(numbers, number) == str(number)


# Written down from node 20, PHP 8.2, Ruby 3.1, Go 1.19 and jq 1.6.
@pytest.mark.parametrize(
    ("number", "javascript", "php", "ruby", "go", "jq"),
    [
        (2.0, "2", "2", "2.0", "2", "2"),
        (0.07, "0.07", "0.07", "0.07", "0.07", "0.07"),
        (0.00001, "0.00001", "1.0e-5", "1.0e-05", "0.00001", "1e-05"),
        (2.5e-7, "2.5e-7", "2.5e-7", "2.5e-07", "2.5e-7", "2.5e-07"),
        (1e16, "10000000000000000", "10000000000000000", "1.0e+16", "10000000000000000", "1e+16"),
        (1e17, "100000000000000000", "1.0e+17", "1.0e+17", "100000000000000000", "1e+17"),
        (1e25, "1e+25", "1.0e+25", "1.0e+25", "1e+25", "1e+25"),
        (-0.0, "0", "-0", "-0.0", "-0", "-0"),
        (
            820982911946154508,
            "820982911946154500",
            "820982911946154508",
            "820982911946154508",
            "820982911946154500",
            "820982911946154500",
        ),
        (
            12345678901234567890123,
            "1.2345678901234568e+22",
            "1.2345678901234568e+22",
            "12345678901234567890123",
            "1.2345678901234568e+22",
            "12345678901234568000000",
        ),
    ],
)
def test_a_number_is_written_as_the_language_writes_it(number, javascript, php, ruby, go, jq):
    found = [text(numbers, number) for numbers in (JAVASCRIPT, PHP, RUBY, GO, JQ)]

    assert found == [javascript, php, ruby, go, jq]


def test_php_can_keep_the_fraction():
    assert [text(PHP_FRACTIONS, number) for number in (2.0, 1e16, 1e17, -0.0)] == [
        "2.0",
        "10000000000000000.0",
        "1.0e+17",
        "-0.0",
    ]


@pytest.mark.parametrize("numbers", [GO, JQ, PHP, PHP_FRACTIONS, RUBY])
def test_what_is_larger_than_any_double_cannot_be_written(numbers):
    with pytest.raises(Unwritable):
        numbers.double(float(Decimal("1e999")))


def test_what_is_larger_than_any_double_is_null_in_javascript_and_a_word_in_python():
    assert text(JAVASCRIPT, float("inf")) == "null"
    assert text(PYTHON, float("inf")) == "Infinity"
