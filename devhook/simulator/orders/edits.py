"""Edits an order after its checkout: removes a unit and adds a more expensive article."""

from decimal import Decimal
from random import Random
from typing import Any, Final

from devhook.simulator.orders.catalogue import Article
from devhook.simulator.orders.checkout import new_line
from devhook.simulator.orders.line_items import LineItem
from devhook.simulator.orders.removals import remove_one
from devhook.simulator.orders.state import OrderState
from devhook.simulator.orders.values import ZERO, Ids

# The minimal ratio of the added price to the removed one. It exceeds any difference in taxes, so an amount is
# outstanding after every edit.
_DEARER: Final = Decimal("1.25")


def edit(order: OrderState, *, ids: Ids, random: Random) -> dict[str, Any]:
    """Edit `order` and return the body of `orders/edited`, which contains only ids and differences."""
    lowered = _lowered(order)
    market = order.catalogue.market(order.basket.customer.address.country_code)
    added = new_line(_article(order, lowered, random), 1, market, order.catalogue, ids)
    if lowered:
        remove_one(order, lowered, ids)
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
    """Return the cheapest line that keeps a unit after the removal, if a more expensive article exists."""
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
    """Return the article to add, if possible one that is not in the order."""
    floor = lowered.article.variant.price * _DEARER if lowered else ZERO
    dearer = [each for each in order.catalogue.articles if each.variant.price > floor]
    here = {line.article for line in order.lines}
    return random.choice([each for each in dearer if each not in here] or dearer)
