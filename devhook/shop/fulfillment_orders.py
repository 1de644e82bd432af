"""Queries the orders of fulfilment orders, which no payload of fulfillment_orders/* contains."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from devhook.errors import CredentialsRefused, DevhookError
from devhook.inbox.database import Inbox
from devhook.inbox.journal import Link, keep_links, unlinked
from devhook.shop.client import AdminClient

# Each node costs one point.
_BATCH: Final = 50
# Seconds.
_EVERY: Final = 1.0
_GID: Final = "gid://shopify/FulfillmentOrder/"

# Every supported version has the field:
# https://shopify.dev/docs/api/admin-graphql/latest/objects/FulfillmentOrder
DOCUMENT: Final = """
query DevhookFulfillmentOrders($ids: [ID!]!) {
  nodes(ids: $ids) { ... on FulfillmentOrder { id order { id name } } }
}"""


async def orders_of(client: AdminClient, ids: Sequence[str]) -> list[Link]:
    """Return the orders of fulfilment orders, without those that the shop does not know.

    `ids`: the ids of the fulfilment orders without `gid://…`. Raises CredentialsRefused if the app lacks the
    scope to read orders or fulfilment orders.
    """
    data = await client.graphql(DOCUMENT, {"ids": [f"{_GID}{each}" for each in ids]})
    return [link for node in data.get("nodes") or () if (link := _link(node)) is not None]


class Linker:
    """Queries the orders of the fulfilment orders in an inbox, each once in a session."""

    def __init__(self, inbox: Inbox, client: AdminClient) -> None:
        self._inbox = inbox
        self._client = client
        self._asked: set[str] = set()

    async def look(self) -> int:
        """Query the orders that the inbox lacks now; return the number of orders found."""
        found = 0
        missing = [each for each in unlinked(self._inbox, self._client.shop) if each not in self._asked]
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            links = await orders_of(self._client, batch)
            self._asked.update(batch)
            keep_links(self._inbox, self._client.shop, links)
            found += len(links)
        return found

    async def go_on(self, report: Callable[[str, str], None], every: float = _EVERY) -> None:
        """Query the missing orders at an interval in seconds.

        If the shop rejects the credentials, pass message and hint to `report` once and return.
        """
        while True:
            try:
                await self.look()
            except CredentialsRefused as refused:
                report(
                    f"The orders of fulfilment orders cannot be looked up. {refused.message}",
                    refused.hint,
                )
                return
            except DevhookError:
                # The network or the shop failed; the next query tries again.
                pass
            await asyncio.sleep(every)


def _link(node: Any) -> Link | None:
    match node:
        case {"id": str(own), "order": {"id": str(order), "name": str(name)}}:
            return Link(fulfillment_order=_tail(own), order_id=_tail(order), order_name=name)
    return None


def _tail(gid: str) -> str:
    return gid.rpartition("/")[2].partition("?")[0]
