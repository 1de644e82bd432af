"""Parses the bodies of an inbox, each by its difference from a similar one, and caches the last documents."""

from collections import OrderedDict
from typing import Final, NamedTuple

from devhook.inbox.database import Inbox
from devhook.inbox.tokens import tokens_in
from devhook.inbox.word_counts import WordCounts
from devhook.webhook.delivery import Delivery
from devhook.webhook.json_pieces import Pieces
from devhook.webhook.payload import Document, Repeated, read_beside

# Bytes of bodies whose documents are kept: an order's versions come in bursts, and the index reads them too.
_LARGEST: Final = 4 * 2**20
# Bytes of the beginning of a body up to the first comma: `{"id":820982911946154508`.
_HEAD: Final = 64


class Body(NamedTuple):
    """The document in a body, and the keys that stand twice in it."""

    document: Document
    repeated: tuple[Repeated, ...] = ()


class _Kept(NamedTuple):
    body: Body
    size: int
    head: bytes
    pieces: Pieces


class DocumentCache:
    """The documents of an inbox. They share what is equal in them, so none may be changed.

    `largest`: how many bytes the bodies have whose documents are kept.
    """

    def __init__(self, inbox: Inbox, largest: int = _LARGEST) -> None:
        self._inbox = inbox
        self._largest = largest
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._by_head: dict[bytes, int] = {}
        self._words: dict[bytes, WordCounts] = {}
        self._size = 0

    def read(self, delivery_id: int, delivery: Delivery, *, keep: bool = True) -> Body:
        """Return the parsed body of a delivery, and cache it if `keep` is set. Raise Unreadable."""
        if kept := self.kept(delivery_id):
            return kept
        head = delivery.body[:_HEAD].partition(b",")[0]
        similar = self._kept.get(self._by_head.get(head, 0))
        *body, pieces = read_beside(delivery.body, delivery.content_type, similar.pieces if similar else ())
        new = _Kept(Body(*body), len(delivery.body), head, pieces)
        if keep:
            self._keep(delivery_id, new)
        return new.body

    def document(self, delivery_id: int) -> Document:
        """Return the document of a delivery. Raise InputError if it is removed, and Unreadable."""
        kept = self.kept(delivery_id)
        return (kept or self.read(delivery_id, self._inbox.delivery(delivery_id))).document

    def kept(self, delivery_id: int) -> Body | None:
        """Return the parsed body of a delivery if it is cached."""
        if delivery_id not in self._kept:
            return None
        self._kept.move_to_end(delivery_id)
        return self._kept[delivery_id].body

    def tokens(self, delivery_id: int) -> set[str] | None:
        """Return the tokens of the body of a delivery if its document is cached."""
        kept = self._kept.get(delivery_id)
        if kept is None:
            return None
        if not kept.pieces:
            return tokens_in(kept.body.document)
        counts = self._words.setdefault(kept.head, WordCounts())
        return counts.tokens(kept.body.document, kept.pieces)

    def _keep(self, delivery_id: int, new: _Kept) -> None:
        """Cache a document; the least recently used ones are dropped."""
        self._kept[delivery_id] = new
        self._by_head[new.head] = delivery_id
        self._size += new.size
        while self._size > self._largest:
            number, gone = self._kept.popitem(last=False)
            self._size -= gone.size
            # An older body with the same beginning may be cached for longer than the last one.
            if self._by_head.get(gone.head, number) == number:
                self._by_head.pop(gone.head, None)
                self._words.pop(gone.head, None)
