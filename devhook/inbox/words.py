"""What each filter word means: which rows it lets through, and what of it the search can look up. Pure.

Both sides are made visible and folded, so that what is seen can be typed, in any case.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from devhook.analysis.verdict import Verdict
from devhook.analysis.wording import verdict_words
from devhook.inbox.rows import Row
from devhook.inbox.tokens import field_tokens, fields_of, holds, id_token, said_tokens
from devhook.text import visible
from devhook.webhook.delivery import Origin, Signature

SIGNATURES: Final = tuple(each.value for each in Signature)
VERDICTS: Final = tuple(each.value for each in Verdict)
ORIGINS: Final = tuple(each.value for each in Origin)
BAD: Final = "bad"
UNREADABLE: Final = "unreadable"
STATES: Final = (*VERDICTS, *SIGNATURES, BAD, UNREADABLE)
"""What a delivery can be. `bad`: its check failed, or there was no signature to check."""

Said = Callable[[Row], Collection[str]]
"""Returns the tokens of a delivery's body; the row has not got them."""


def folded(text: str) -> str:
    """Return `text` as it is compared: visible, and in no case."""
    return visible(text).casefold()


class Pattern:
    """A text to be equal to; `*` stands for any characters, `?` for one."""

    def __init__(self, text: str) -> None:
        self.text = folded(text)
        self.literal = not re.search(r"[*?]", self.text)
        self._shape = re.compile(_shape(self.text), re.DOTALL)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def matches(self, text: str | None) -> bool:
        """Whether the whole of `text` is meant."""
        return text is not None and self._shape.fullmatch(folded(text)) is not None


def _shape(pattern: str) -> str:
    wild = {"*": ".*", "?": "."}
    return "".join(wild.get(character) or re.escape(character) for character in pattern)


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both inclusive; None is no bound."""

    low: int | None = None
    high: int | None = None

    def holds(self, number: int) -> bool:
        """Whether the number is one of them."""
        return (self.low is None or number >= self.low) and (self.high is None or number <= self.high)


@dataclass(frozen=True)
class Word:
    """One word of a filter, without its minus.

    `of_face` tells what a face, a row that has only what it shares with many others (`FACE`), decides: True
    or False for all its rows, None where each must be looked at. `tokens` is what the search can look up:
    an FTS5 expression that every matching row fulfils, None where there is none.
    """

    def matches(self, row: Row, said: Said) -> bool:
        """Whether it means this row."""
        raise NotImplementedError

    def of_face(self, face: Row) -> bool | None:
        """What all rows of this face have in common."""
        del face
        return None

    def tokens(self, fields: Collection[str]) -> str | None:
        """What a matching row must hold; `fields` are the names of all fields that ever changed."""
        del fields
        return None


@dataclass(frozen=True)
class Text(Word):
    """Text in what the list shows of a delivery or in its ids."""

    text: str

    def matches(self, row: Row, said: Said) -> bool:
        """Whether it is in one of the row's texts."""
        del said
        return any(self.text in part for part in (*shared_texts(row), *own_texts(row)))

    def of_face(self, face: Row) -> bool | None:
        """True where it is in a text that the rows share."""
        return True if any(self.text in part for part in shared_texts(face)) else None

    def tokens(self, fields: Collection[str]) -> str | None:
        """Its grams."""
        del fields
        return holds(self.text)


@dataclass(frozen=True)
class Shared(Word):
    """A fact that many rows share: topic, shop, signature, verdict, origin, state."""

    name: str
    patterns: tuple[Pattern, ...]

    def matches(self, row: Row, said: Said) -> bool:
        """Whether one of the patterns is the fact."""
        del said
        return any(pattern.matches(fact) for fact in _FACTS[self.name](row) for pattern in self.patterns)

    def of_face(self, face: Row) -> bool | None:
        """The same for every row of the face."""
        return self.matches(face, _nothing_said)


