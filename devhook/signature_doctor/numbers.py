"""Knows how languages parse and write numbers, and which digits they lose."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

# Integers beyond this are not exact in a language where every number is a double.
_EXACT: Final = 2**53
_INT64: Final = 2**63
_JS_EXPONENT_FROM: Final = 1e21
_JS_EXPONENT_BELOW: Final = -6
_PHP_EXPONENT_FROM: Final = 1e17
_JQ_ZEROS: Final = 15
_GO_EXPONENT_FROM: Final = 6
_GO_EXPONENT_BELOW: Final = -4
_JAVA_PLAIN_FROM: Final = 1e-3
_JAVA_PLAIN_BELOW: Final = 1e7

Written = int | float | None


class Unwritable(ValueError):
    """A document with a number that the writer cannot write."""


@dataclass(frozen=True)
class Numbers:
    """How a language holds numbers: what is left of an integer and of a double, as Python is to write it.

    `odd` rewrites what Python writes with an exponent, or as `-0.0`; every double if `all_odd`.
    """

    integer: Callable[[int], Written]
    double: Callable[[float], Written]
    odd: Callable[[str], str] = str
    all_odd: bool = False

    def text(self, number: float) -> str:
        """Return a held number as the language writes it."""
        text = repr(number)
        return self.odd(text) if "e" in text or text == "-0.0" else text


def as_go_prints(number: float) -> str:
    """As fmt.Sprint prints a float64: the shortest digits, with an exponent from 1e+06 on."""
    sign, digits, exponent = Decimal(repr(float(number))).normalize().as_tuple()
    after_first = int(exponent) + len(digits) - 1
    shown = "".join(map(str, digits))
    if number == 0:
        return "-0" if sign else "0"
    if not _GO_EXPONENT_BELOW <= after_first < _GO_EXPONENT_FROM:
        fraction = f".{shown[1:]}" if len(shown) > 1 else ""
        return f"{'-' * sign}{shown[0]}{fraction}e{after_first:+03d}"
    return format(Decimal(repr(float(number))).normalize(), "f")


def as_java_prints(number: float) -> str:
    """As Double.toString prints a double, and Long.toString a whole number."""
    if isinstance(number, int):
        return str(number)
    if number == 0 or _JAVA_PLAIN_FROM <= abs(number) < _JAVA_PLAIN_BELOW:
        return format(Decimal(repr(number)), "f") if number.is_integer() is False else f"{number:.1f}"
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    shown = "".join(map(str, digits))
    return f"{'-' * sign}{shown[0]}.{shown[1:] or '0'}E{int(exponent) + len(digits) - 1}"


def _whole(number: float) -> int:
    """Return the digits of a whole double: the shortest exact digits, then zeros."""
    return int(Decimal(repr(number)))


def _double(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise Unwritable
    return number


def _is_minus_zero(number: float) -> bool:
    return number == 0 and math.copysign(1, number) < 0


def _with_point(text: str) -> str:
    mantissa, exponent = text.split("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}"


def _short_exponent(text: str) -> str:
    return re.sub(r"e([+-])0+", r"e\1", text)


def _of_javascript(number: float) -> Written:
    if not math.isfinite(number):
        return None
    return _whole(number) if abs(number) < _JS_EXPONENT_FROM and number.is_integer() else number


def _odd_in_javascript(text: str) -> str:
    if int(text.rpartition("e")[2]) < _JS_EXPONENT_BELOW or "e+" in text:
        return _short_exponent(text)
    return format(Decimal(text), "f")


def _of_go(number: float) -> Written:
    return number if _is_minus_zero(number) else _of_javascript(_finite(number))


def _odd_in_go(text: str) -> str:
    return "-0" if text == "-0.0" else _odd_in_javascript(text)


def _of_php(number: float) -> Written:
    if _is_minus_zero(number):
        return number
    return _whole(number) if abs(_finite(number)) < _PHP_EXPONENT_FROM and number.is_integer() else number


def _odd_in_php(text: str) -> str:
    return "-0" if text == "-0.0" else _short_exponent(_with_point(text))


def _odd_in_php_with_fractions(text: str) -> str:
    if text == "-0.0":
        return text
    whole = abs(float(text)) < _PHP_EXPONENT_FROM and "e+" in text
    return f"{_whole(float(text))}.0" if whole else _odd_in_php(text)


def _odd_in_ruby(text: str) -> str:
    return text if text == "-0.0" else _with_point(text)


def _of_jq(number: float) -> Written:
    if _is_minus_zero(number):
        return number
    if not _finite(number).is_integer():
        return number
    zeros = int(Decimal(repr(number)).normalize().as_tuple().exponent)
    return _whole(number) if zeros <= _JQ_ZEROS else number


def _as_is(number: int) -> int:
    return number


JAVA_DOUBLES: Final = Numbers(
    lambda number: _finite(_double(number)), _finite, lambda text: as_java_prints(float(text)), all_odd=True
)
PYTHON: Final = Numbers(_as_is, float)
RUBY: Final = Numbers(_as_is, _finite, _odd_in_ruby)
JAVASCRIPT: Final = Numbers(
    lambda number: number if abs(number) <= _EXACT else _of_javascript(_double(number)),
    _of_javascript,
    _odd_in_javascript,
)
GO_VALUES: Final = Numbers(lambda number: _finite(_double(number)), _finite)
GO: Final = Numbers(
    lambda number: number if abs(number) <= _EXACT else _of_go(_double(number)), _of_go, _odd_in_go
)
PHP: Final = Numbers(
    lambda number: number if -_INT64 <= number < _INT64 else _of_php(_double(number)), _of_php, _odd_in_php
)
PHP_FRACTIONS: Final = Numbers(
    lambda number: number if -_INT64 <= number < _INT64 else _finite(_double(number)),
    _finite,
    _odd_in_php_with_fractions,
)
JQ: Final = Numbers(
    lambda number: number if abs(number) <= _EXACT else _of_jq(_double(number)),
    _of_jq,
    lambda text: "-0" if text == "-0.0" else text,
)
