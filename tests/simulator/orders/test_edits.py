"""Editing an order after its checkout."""

from datetime import UTC, datetime
from decimal import Decimal
from random import Random

import pytest

from devhook.scenario.model import Action
from devhook.simulator.orders.baskets import Basket, Item
from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.orders.order import SimulatedOrder
from devhook.simulator.orders.values import ascending_ids

SHOP = demo_shop()
NOW = datetime(2026, 5, 4, 9, 12, 33, tzinfo=UTC)


def edited(*items, seed=1):
    random = Random(seed)
    articles = {article.variant.sku: article for article in SHOP.articles}
    basket = Basket(
        customer=SHOP.customers[-1],
        items=tuple(Item(article=articles[sku], quantity=quantity) for sku, quantity in items),
        discount=None,
        rate=SHOP.shipping_rates[-1],
        payment=SHOP.payments[0],
    )
    order, _ = SimulatedOrder.check_out(
        SHOP, number=1001, ids=ascending_ids(random), random=random, now=NOW, basket=basket
    )
    edit, updated = order.act(Action.EDIT, now=NOW)
    return edit.payload["order_edit"], updated.payload


@pytest.mark.parametrize("seed", range(10))
def test_it_lowers_the_cheapest_line_of_several_and_adds_something_dearer(seed):
    edit, order = edited(("MUG-MOSS-350", 1), ("SKILLET-24", 2), ("TOWEL-2", 2), seed=seed)

    towel, added = order["line_items"][2], order["line_items"][-1]
    assert edit["line_items"]["removals"] == [{"id": towel["id"], "delta": 1}]
    assert Decimal(added["price"]) > Decimal(towel["price"])
    assert added["sku"] not in {line["sku"] for line in order["line_items"][:-1]}


@pytest.mark.parametrize("items", [[("TOWEL-2", 1)], [("BLK-SAND", 3)]])
def test_nothing_is_lowered_that_is_alone_or_dearer_than_everything(items):
    edit, order = edited(*items)

    assert edit["line_items"]["removals"] == []
    assert len(edit["line_items"]["additions"]) == 1
    assert order["refunds"] == []


@pytest.mark.parametrize("seed", range(10))
def test_something_is_added_that_is_not_in_the_order_yet(seed):
    here = (
        "TOWEL-2",
        "BLK-SAND",
        "SKILLET-24",
        "SKILLET-28",
        "COF-NZ-1000",
        "LANT-ADA-S",
        "KNIFE-WAL",
        "KNIFE-OLI",
    )

    _, order = edited(("TOWEL-2", 2), *((sku, 1) for sku in here[1:]), seed=seed)

    assert order["line_items"][-1]["sku"] in {"BLK-SLATE", "LANT-ADA-L"}
