"""The demo shop as it stands before any order: goods, customers, locations, taxes, discounts, rates."""

from datetime import datetime, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from devhook.resources import fixtures
from devhook.simulator.orders.values import Currency


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tax(_Fact):
    """A tax by its title and rate: `0.19` is 19 percent."""

    title: str
    rate: Decimal = Field(gt=0, lt=1)


class Market(_Fact):
    """How goods are taxed that go to some countries. `taxes_included`: prices hold the tax already."""

    countries: tuple[str, ...]
    taxes_included: bool
    standard: tuple[Tax, ...]
    reduced: tuple[Tax, ...]


class Location(_Fact):
    """A place that goods are sent from."""

    id: int
    name: str
    address1: str
    city: str
    zip: str
    province_code: str | None
    country_code: str


class Variant(_Fact):
    """A product in one size or colour. `price` is in the shop's currency, `grams` the weight of one."""

    id: int
    title: str
    sku: str
    price: Decimal = Field(gt=0)
    grams: int = Field(ge=0)


class Product(_Fact):
    """Something the shop sells. `engravings`: what buyers have had written on it."""

    id: int
    title: str
    vendor: str
    tax: Literal["standard", "reduced"] = "standard"
    requires_shipping: bool = True
    engravings: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = Field(min_length=1)


class Article(_Fact):
    """A variant together with its product: what a buyer puts into the basket."""

    product: Product
    variant: Variant

    @property
    def variant_title(self) -> str | None:
        """The variant's title; None where the product comes in one kind only."""
        return None if self.variant.title == "Default Title" else self.variant.title

    @property
    def name(self) -> str:
        """What a line of an order is called: `Wool blanket - Sand`."""
        return " - ".join(filter(None, (self.product.title, self.variant_title)))


class Address(_Fact):
    """Where a customer lives."""

    id: int
    company: str | None = None
    address1: str
    address2: str | None
    city: str
    zip: str
    province_code: str | None = None
    country_code: str
    phone: str | None
    latitude: Decimal | None
    longitude: Decimal | None


class Customer(_Fact):
    """Somebody who buys. `tags` is a list with commas, as in a body."""

    id: int
    first_name: str
    last_name: str
    email: str
    phone: str | None
    locale: str
    accepts_marketing: bool
    state: Literal["disabled", "invited", "enabled", "declined"]
    note: str | None
    tags: str
    created_at: AwareDatetime
    address: Address

    @property
    def name(self) -> str:
        """Both names."""
        return f"{self.first_name} {self.last_name}"


class DiscountKind(StrEnum):
    """What a discount lowers: the goods' price in percent or by an amount, or the shipping in percent."""

    PERCENTAGE = "percentage"
    FIXED_AMOUNT = "fixed_amount"
    SHIPPING = "shipping"


class Discount(_Fact):
    """A discount code. `value` is percent, or an amount in the shop's currency for `fixed_amount`."""

    code: str
    kind: DiscountKind
    value: Decimal = Field(gt=0)


class ShippingRate(_Fact):
    """What sending costs."""

    title: str
    code: str
    price: Decimal = Field(ge=0)
    countries: tuple[str, ...]


class Payment(_Fact):
    """A way to pay. A manual one (bank deposit) authorises nothing: the money comes later, or not."""

    gateway: str
    method: str | None
    company: str | None
    manual: bool


class Carrier(_Fact):
    """Who carries parcels. `url` holds `{number}`."""

    company: str
    prefix: str
    url: str


class Catalogue(_Fact):
    """The shop. Every country that somebody lives in has a market and a shipping rate."""

    id: int
    domain: str
    name: str
    currency: str
    utc_offset: str
    app_id: int
    business_entity_id: str
    markets: tuple[Market, ...]
    locations: tuple[Location, ...] = Field(min_length=2)
    products: tuple[Product, ...] = Field(min_length=3)
    customers: tuple[Customer, ...] = Field(min_length=1)
    countries: dict[str, str]
    provinces: dict[str, str]
    discounts: tuple[Discount, ...]
    shipping_rates: tuple[ShippingRate, ...]
    payments: tuple[Payment, ...] = Field(min_length=1)
    carriers: tuple[Carrier, ...] = Field(min_length=1)
    notes: tuple[str, ...] = Field(min_length=2)
    landing_sites: tuple[str, ...] = Field(min_length=1)
    referring_sites: tuple[str | None, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _serves_every_customer(self) -> Self:
        for customer in self.customers:
            country = customer.address.country_code
            self.market(country)
            if not self.rates(country):
                raise ValueError(f"there is no shipping rate for {country}")
        return self

    @property
    def money(self) -> Currency:
        """The shop's currency."""
        return Currency(code=self.currency)

    @property
    def zone(self) -> tzinfo:
        """The shop's offset from UTC, in which its times are written."""
        zone = datetime.strptime(self.utc_offset, "%z").tzinfo
        if zone is None:
            raise ValueError(f"{self.utc_offset} is no offset from UTC")
        return zone

    @property
    def articles(self) -> tuple[Article, ...]:
        """Everything that can be bought."""
        return tuple(
            Article(product=product, variant=variant)
            for product in self.products
            for variant in product.variants
        )

    def market(self, country: str) -> Market:
        """The market that `country` belongs to; ValueError when there is none."""
        for market in self.markets:
            if country in market.countries:
                return market
        raise ValueError(f"there is no market for {country}")

    def rates(self, country: str) -> tuple[ShippingRate, ...]:
        """The shipping rates to `country`."""
        return tuple(rate for rate in self.shipping_rates if country in rate.countries)

    def time(self, moment: datetime) -> str:
        """`moment` as a body has it: in the shop's zone, to the second."""
        return moment.astimezone(self.zone).isoformat(timespec="seconds")


def demo_shop() -> Catalogue:
    """Return the shop that devhook brings along (`fixtures/shop.json`)."""
    return Catalogue.model_validate_json((fixtures() / "shop.json").read_bytes())
