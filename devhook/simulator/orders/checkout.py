"""The checkout: creates an order from a basket."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from random import Random

from devhook.simulator.orders.baskets import Basket, draw_visit
from devhook.simulator.orders.catalogue import Article, Catalogue, Discount, DiscountKind, Market, Tax
from devhook.simulator.orders.line_items import Allocation, LineItem, ShippingLine
from devhook.simulator.orders.payments import Ledger
from devhook.simulator.orders.routing import Routing
from devhook.simulator.orders.state import OrderState
from devhook.simulator.orders.values import ZERO, Ids


def place(
    catalogue: Catalogue, basket: Basket, *, number: int, ids: Ids, random: Random, now: datetime
) -> OrderState:
    """Return a new order, not paid and not routed."""
    market = catalogue.market(basket.customer.address.country_code)
    order_id = ids()
    visit = draw_visit(catalogue, random)
    lines = [
        new_line(item.article, item.quantity, market, catalogue, ids, engraving=item.engraving)
        for item in basket.items
    ]
    shipping = _shipping_line(basket, market, catalogue, ids)
    discounted = _discount(basket.discount, lines, shipping, catalogue)
    return OrderState(
        catalogue=catalogue,
        basket=basket,
        visit=visit,
        id=order_id,
        number=number,
        created_at=now,
        updated_at=now,
        lines=lines,
        shipping=shipping,
        discounted=discounted,
        ledger=Ledger(
            order_id=order_id,
            order_name=f"#{number}",
            currency=catalogue.money,
            payment=basket.payment,
            card=visit.card,
            authorization=visit.authorization,
            ids=ids,
        ),
        routing=Routing(ids=ids),
        note=basket.note,
    )


def new_line(
    article: Article,
    quantity: int,
    market: Market,
    catalogue: Catalogue,
    ids: Ids,
    *,
    engraving: str | None = None,
) -> LineItem:
    """Return a line item of `article`, taxed as in `market`."""
    taxes: tuple[Tax, ...] = market.reduced if article.product.tax == "reduced" else market.standard
    return LineItem(
        id=ids(),
        article=article,
        quantity=quantity,
        currency=catalogue.money,
        taxes=taxes,
        taxes_included=market.taxes_included,
        engraving=engraving,
    )


def _shipping_line(basket: Basket, market: Market, catalogue: Catalogue, ids: Ids) -> ShippingLine | None:
    sent = any(item.article.product.requires_shipping for item in basket.items)
    if basket.rate is None or not sent:
        return None
    return ShippingLine(
        id=ids(),
        rate=basket.rate,
        currency=catalogue.money,
        taxes=market.standard,
        taxes_included=market.taxes_included,
    )


def _discount(
    discount: Discount | None, lines: Sequence[LineItem], shipping: ShippingLine | None, catalogue: Catalogue
) -> Decimal:
    """Apply `discount` to the lines or the shipping, and return its amount."""
    if discount is None:
        return ZERO
    money = catalogue.money
    if discount.kind is DiscountKind.SHIPPING:
        if shipping is None:
            return ZERO
        amount = money.rounded(shipping.rate.price * min(discount.value, Decimal(100)) / 100)
        shipping.allocation = Allocation(index=0, amount=amount)
        return amount
    prices = [line.article.variant.price * line.quantity for line in lines]
    goods = sum(prices, ZERO)
    wanted = goods * discount.value / 100 if discount.kind is DiscountKind.PERCENTAGE else discount.value
    amount = min(money.rounded(wanted), goods)
    for line, share in zip(lines, money.shared(amount, prices), strict=True):
        line.allocation = Allocation(index=0, amount=share)
    return amount
