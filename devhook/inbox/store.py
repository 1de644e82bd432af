"""One inbox, open: deliveries in, rows and readings out."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from devhook.inbox.leases import Lease, LeaseState
from devhook.inbox.rows import Row
from devhook.reading.verdict import Reading
from devhook.webhook.delivery import Arrival, Delivery


class Inbox:
    """An open inbox. It belongs to the thread that opened it; several processes may have the same one open.

    Whatever cannot be opened, read or written is an InboxError.
    """

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the inbox at `path`; make it, folder included, if it is not there. A context manager."""
        raise NotImplementedError

    path: Path

    def close(self) -> None:
        """Close the files."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, arrivals: Sequence[Arrival]) -> list[int]:
        """Write deliveries down in one transaction, on disk when this returns. Only the receiver does this."""
        raise NotImplementedError

    def changed(self) -> bool:
        """Whether another process or connection wrote since the last call; True the first time."""
        raise NotImplementedError

    def delivery(self, delivery_id: int) -> Delivery:
        """The request as it came. InputError when there is no such delivery."""
        raise NotImplementedError

    def arrival(self, delivery_id: int) -> Arrival:
        """The delivery with what its check showed and what its sender was answered."""
        raise NotImplementedError

    def reading(self, delivery_id: int) -> Reading | None:
        """What was concluded of it; None as long as it is not read."""
        raise NotImplementedError

    def row(self, delivery_id: int) -> Row:
        """The delivery as a line of the list."""
        raise NotImplementedError

    def rows(
        self, *, after: int = 0, before: int | None = None, limit: int = 1000, newest_first: bool = False
    ) -> list[Row]:
        """The deliveries with ids between `after` and `before` (both exclusive), at most `limit`."""
        raise NotImplementedError

    def newest(self) -> int:
        """The highest id that was given, 0 before the first."""
        raise NotImplementedError

    def ask_lease(self, *, shop: str, topic: str, uri: str, api_version: str, name: str) -> int:
        """Write down, on disk when this returns, that Shopify is about to be asked for a subscription."""
        raise NotImplementedError

    def confirm_lease(self, lease_id: int, subscription_id: str) -> None:
        """Shopify made it."""
        raise NotImplementedError

    def strike_lease(self, lease_id: int, state: LeaseState = LeaseState.REMOVED) -> None:
        """It is gone."""
        raise NotImplementedError

    def open_leases(self, shop: str | None = None) -> list[Lease]:
        """The leases that Shopify may still know, oldest first."""
        raise NotImplementedError
