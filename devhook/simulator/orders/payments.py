"""The payments of one order: authorizations, captures, sales, refunds, voids, and their transactions."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from devhook.simulator.orders.catalogue import Payment
from devhook.simulator.orders.values import ZERO, Currency, Ids, gid


class PaymentKind(StrEnum):
    """The kinds of transactions."""

    AUTHORIZATION = "authorization"
    CAPTURE = "capture"
    SALE = "sale"
    REFUND = "refund"
    VOID = "void"


class Transaction(BaseModel):
    """One transaction. `at` is written as in a body; `parent_id` is the transaction that it refers to."""

    model_config = ConfigDict(frozen=True)

    id: int
    order_id: int
    payment_id: str
    kind: PaymentKind
    amount: Decimal
    at: str
    currency: Currency
    payment: Payment
    card: str
    authorization: str | None
    parent_id: int | None = None
    pending: bool = False

    @property
    def status(self) -> str:
        """Return `success`, or `pending` for a promised payment."""
        return "pending" if self.pending else "success"

    def body(self) -> dict[str, Any]:
        """Return the body of `order_transactions/create`."""
        body = self.body_of_refund()
        details = {"payment_details": self._details()}
        keys = list(body)
        after = keys.index("source_name") + 1
        return {key: body[key] for key in keys[:after]} | details | {key: body[key] for key in keys[after:]}

    def body_of_refund(self) -> dict[str, Any]:
        """Return the item of `transactions` in `refunds/create`: without the card."""
        unsettled = self.currency.text(
            self.amount if self.kind is PaymentKind.AUTHORIZATION or self.pending else ZERO
        )
        return {
            "id": self.id,
            "order_id": self.order_id,
            "kind": self.kind.value,
            "gateway": self.payment.gateway,
            "status": self.status,
            "message": self._message,
            "created_at": self.at,
            "test": not self.payment.manual,
            "authorization": self.authorization,
            "location_id": None,
            "user_id": None,
            "parent_id": self.parent_id,
            "processed_at": self.at,
            "device_id": None,
            "error_code": None,
            "source_name": "web",
            "receipt": {},
            "amount": self.currency.text(self.amount),
            "currency": self.currency.code,
            "payment_id": self.payment_id,
            # Only here is the key `currency` and not `currency_code`:
            # https://shopify.dev/docs/api/webhooks/latest
            "total_unsettled_set": {
                "presentment_money": {"amount": unsettled, "currency": self.currency.code},
                "shop_money": {"amount": unsettled, "currency": self.currency.code},
            },
            "manual_payment_gateway": self.payment.manual,
            "amount_rounding": None,
            "admin_graphql_api_id": gid("OrderTransaction", self.id),
        }

    def body_in_order(self) -> dict[str, Any]:
        """Return the item of `transactions` in the `refunds` of an order."""
        return {
            "id": self.id,
            "admin_graphql_api_id": gid("OrderTransaction", self.id),
            "amount": self.currency.text(self.amount),
            "authorization": self.authorization,
            "created_at": self.at,
            "currency": self.currency.code,
            "device_id": None,
            "error_code": None,
            "gateway": self.payment.gateway,
            "kind": self.kind.value,
            "location_id": None,
            "message": self._message,
            "order_id": self.order_id,
            "parent_id": self.parent_id,
            "payment_id": self.payment_id,
            "processed_at": self.at,
            "receipt": {},
            "source_name": "web",
            "status": self.status,
            "test": not self.payment.manual,
            "user_id": None,
        }

    @property
    def _message(self) -> str | None:
        if self.payment.manual:
            return f"{'Pending' if self.pending else 'Marked'} {self.payment.gateway} payment"
        return "Bogus Gateway: Forced success"

    def _details(self) -> dict[str, Any] | None:
        if self.payment.manual:
            return None
        return {
            "credit_card_bin": None,
            "avs_result_code": None,
            "cvv_result_code": None,
            "credit_card_number": f"•••• •••• •••• {self.card}",
            "credit_card_company": self.payment.company,
            "buyer_action_info": None,
            "credit_card_name": None,
            "credit_card_wallet": None,
            "credit_card_expiration_month": None,
            "credit_card_expiration_year": None,
            "payment_method_name": self.payment.method,
        }


@dataclass(slots=True)
class Ledger:
    """All transactions of one order, oldest first, and their sums."""

    order_id: int
    order_name: str
    currency: Currency
    payment: Payment
    card: str
    authorization: str
    ids: Ids
    transactions: list[Transaction] = field(default_factory=list)

    @property
    def captured(self) -> Decimal:
        """Return what the buyer has paid."""
        return sum((each.amount for each in self._taken), ZERO)

    @property
    def refunded(self) -> Decimal:
        """Return what was refunded."""
        return sum((each.amount for each in self.transactions if each.kind is PaymentKind.REFUND), ZERO)

    @property
    def received(self) -> Decimal:
        """Return what the buyer has paid, minus refunds."""
        return self.captured - self.refunded

    @property
    def promised(self) -> Transaction | None:
        """Return the authorization or pending payment that is neither captured nor voided, or None."""
        settled = {each.parent_id for each in self.transactions}
        for each in self.transactions:
            if (each.kind is PaymentKind.AUTHORIZATION or each.pending) and each.id not in settled:
                return each
        return None

    def financial_status(self, outstanding: Decimal) -> str:
        """Return the order's `financial_status` with this `outstanding` amount."""
        if not self.captured:
            return self._status_of_promise(outstanding)
        if self.refunded:
            return "refunded" if self.refunded == self.captured else "partially_refunded"
        return "partially_paid" if outstanding > 0 else "paid"

    def promise(self, amount: Decimal, at: str) -> Transaction:
        """Record the checkout: an authorized card or a pending deposit."""
        if self.payment.manual:
            return self._enter(PaymentKind.SALE, amount, at, pending=True)
        return self._enter(PaymentKind.AUTHORIZATION, amount, at)

    def capture(self, outstanding: Decimal, at: str) -> Transaction:
        """Capture the promised amount up to `outstanding`; without a promise, all of `outstanding`."""
        promised = self.promised
        if promised is None:
            return self._enter(PaymentKind.SALE, outstanding, at)
        kind = PaymentKind.CAPTURE if promised.kind is PaymentKind.AUTHORIZATION else PaymentKind.SALE
        return self._enter(kind, min(outstanding, promised.amount), at, parent_id=promised.id)

    def refund(self, amount: Decimal, at: str) -> list[Transaction]:
        """Refund `amount`, with one transaction for each payment that it is taken from."""
        given = []
        for payment in self._taken:
            back = sum((each.amount for each in self.transactions if each.parent_id == payment.id), ZERO)
            part = min(amount, payment.amount - back)
            if part > 0:
                given.append(self._enter(PaymentKind.REFUND, part, at, parent_id=payment.id))
                amount -= part
        return given

    def void(self, promised: Transaction, at: str) -> Transaction:
        """Void the promised payment."""
        return self._enter(PaymentKind.VOID, promised.amount, at, parent_id=promised.id)

    def _status_of_promise(self, outstanding: Decimal) -> str:
        if self.promised:
            return "authorized" if self.promised.kind is PaymentKind.AUTHORIZATION else "pending"
        if any(each.kind is PaymentKind.VOID for each in self.transactions):
            return "voided"
        # There was no promise, because nothing was to be paid.
        return "pending" if outstanding > 0 else "paid"

    @property
    def _taken(self) -> list[Transaction]:
        return [
            each
            for each in self.transactions
            if each.kind in {PaymentKind.CAPTURE, PaymentKind.SALE} and not each.pending
        ]

    def _enter(
        self,
        kind: PaymentKind,
        amount: Decimal,
        at: str,
        *,
        parent_id: int | None = None,
        pending: bool = False,
    ) -> Transaction:
        transaction = Transaction(
            id=self.ids(),
            order_id=self.order_id,
            payment_id=f"{self.order_name}.{len(self.transactions) + 1}",
            kind=kind,
            amount=amount,
            at=at,
            currency=self.currency,
            payment=self.payment,
            card=self.card,
            authorization=None if self.payment.manual else self.authorization,
            parent_id=parent_id,
            pending=pending,
        )
        self.transactions.append(transaction)
        return transaction
