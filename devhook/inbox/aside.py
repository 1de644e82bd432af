"""Reads large deliveries in a thread of its own, so that the thread of a screen goes on answering keys.

To read a signed body of 5 MB that differs everywhere takes one to two seconds. Most deliveries take one
millisecond, less than a thread would.
"""

from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Final

from devhook.errors import DevhookError
from devhook.inbox.database import Inbox

LARGE: Final = 512 * 2**10
"""Bytes of a body that is read aside; an order of 250 lines has 350 KB."""

_PATIENCE: Final = 5.0


class Aside:
    """Reads one large delivery at a time, with a connection of its own.

    `read_next`: makes the next missing reading of the inbox it is given.
    """

    def __init__(self, inbox: Inbox, read_next: Callable[[Inbox], object]) -> None:
        self._inbox = inbox
        self._read_next = read_next
        self._thread: Thread | None = None
        self._begun = 0

    def is_reading(self, delivery_id: int) -> bool:
        """Begin to read the next delivery, which has this id; return whether its reading is still being made.

        Where that failed, the caller has to read it, and gets to know why.
        """
        if self._begun < delivery_id:
            self._begun = delivery_id
            self._thread = Thread(target=self._read, name=f"reading {delivery_id}", daemon=True)
            self._thread.start()
        return self._thread is not None and self._thread.is_alive()

    def close(self) -> None:
        """Wait until the inbox is not used any more, for `_PATIENCE` seconds at most."""
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    def _read(self) -> None:
        with suppress(DevhookError), self._inbox.beside() as inbox:
            self._read_next(inbox)