@dataclass(frozen=True)
class Answered(Word):
    """The status that the delivery was answered with; `nothing` means that there was none."""

    ranges: tuple[Range, ...]
    nothing: bool = False

    def matches(self, row: Row, said: Said) -> bool:
        """Whether the row was answered so."""
        del said
        status = row.answered
        return any(each.holds(status) for each in self.ranges) if status else self.nothing

    def of_face(self, face: Row) -> bool | None:
        """The same for every row of the face."""
        return self.matches(face, _nothing_said)


@dataclass(frozen=True)
class Own(Word):
    """What is a delivery's own, or its subject's: order, subject, webhook, event."""

    name: str
    patterns: tuple[Pattern, ...]

    def matches(self, row: Row, said: Said) -> bool:
        """Whether one of the patterns is the order's name or id, the Webhook-Id, the Event-Id."""
        del said
        return any(pattern.matches(text) for text in _OWN[self.name](row) for pattern in self.patterns)

    def of_face(self, face: Row) -> bool | None:
        """No order is meant where the subject is none."""
        if self.name == "order" and (face.subject is None or face.subject.kind != _ORDER):
            return False
        return None

    def tokens(self, fields: Collection[str]) -> str | None:
        """The ids that are meant, or the grams of what stands in a wild pattern."""
        del fields
        found = [self._grams(pattern) for pattern in self.patterns]
        return _either([each for each in found if each]) if all(found) else None

    def _grams(self, pattern: Pattern) -> str | None:
        if not pattern.literal:
            return _all_of(holds(piece) for piece in re.split(r"[*?]", pattern.text))
        # An order's name may have a # that was left out.
        return _either(f'"{id_token(text)}"' for text in (pattern.text, f"#{pattern.text}"))


@dataclass(frozen=True)
class Changed(Word):
    """Fields that changed: by a whole path, its beginning, its end, or steps within it."""

    patterns: tuple[Pattern, ...]

    def matches(self, row: Row, said: Said) -> bool:
        """Whether one of the changes is meant."""
        del said
        return any(self._means(path) for path in row.changed)

    def tokens(self, fields: Collection[str]) -> str | None:
        """The names in it, or those of the fields that a wild one may mean."""
        found = [_fields_meant(pattern, fields) for pattern in self.patterns]
        return _either([each for each in found if each]) if all(found) else None

    def _means(self, path: str) -> bool:
        path = folded(path)
        whole, bare = _stepped(path), _stepped(fields_of(path))
        for pattern in self.patterns:
            wanted = _stepped(pattern.text.strip("."))
            if pattern.literal and (wanted in whole or wanted in bare):
                return True
            if not pattern.literal and any(map(pattern.matches, _wild_targets(pattern, path))):
                return True
        return False


def _stepped(path: str) -> str:
    """A path between dots, so that whole steps can be looked for in it."""
    return f".{path.replace('[', '.[')}."


def _wild_targets(pattern: Pattern, path: str) -> tuple[str, ...]:
    """What a wild pattern is held against: the labels of items only where it has any itself."""
    if "[" in pattern.text:
        return (path,)
    bare = fields_of(path)
    return (bare, bare.rpartition(".")[2])


@dataclass(frozen=True)
class Body(Word):
    """Words of the payload, keys and values; `ship*` means all that begin so."""

    words: tuple[str, ...]

    def matches(self, row: Row, said: Said) -> bool:
        """Whether all of the words are in the body."""
        there = said(row)
        return all(_is_said(word, there) for word in self.words)

    def tokens(self, fields: Collection[str]) -> str | None:
        """The words themselves."""
        del fields
        return _all_of(_quoted(said_tokens(self.words)))


@dataclass(frozen=True)
class Time(Word):
    """When it was received: `since` is inclusive, `before` is not."""

    since: datetime | None = None
    before: datetime | None = None

    def matches(self, row: Row, said: Said) -> bool:
        """Whether it was received within these."""
        del said
        if self.since is not None and row.received_at < self.since:
            return False
        return self.before is None or row.received_at < self.before


