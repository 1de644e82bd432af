"""A buyer's basket, and the data of the browser visit that ends at the checkout."""

from random import Random
from string import ascii_uppercase, digits

from pydantic import BaseModel, ConfigDict, Field

from devhook.simulator.orders.catalogue import Article, Catalogue, Customer, Discount, Payment, ShippingRate
from devhook.simulator.orders.values import token

_LINES = (2, 4)
_DISCOUNTED = 0.5
_NOTED = 0.25
_BY_DEPOSIT = 0.15


class Item(BaseModel):
    """Units of an article, with their engraving."""

    model_config = ConfigDict(frozen=True)

    article: Article
    quantity: int = Field(ge=1)
    engraving: str | None = None


class Basket(BaseModel):
    """The decisions of a checkout. `rate` is None if nothing is shipped, such as for files."""

    model_config = ConfigDict(frozen=True)

    customer: Customer
    items: tuple[Item, ...] = Field(min_length=1)
    discount: Discount | None
    rate: ShippingRate | None
    payment: Payment
    note: str | None = None


class Visit(BaseModel):
    """The browser visit that ended at the checkout."""

    model_config = ConfigDict(frozen=True)

    order_token: str
    status_key: str
    cart_token: str
    checkout_token: str
    confirmation_number: str
    browser_ip: str
    browser_width: int
    browser_height: int
    user_agent: str
    landing_site: str
    referring_site: str | None
    card: str
    authorization: str


def draw_basket(catalogue: Catalogue, random: Random) -> Basket:
    """Return a random basket: two to four different articles, at least two units of the first."""
    customer = random.choice(catalogue.customers)
    sent = [article for article in catalogue.articles if article.product.requires_shipping]
    first, *others = random.sample(catalogue.articles, random.randint(*_LINES))
    if not first.product.requires_shipping:
        # At least one article is shipped, so that every random order can be moved and partly fulfilled.
        first = random.choice([article for article in sent if article not in others])
    items = [_item(first, random.randint(2, 3), random)]
    items += [_item(article, random.randint(1, 2), random) for article in others]
    return Basket(
        customer=customer,
        items=tuple(items),
        discount=random.choice(catalogue.discounts)
        if catalogue.discounts and random.random() < _DISCOUNTED
        else None,
        rate=random.choice(catalogue.rates(customer.address.country_code)),
        payment=_payment(catalogue, random),
        note=random.choice(catalogue.notes) if random.random() < _NOTED else None,
    )


def draw_visit(catalogue: Catalogue, random: Random) -> Visit:
    """Return a random visit. Its IP address is reserved for documentation (RFC 5737)."""
    return Visit(
        order_token=token(random),
        status_key=token(random),
        cart_token=f"hWN{token(random, 24)}",
        checkout_token=token(random),
        confirmation_number="".join(random.choices(ascii_uppercase + digits, k=9)),
        browser_ip=f"203.0.113.{random.randrange(1, 255)}",
        browser_width=random.choice((390, 1280, 1512, 1920)),
        browser_height=random.choice((664, 720, 863, 945)),
        user_agent=f"Mozilla/5.0 (X11; Linux x86_64; rv:{(version := random.randint(140, 146))}.0) "
        f"Gecko/20100101 Firefox/{version}.0",
        landing_site=random.choice(catalogue.landing_sites),
        referring_site=random.choice(catalogue.referring_sites),
        card=f"{random.randrange(10**4):04}",
        authorization=f"{random.randrange(10**8):08}",
    )


def _item(article: Article, quantity: int, random: Random) -> Item:
    engravings = article.product.engravings
    return Item(
        article=article, quantity=quantity, engraving=random.choice(engravings) if engravings else None
    )


def _payment(catalogue: Catalogue, random: Random) -> Payment:
    manual = random.random() < _BY_DEPOSIT
    ways = [payment for payment in catalogue.payments if payment.manual == manual]
    return random.choice(ways or catalogue.payments)
