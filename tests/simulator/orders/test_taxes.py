"""Taxes on an amount."""

from decimal import Decimal

from devhook.simulator.orders.catalogue import Tax
from devhook.simulator.orders.taxes import merged, order_bodies, tax_lines, total
from devhook.simulator.orders.values import Currency

EUR = Currency(code="EUR")
STATE, CITY = Tax(title="State", rate=Decimal("0.06")), Tax(title="City", rate=Decimal("0.01"))


def amounts(lines):
    return [str(line.amount) for line in lines]


def test_an_excluded_tax_is_a_share_of_the_amount():
    assert amounts(tax_lines((STATE, CITY), Decimal("44.95"), EUR, included=False)) == ["2.70", "0.45"]


def test_an_included_tax_is_what_the_amount_holds_already():
    vat = Tax(title="MwSt.", rate=Decimal("0.19"))

    assert amounts(tax_lines((vat,), Decimal("119.00"), EUR, included=True)) == ["19.00"]
    assert amounts(tax_lines((STATE, CITY), Decimal("107.00"), EUR, included=True)) == ["6.00", "1.00"]


def test_taxes_of_one_title_and_rate_are_one_line_of_the_order():
    first = tax_lines((STATE, CITY), Decimal("10.00"), EUR, included=False)
    second = tax_lines((STATE,), Decimal("20.00"), EUR, included=False)

    lines = merged([*first, *second])

    assert [(line.tax.title, str(line.amount)) for line in lines] == [("State", "1.80"), ("City", "0.10")]
    assert total(lines) == Decimal("1.90")
    assert [body["price"] for body in order_bodies(lines, EUR)] == ["1.80", "0.10"]


def test_without_taxes_there_is_nothing_to_pay():
    assert tax_lines((), Decimal(10), EUR, included=False) == ()
    assert total(()) == 0