@dataclass(frozen=True)
class Number(Word):
    """The delivery's id in the inbox."""

    ranges: tuple[Range, ...]

    def matches(self, row: Row, said: Said) -> bool:
        """Whether its id is in one of the ranges."""
        del said
        return any(each.holds(row.id) for each in self.ranges)


def shared_texts(row: Row) -> list[str]:
    """What the list shows of `row` that many others share."""
    parts = [row.shop, row.topic, row.signature, row.verdict, verdict_words(row.signature, row.verdict, 0)]
    if row.subject is not None:
        parts.append(row.subject.kind)
    return [folded(part) for part in parts if part]


def own_texts(row: Row) -> list[str]:
    """What the list shows of `row` beyond that, and its ids. No text reaches over a line's end."""
    parts = [
        row.webhook_id,
        row.event_id,
        verdict_words(row.signature, row.verdict, row.change_count, row.original),
    ]
    if row.subject is not None:
        parts += [row.subject.name, f"{row.subject.kind} {row.subject.id}"]
    return [folded(part) for part in parts if part]


def own_values(row: Row) -> list[str]:
    """The names and ids of `row`, each for itself."""
    parts = [row.webhook_id, row.event_id]
    if row.subject is not None:
        parts += [row.subject.name, row.subject.id]
    return [folded(part) for part in parts if part]


_ORDER: Final = "order"
# No token begins with this letter.
_IMPOSSIBLE: Final = '"z"'


def _shops(row: Row) -> list[str]:
    shop = row.shop or ""
    return [shop, shop.removesuffix(".myshopify.com")] if shop else []


def _states(row: Row) -> list[str]:
    found = [row.signature.value, row.verdict.value if row.verdict else ""]
    if not row.signature.trusted:
        found.append(BAD)
    if row.unreadable:
        found.append(UNREADABLE)
    return found


def _subjects(row: Row) -> list[str]:
    if row.subject is None:
        return []
    name = row.subject.name
    return [row.subject.id, *([name, name.removeprefix("#")] if name else [])]


def _orders(row: Row) -> list[str]:
    return _subjects(row) if row.subject is not None and row.subject.kind == _ORDER else []


_FACTS: Final[Mapping[str, Callable[[Row], Iterable[str | None]]]] = {
    "topic": lambda row: [row.topic or ""],
    "shop": _shops,
    "is": _states,
    "signature": lambda row: [row.signature],
    "verdict": lambda row: [row.verdict],
    "origin": lambda row: [row.origin],
}
_OWN: Final[Mapping[str, Callable[[Row], Iterable[str | None]]]] = {
    "order": _orders,
    "subject": _subjects,
    "webhook": lambda row: [row.webhook_id],
    "event": lambda row: [row.event_id],
}


def _nothing_said(row: Row) -> Collection[str]:
    del row
    return ()


def _fields_meant(pattern: Pattern, fields: Collection[str]) -> str | None:
    """The names that a path must hold to be meant."""
    if pattern.literal:
        return _all_of(_quoted(field_tokens(pattern.text)))
    if "[" in pattern.text or not fields:
        return None
    pieces = re.findall(r"\w+", pattern.text)
    may_be = [_quoted(f"f{field}" for field in fields if piece in field) for piece in pieces]
    return _all_of(_either(names or [_IMPOSSIBLE]) for names in may_be)


def _is_said(word: str, there: Collection[str]) -> bool:
    (token,) = said_tokens([word])
    if token.endswith("*"):
        return any(each.startswith(token[:-1]) for each in there)
    return token in there


def _quoted(tokens: Iterable[str]) -> list[str]:
    return [f'"{token[:-1]}" *' if token.endswith("*") else f'"{token}"' for token in tokens]


def _all_of(expressions: Iterable[str | None]) -> str | None:
    found = dict.fromkeys(each for each in expressions if each)
    return f"({' AND '.join(found)})" if found else None


def _either(expressions: Iterable[str]) -> str:
    return f"({' OR '.join(expressions)})"
