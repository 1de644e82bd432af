"""The demo shop without orders: products, customers, locations, taxes, discounts, shipping rates."""

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
    """The taxes for some countries. `taxes_included`: whether prices include them."""

    countries: tuple[str, ...]
    taxes_included: bool
    standard: tuple[Tax, ...]
    reduced: tuple[Tax, ...]


class Location(_Fact):
    """A location that goods are shipped from."""

    id: int
    name: str
    address1: str
    city: str
    zip: str
    province_code: str | None
    country_code: str


class Variant(_Fact):
    """A product in one size or colour. `price` is in the shop's currency, `grams` is the weight of a unit."""

    id: int
    title: str
    sku: str
    price: Decimal = Field(gt=0)
    grams: int = Field(ge=0)


class Product(_Fact):
    """A product. `engravings`: texts that buyers order on it."""

    id: int
    title: str
    vendor: str
    tax: Literal["standard", "reduced"] = "standard"
    requires_shipping: bool = True
    engravings: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = Field(min_length=1)


class Article(_Fact):
    """A variant with its product: what a buyer orders."""

    product: Product
    variant: Variant

    @property
    def variant_title(self) -> str | None:
        """Return the variant's title; None if the product has only one variant."""
        return None if self.variant.title == "Default Title" else self.variant.title

    @property
    def name(self) -> str:
        """Return the name of a line item: `Wool blanket - Sand`."""
        return " - ".join(filter(None, (self.product.title, self.variant_title)))


class Address(_Fact):
    """A customer's address."""

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
    """A customer. `tags` are separated by commas, as in a body."""

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
        """Return first and last name."""
        return f"{self.first_name} {self.last_name}"


class DiscountKind(StrEnum):
    """What a discount reduces: the goods by percent or by an amount, or the shipping by percent."""

    PERCENTAGE = "percentage"
    FIXED_AMOUNT = "fixed_amount"
    SHIPPING = "shipping"


class Discount(_Fact):
    """A discount code. `value` is percent, or for `fixed_amount` an amount in the shop's currency."""

    code: str
    kind: DiscountKind
    value: Decimal = Field(gt=0)


class ShippingRate(_Fact):
    """A shipping rate."""

    title: str
    code: str
    price: Decimal = Field(ge=0)
    countries: tuple[str, ...]


class Payment(_Fact):
    """A payment method. A manual one (bank deposit) has no authorization: the money may arrive later."""

    gateway: str
    method: str | None
    company: str | None
    manual: bool


class Carrier(_Fact):
    """A carrier. `url` contains `{number}`."""

    company: str
    prefix: str
    url: str


class Catalogue(_Fact):
    """The shop. Every customer's country has a market and a shipping rate."""

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
                raise ValueError(f"no shipping rate for {country}")
        return self

    @property
    def money(self) -> Currency:
        """Return the shop's currency."""
        return Currency(code=self.currency)

    @property
    def zone(self) -> tzinfo:
        """Return the shop's offset from UTC, in which its times are written."""
        zone = datetime.strptime(self.utc_offset, "%z").tzinfo
        if zone is None:
            raise ValueError(f"{self.utc_offset} is not an offset from UTC")
        return zone

    @property
    def articles(self) -> tuple[Article, ...]:
        """Return all articles."""
        return tuple(
            Article(product=product, variant=variant)
            for product in self.products
            for variant in product.variants
        )

    def market(self, country: str) -> Market:
        """Return the market of `country`. Raise ValueError if there is none."""
        for market in self.markets:
            if country in market.countries:
                return market
        raise ValueError(f"no market for {country}")

    def rates(self, country: str) -> tuple[ShippingRate, ...]:
        """Return the shipping rates to `country`."""
        return tuple(rate for rate in self.shipping_rates if country in rate.countries)

    def time(self, moment: datetime) -> str:
        """Return `moment` as in a body: in the shop's time zone, to the second."""
        return moment.astimezone(self.zone).isoformat(timespec="seconds")


def demo_shop() -> Catalogue:
    """Return devhook's demo shop (`fixtures/shop.json`)."""
    return Catalogue.model_validate_json((fixtures() / "shop.json").read_bytes())
