r"""Parses a JSON body beside an earlier one: what both write alike is one object in both documents.

Two versions of an order differ in a few fields. The text of the others is only compared, and their values are
those of the earlier document, which a comparison of the two recognises at once. Equal text is an equal value;
where the text differs (`1.50` and `1.5`, `"\/"` and `"/"`), it is parsed.
"""

from collections.abc import Sequence
from decimal import InvalidOperation
from json import JSONDecoder
from typing import Final, NamedTuple

from devhook.webhook.document import Document

# A body of more pieces is parsed whole. An order of 250 lines has 350.
_MOST_PIECES: Final = 5_000
# Characters that tell an item from the others: `{"id":820982911946154508,`
_HEAD: Final = 32
_ENDS: Final = frozenset(",]}")


class NotCut(Exception):
    """The text is not one object with fields, has white space between them, or has a key twice."""


class Piece(NamedTuple):
    """A field of a document, or an item of a list of objects.

    `text`: its source, with the key of a field.
    `key`: the field's; of an item the beginning of its source.
    `items`: the items of a list of objects.
    """

    text: str
    key: str
    value: Document
    items: Sequence["Piece"] = ()


Pieces = Sequence[Piece]


class Cutting:
    """Parses one text. `decoder` parses the values that are not known.

    `fresh`: the objects and lists among these, afterwards.
    """

    def __init__(self, text: str, decoder: JSONDecoder) -> None:
        self.fresh: list[Document] = []
        self._text = text
        self._decode = decoder.raw_decode
        self._room = _MOST_PIECES

    def document(self, known: Pieces) -> tuple[dict[str, Document], Pieces]:
        """Return the object in the text, and its pieces; `known` are those of another body. Raise NotCut."""
        try:
            pieces, end = self._fields(known)
        except (IndexError, RecursionError, ValueError, InvalidOperation) as error:
            raise NotCut from error
        document = {piece.key: piece.value for piece in pieces}
        if end != len(self._text) or len(document) < len(pieces):
            raise NotCut
        return document, pieces

    def _fields(self, known: Pieces) -> tuple[list[Piece], int]:
        """Return the fields of the object in the text, and where it ends."""
        text = self._text
        if text[0] != "{":
            raise NotCut
        places = {piece.key: place for place, piece in enumerate(known)}
        pieces: list[Piece] = []
        at, number = self._run(0, known, 0, pieces)
        while text[at] == "," or not pieces:
            start = at + 1
            key, end = self._decode(text, start)
            if not isinstance(key, str) or text[end] != ":":
                raise NotCut
            number = places.get(key, number)
            same = known[number] if key in places else None
            piece, at = self._field(start, end + 1, key, same)
            pieces.append(piece)
            at, number = self._run(at, known, number + (same is not None), pieces)
        return pieces, self._end(pieces, at, "}")

    def _field(self, start: int, value_at: int, key: str, known: Piece | None) -> tuple[Piece, int]:
        text = self._text
        if known is not None and self._is_at(known, start):
            return known, start + len(known.text)
        items: Pieces = ()
        if text.startswith("[{", value_at):
            items, end = self._items(value_at, known.items if known is not None else ())
            value: Document = [item.value for item in items]
        else:
            value, end = self._decode(text, value_at)
            if type(value) is dict or type(value) is list:
                self.fresh.append(value)
        return Piece(text[start:end], key, value, items), end

    def _items(self, start: int, known: Pieces) -> tuple[list[Piece], int]:
        """Return the items of the list that begins at a place, and where it ends."""
        text = self._text
        places = {piece.key: place for place, piece in enumerate(known)}
        pieces: list[Piece] = []
        at, number = self._run(start, known, 0, pieces)
        while text[at] == "," or not pieces:
            at += 1
            key = text[at : at + _HEAD]
            place = places.get(key)
            if place is not None and self._is_at(known[place], at):
                piece = known[place]
            else:
                value, end = self._decode(text, at)
                self.fresh.append(value)
                piece = Piece(text[at:end], key, value)
            pieces.append(piece)
            number = number if place is None else place + 1
            at, number = self._run(at + len(piece.text), known, number, pieces)
        return pieces, self._end(pieces, at, "]")

    def _run(self, at: int, known: Pieces, number: int, pieces: list[Piece]) -> tuple[int, int]:
        """Add the pieces that stand one after the other as in `known`; return where they end in both."""
        text = self._text
        while number < len(known):
            piece = known[number]
            end = at + 1 + len(piece.text)
            # A number may go on where the known one ends.
            if not text.startswith(piece.text, at + 1) or text[end] not in _ENDS:
                break
            pieces.append(piece)
            at, number = end, number + 1
            if text[at] != ",":
                break
        return at, number

    def _is_at(self, piece: Piece, start: int) -> bool:
        return self._text.startswith(piece.text, start) and self._text[start + len(piece.text)] in _ENDS

    def _end(self, pieces: list[Piece], at: int, closing: str) -> int:
        self._room -= len(pieces)
        if self._room < 0 or self._text[at] != closing:
            raise NotCut
        return at + 1
