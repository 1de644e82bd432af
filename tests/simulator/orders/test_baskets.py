"""The contents of baskets."""

from random import Random

from devhook.simulator.orders.baskets import draw_basket, draw_visit
from devhook.simulator.orders.catalogue import demo_shop

SHOP = demo_shop()


def test_every_drawn_basket_can_be_edited_and_sent_in_parts():
    random = Random(1)

    for basket in (draw_basket(SHOP, random) for _ in range(300)):
        articles = [item.article for item in basket.items]
        assert 2 <= len(articles) == len(set(articles)) <= 4
        assert basket.items[0].quantity >= 2
        assert basket.items[0].article.product.requires_shipping
        assert basket.customer.address.country_code in basket.rate.countries


def test_chance_brings_every_customer_discount_and_way_to_pay():
    random = Random(1)
    baskets = [draw_basket(SHOP, random) for _ in range(300)]

    assert {basket.customer for basket in baskets} == set(SHOP.customers)
    assert {basket.discount for basket in baskets} == {None, *SHOP.discounts}
    assert {basket.payment for basket in baskets} == set(SHOP.payments)
    assert {item.article for basket in baskets for item in basket.items} == set(SHOP.articles)


def test_a_visit_comes_from_an_address_reserved_for_documentation():
    visit = draw_visit(SHOP, Random(1))

    assert visit.browser_ip.startswith("203.0.113.")
    assert len(visit.order_token) == len(visit.checkout_token) == 32
    assert draw_visit(SHOP, Random(1)) == visit
