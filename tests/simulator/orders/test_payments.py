"""The money of one order."""

from decimal import Decimal
from itertools import count

import pytest

from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.orders.payments import Ledger, PaymentKind

SHOP = demo_shop()
AT = "2026-05-04T10:12:33+01:00"


def ledger(*, manual=False):
    return Ledger(
        order_id=7,
        order_name="#1001",
        currency=SHOP.money,
        payment=next(payment for payment in SHOP.payments if payment.manual == manual),
        card="0042",
        authorization="12345678",
        ids=count(100).__next__,
    )


def test_the_status_follows_the_money():
    money, owed = ledger(), Decimal(30)
    assert money.financial_status(owed) == "pending"
    money.promise(owed, AT)
    assert money.financial_status(owed) == "authorized"
    money.capture(owed, AT)
    assert money.financial_status(Decimal(0)) == "paid"
    assert money.financial_status(Decimal(5)) == "partially_paid"
    money.refund(Decimal(10), AT)
    assert money.financial_status(Decimal(0)) == "partially_refunded"
    money.refund(Decimal(20), AT)
    assert money.financial_status(Decimal(0)) == "refunded"
    assert (money.captured, money.refunded, money.received) == (30, 30, 0)


@pytest.mark.parametrize("manual", [False, True])
def test_what_was_promised_and_voided_is_no_longer_promised(manual):
    money = ledger(manual=manual)
    promised = money.promise(Decimal(30), AT)

    void = money.void(promised, AT)

    assert (void.kind, void.parent_id, void.amount) == (PaymentKind.VOID, promised.id, 30)
    assert money.promised is None
    assert money.financial_status(Decimal(0)) == "voided"


def test_a_capture_never_exceeds_its_authorisation():
    money = ledger()
    authorization = money.promise(Decimal(30), AT)

    capture, sale = money.capture(Decimal(50), AT), money.capture(Decimal(20), AT)

    assert (capture.kind, capture.amount, capture.parent_id) == (PaymentKind.CAPTURE, 30, authorization.id)
    assert (sale.kind, sale.amount, sale.parent_id) == (PaymentKind.SALE, 20, None)


def test_money_goes_back_to_the_payments_that_it_came_from():
    money = ledger()
    money.promise(Decimal(30), AT)
    first, second = money.capture(Decimal(50), AT), money.capture(Decimal(20), AT)

    given = money.refund(Decimal(25), AT) + money.refund(Decimal(25), AT)

    assert [(each.parent_id, each.amount) for each in given] == [
        (first.id, 25),
        (first.id, 5),
        (second.id, 20),
    ]


def test_payments_are_numbered_by_their_order():
    money = ledger()
    money.promise(Decimal(30), AT)

    assert money.capture(Decimal(30), AT).body()["payment_id"] == "#1001.2"


def test_only_a_promise_is_unsettled_and_a_card_shows_its_last_digits():
    money = ledger()
    promised, taken = money.promise(Decimal(30), AT).body(), money.capture(Decimal(30), AT).body()

    assert promised["total_unsettled_set"]["shop_money"] == {"amount": "30.00", "currency": "EUR"}
    assert taken["total_unsettled_set"]["shop_money"]["amount"] == "0.00"
    assert promised["payment_details"]["credit_card_number"] == "•••• •••• •••• 0042"


def test_a_deposit_has_no_card_and_is_pending_until_it_comes():
    money = ledger(manual=True)
    promised, taken = money.promise(Decimal(30), AT).body(), money.capture(Decimal(30), AT).body()

    assert (promised["kind"], promised["status"], promised["authorization"]) == ("sale", "pending", None)
    assert (taken["kind"], taken["status"], taken["parent_id"]) == ("sale", "success", promised["id"])
    assert promised["payment_details"] is None
    assert promised["manual_payment_gateway"]
