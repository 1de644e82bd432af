"""Whose fulfilment orders are: asked of the Admin API, since no body of fulfillment_orders/* says it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from devhook.errors import CredentialsRefused, DevhookError
from devhook.inbox.database import Inbox
from devhook.inbox.journal import Link, keep_links, unlinked
from devhook.shop.client import AdminClient

# A node costs a point, and a request of many shares its way.
_AT_ONCE: Final = 50
_EVERY: Final = 1.0
_GID: Final = "gid://shopify/FulfillmentOrder/"

# The field is in every version that answers:
# https://shopify.dev/docs/api/admin-graphql/latest/objects/FulfillmentOrder
DOCUMENT: Final = """
query DevhookFulfillmentOrders($ids: [ID!]!) {
  nodes(ids: $ids) { ... on FulfillmentOrder { id order { id name } } }
}"""


async def orders_of(client: AdminClient, ids: Sequence[str]) -> list[Link]:
    """Ask for the orders of fulfilment orders, by their ids without `gid://…`; unknown ones are left out.

    Raises CredentialsRefused where the app may not read orders or fulfilment orders.
    """
    data = await client.graphql(DOCUMENT, {"ids": [f"{_GID}{each}" for each in ids]})
    return [link for node in data.get("nodes") or () if (link := _link(node)) is not None]


class Linker:
    """Asks for what deliveries leave out, each thing once in a session."""

    def __init__(self, inbox: Inbox, client: AdminClient) -> None:
        self._inbox = inbox
        self._client = client
        self._asked: set[str] = set()

    async def look(self) -> int:
        """Ask for all that is missing now; return how many orders were learned."""
        learned = 0
        missing = [each for each in unlinked(self._inbox, self._client.shop) if each not in self._asked]
        for start in range(0, len(missing), _AT_ONCE):
            portion = missing[start : start + _AT_ONCE]
            links = await orders_of(self._client, portion)
            self._asked.update(portion)
            keep_links(self._inbox, self._client.shop, links)
            learned += len(links)
        return learned

    async def go_on(self, tell: Callable[[str, str], None], every: float = _EVERY) -> None:
        """Look every so many seconds, until the shop refuses to say; then `tell` so, once."""
        while True:
            try:
                await self.look()
            except CredentialsRefused as refused:
                tell(
                    f"The orders of fulfillment orders cannot be looked up. {refused.message}",
                    refused.hint,
                )
                return
            except DevhookError:
                # The network, or the shop: the next look will do.
                pass
            await asyncio.sleep(every)


def _link(node: Any) -> Link | None:
    match node:
        case {"id": str(own), "order": {"id": str(order), "name": str(name)}}:
            return Link(fulfillment_order=_tail(own), order_id=_tail(order), order_name=name)
    return None


def _tail(gid: str) -> str:
    return gid.rpartition("/")[2].partition("?")[0]
