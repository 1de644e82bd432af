r"""Parses a JSON body with an earlier one: values with the same source are one object in both documents.

Two versions of an order differ in a few fields. The text of the others is only compared, and their values are
those of the earlier document, which a comparison of the two recognises at once. Equal text is an equal value;
where the text differs (`1.50` and `1.5`, `"\/"` and `"/"`), it is parsed.
"""

from collections.abc import Sequence
from decimal import InvalidOperation
from functools import cached_property
from itertools import islice
from json import JSONDecoder
from typing import Final, NamedTuple

from devhook.webhook.document import DEEPEST, Document

# A body of more pieces is parsed whole. An order of 250 lines has 350.
_MOST_PIECES: Final = 5_000
# Characters that tell an item from the others: `{"id":820982911946154508,`
_HEAD: Final = 32
_ENDS: Final = frozenset(",]}")


class NotCut(Exception):
    """The text is not one object with fields, has white space between them, or has a key twice."""


class Piece(NamedTuple):
    """A field of a document, or an item of a list of objects.

    `text`: its source, with a comma before it, and with the key of a field.
    `key`: the field's; of an item the beginning of its source.
    `items`: the items of a list of objects.
    """

    text: str
    key: str
    value: Document
    items: Sequence["Piece"] = ()


Pieces = Sequence[Piece]


class _Known:
    """The pieces of a similar container. Each is taken once, and none from before one that was taken."""

    def __init__(self, pieces: Pieces) -> None:
        self.pieces = pieces
        self.next = 0

    def take(self, key: str) -> Piece | None:
        """Take the piece with a key; None if there is none."""
        place = self.next
        if place == len(self.pieces) or self.pieces[place].key != key:
            place = self._places.get(key, -1)
            if place < self.next:
                return None
        self.next = place + 1
        return self.pieces[place]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {piece.key: place for place, piece in enumerate(self.pieces)}


class Cutting:
    """Parses one text. `decoder` parses the values that are not known.

    `fresh`: those of these values that may be nested deeply, afterwards.
    """

    def __init__(self, text: str, decoder: JSONDecoder) -> None:
        self.fresh: list[Document] = []
        self._text = text
        self._decode = decoder.raw_decode
        self._room = _MOST_PIECES

    def document(self, known: Pieces) -> tuple[dict[str, Document], Pieces]:
        """Return the object in the text, and its pieces; `known` are those of another body. Raise NotCut."""
        try:
            pieces, end = self._fields(_Known(known))
        except (IndexError, RecursionError, ValueError, InvalidOperation) as error:
            raise NotCut from error
        document = {piece.key: piece.value for piece in pieces}
        if end != len(self._text) or len(document) < len(pieces):
            raise NotCut
        return document, pieces

    def _fields(self, known: _Known) -> tuple[Pieces, int]:
        """Return the fields of the object in the text, and where it ends."""
        text = self._text
        if text[0] != "{":
            raise NotCut
        pieces: list[Piece] = []
        at = self._equal(0, known, pieces)
        while text[at] == "," or not pieces:
            start = at + 1
            key, end = self._decode(text, start)
            if not isinstance(key, str) or text[end] != ":":
                raise NotCut
            piece = known.take(key)
            if piece is None or not self._is_at(piece, start):
                piece = self._field(start, end + 1, key, piece.items if piece else ())
            pieces.append(piece)
            at = self._equal(at + len(piece.text), known, pieces)
        return pieces, self._end(pieces, at, "}")

    def _field(self, start: int, value_at: int, key: str, known: Pieces) -> Piece:
        text = self._text
        items: Pieces = ()
        if text.startswith("[{", value_at):
            items, end = self._items(value_at, _Known(known))
            value: Document = [item.value for item in items]
        else:
            value, end = self._value(value_at)
        return Piece(f",{text[start:end]}", key, value, items)

    def _value(self, start: int) -> tuple[Document, int]:
        value, end = self._decode(self._text, start)
        if end - start > DEEPEST:
            # A shorter text cannot be nested deeply.
            self.fresh.append(value)
        return value, end

    def _items(self, start: int, known: _Known) -> tuple[Pieces, int]:
        """Return the items of the list that begins at a place, and where it ends."""
        text = self._text
        pieces: list[Piece] = []
        at = self._equal(start, known, pieces)
        while text[at] == "," or not pieces:
            key = text[at + 1 : at + 1 + _HEAD]
            piece = known.take(key)
            if piece is None or not self._is_at(piece, at + 1):
                value, end = self._value(at + 1)
                piece = Piece(f",{text[at + 1 : end]}", key, value)
            pieces.append(piece)
            at = self._equal(at + len(piece.text), known, pieces)
        return pieces, self._end(pieces, at, "]")

    def _equal(self, at: int, known: _Known, pieces: list[Piece]) -> int:
        """Add the pieces that follow one another in the order of the known ones; return where they end."""
        is_at, number, end = self._text.startswith, len(pieces), at
        for piece in islice(known.pieces, known.next, None):
            if not is_at(piece.text, end):
                break
            pieces.append(piece)
            at, end = end, end + len(piece.text)
        # The comma of a piece shows that the one before ends there. A number may go on behind the last one.
        if end > at and self._text[end] not in _ENDS:
            pieces.pop()
            end = at
        known.next += len(pieces) - number
        return end

    def _is_at(self, piece: Piece, start: int) -> bool:
        end = start + len(piece.text) - 1
        return self._text.startswith(piece.text[1:], start) and self._text[end] in _ENDS

    def _end(self, pieces: Pieces, at: int, closing: str) -> int:
        self._room -= len(pieces)
        if self._room < 0 or self._text[at] != closing:
            raise NotCut
        return at + 1
