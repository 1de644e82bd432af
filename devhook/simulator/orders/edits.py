"""Editing an order after its checkout: a unit is taken out, a dearer article is added."""

from decimal import Decimal
from random import Random
from typing import Any, Final

from devhook.simulator.orders.catalogue import Article
from devhook.simulator.orders.checkout import new_line
from devhook.simulator.orders.line_items import LineItem
from devhook.simulator.orders.removals import take_one
from devhook.simulator.orders.state import OrderState
from devhook.simulator.orders.values import ZERO, Ids

# What is added costs so many times what is taken out, which no difference in taxes makes up for: something is
# left to pay after every edit.
_DEARER: Final = Decimal("1.25")


def edit(order: OrderState, *, ids: Ids, random: Random) -> dict[str, Any]:
    """Edit `order` and return the body of `orders/edited`, which has nothing but ids and differences."""
    lowered = _lowered(order)
    market = order.catalogue.market(order.basket.customer.address.country_code)
    added = new_line(_article(order, lowered, random), 1, market, order.catalogue, ids)
    if lowered:
        take_one(order, lowered, ids)
    order.lines.append(added)
    order.routing.add(added)
    order.routing.settle()
    at = order.catalogue.time(order.updated_at)
    return {
        "order_edit": {
            "id": ids(),
            "app_id": None,
            "created_at": at,
            "committed_at": at,
            "notify_customer": False,
            "order_id": order.id,
            "staff_note": "",
            "user_id": None,
            "line_items": {
                "additions": [{"id": added.id, "delta": 1}],
                "removals": [{"id": lowered.id, "delta": 1}] if lowered else [],
            },
            "discounts": {"line_item": {"additions": [], "removals": []}},
            "shipping_lines": {"additions": [], "removals": []},
        }
    }


def _lowered(order: OrderState) -> LineItem | None:
    """Choose what a unit is taken out of: the cheapest line that keeps one, if anything is dearer."""
    dearest = max(each.variant.price for each in order.catalogue.articles)
    return min(
        (
            line
            for line in order.lines
            if line.current > 1 and line.fulfillable and line.article.variant.price * _DEARER < dearest
        ),
        key=lambda line: line.article.variant.price,
        default=None,
    )


def _article(order: OrderState, lowered: LineItem | None, random: Random) -> Article:
    """Choose what is added: if possible something that is not in the order yet."""
    floor = lowered.article.variant.price * _DEARER if lowered else ZERO
    dearer = [each for each in order.catalogue.articles if each.variant.price > floor]
    here = {line.article for line in order.lines}
    return random.choice([each for each in dearer if each not in here] or dearer)
