"""Whose fulfilment orders are: their bodies do not say it, and what Shopify said is kept in the journal."""

from collections.abc import Iterable
from typing import Final

from pydantic import BaseModel, ConfigDict

from devhook.inbox.past import shop_key
from devhook.inbox.rows import storable
from devhook.inbox.store import Inbox


class Link(BaseModel):
    """One fulfilment order and the order that it is part of: ids without `gid://…`, and the order's name."""

    model_config = ConfigDict(frozen=True)

    fulfillment_order: str
    order_id: str
    order_name: str | None = None


KEEP: Final = """
INSERT OR IGNORE INTO journal.fulfillment_orders (shop, id, order_id, order_name) VALUES (?, ?, ?, ?)
"""
UNLINKED: Final = """
SELECT DISTINCT subject FROM readings.readings r INDEXED BY timeline
WHERE r.shop = ? AND r.kind = 'fulfillment_order' AND r.trusted = 1 AND NOT EXISTS (
    SELECT 1 FROM journal.fulfillment_orders f WHERE f.shop = r.shop AND f.id = r.subject
)
LIMIT ?
"""


def keep_links(inbox: Inbox, shop: str | None, links: Iterable[Link]) -> None:
    """Write down what Shopify said. Every reader moves the readings under their orders when it looks next."""
    rows = [
        (shop_key(shop), storable(link.fulfillment_order), storable(link.order_id), storable(link.order_name))
        for link in links
    ]
    if rows:
        with inbox.writing() as connection:
            connection.executemany(KEEP, rows)


def unlinked(inbox: Inbox, shop: str | None, limit: int = 1000) -> list[str]:
    """The ids of fulfilment orders that were told of and that nobody has named the order of."""
    return [own_id for (own_id,) in inbox.query(UNLINKED, shop_key(shop), limit)]
