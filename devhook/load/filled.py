"""Fills the slots of a template for one order: fresh ids and times, the order's name, the signature. Pure."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, NamedTuple

from devhook.forge.shopify_headers import triggered_at
from devhook.load.template import DeliveryTemplate, Piece, StoryTemplate
from devhook.webhook.signature import sign

_FIRST_NUMBER: Final = 1001
_NANOSECONDS: Final = 1000


class FilledDelivery(NamedTuple):
    """A delivery as it is sent: its topic, shop and path, its Webhook-Id, the header lines, the body."""

    topic: str
    shop: str
    path: str
    webhook_id: str
    headers: list[tuple[str, str]]
    body: bytes


class LiveOrder:
    """One order that lives through a story: what is new in it, the same in all of its deliveries.

    - `number`: its number in the run, from 0; no other order has it.
    - `first_id`: the id that the run's ids begin with; `width`: how many ids an order has at most.
    - `shops`: how many shops the orders are spread over.
    - `uuids`: returns new ids in the form of X-Shopify-Webhook-Id.
    """

    def __init__(
        self,
        story: StoryTemplate,
        number: int,
        *,
        first_id: int,
        width: int,
        shops: int,
        uuids: Callable[[], str],
    ) -> None:
        self._story = story
        self._uuids = uuids
        self._ids = [str(first_id + number * width + index) for index in range(story.ids)]
        self._number = _FIRST_NUMBER + number
        self._shop = shop_number(story.shop, number % shops)
        self._events: dict[int, str] = {}
        self._begun: datetime | None = None
        self._next = 0

    @property
    def is_over(self) -> bool:
        """Return whether all of its deliveries were sent."""
        return self._next >= len(self._story.deliveries)

    def next(self, moment: datetime, secret: str, nanoseconds: int = 0) -> FilledDelivery:
        """Return its next delivery, of this moment."""
        template = self._story.deliveries[self._next]
        self._next += 1
        if self._begun is None:
            self._begun = moment
        webhook_id = self._uuids()
        values = {
            "webhook_id": webhook_id,
            "triggered": triggered_at(moment, nanoseconds % _NANOSECONDS),
            "signature": "",
        }
        body = self._text(template.body, moment, values).encode("latin-1")
        values["signature"] = sign(secret, body)
        headers = [(name, self._text(pieces, moment, values)) for name, pieces in template.headers]
        return FilledDelivery(template.topic, self._shop, template.path, webhook_id, headers, body)

    def _text(self, pieces: Sequence[Piece], moment: datetime, values: dict[str, str]) -> str:
        return "".join(
            piece if isinstance(piece, str) else self._value(str(piece[0]), piece[1], moment, values)
            for piece in pieces
        )

    def _value(self, kind: str, argument: str | int, moment: datetime, values: dict[str, str]) -> str:
        match kind:
            case "id":
                value = self._ids[int(argument)]
            case "name":
                before, _, after = str(argument).partition("\n")
                value = f"{before}{self._number}{after}"
            case "number":
                value = f'"order_number":{self._number}'
            case "now":
                value = _stamp(moment, str(argument))
            case "begun":
                value = _stamp(self._begun or moment, str(argument))
            case "shop":
                value = self._shop
            case "event":
                value = self._events.setdefault(int(argument), self._uuids())
            case _:
                value = values[kind]
        return value


def from_json(story: Sequence[object]) -> StoryTemplate:
    """Return a story that was written as JSON, where tuples become lists."""
    shop, ids, deliveries = story
    return StoryTemplate(shop, ids, [DeliveryTemplate(*each) for each in deliveries])  # type: ignore[arg-type, attr-defined]


def shop_number(shop: str, index: int) -> str:
    """Return the domain of shop `index`, from 0: `acme.myshopify.com`, `acme-2.myshopify.com`."""
    name, dot, rest = shop.partition(".")
    return f"{name}-{index + 1}{dot}{rest}" if index and name else shop


def _stamp(moment: datetime, zone: str) -> str:
    """Return the time in Shopify's form, in the zone of the recorded time: `Z`, `-04:00`."""
    if zone == "Z":
        return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
    return f"{moment.astimezone(timezone(offset)):%Y-%m-%dT%H:%M:%S}{zone}"
