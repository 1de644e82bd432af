"""Which deliveries a filter's words let through. Pure.

Every word must match, whatever its case; `-word` must not. A word with `*` or `?` in it, or one that begins
with `topic:`, is matched against the whole topic, and may be several patterns with commas between them; any
other word is looked for in what the list shows of a delivery and in its ids. Both sides are made visible, so
that what is seen can be typed.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Self

from devhook.inbox.rows import Row
from devhook.reading.wording import verdict_words
from devhook.visible import visible


@dataclass(frozen=True)
class Filter:
    """A conjunction of words; without any it lets everything through, and is false."""

    words: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what was typed. Nothing typed is wrong: there is no text that cannot be read."""
        words = (word.casefold() for word in visible(text).split())
        return cls(tuple(word for word in words if word not in {"-", "topic:", "-topic:"}))

    def __bool__(self) -> bool:
        return bool(self.words)

    def matches(self, row: Row) -> bool:
        """Whether `row` is let through."""
        if not self.words:
            return True
        topic = visible(row.topic or "").casefold()
        text = _text_of(row)
        return all(_matches(word, topic, text) for word in self.words)


def _matches(word: str, topic: str, text: str) -> bool:
    if word.startswith("-"):
        return not _matches(word[1:], topic, text)
    pattern = word.removeprefix("topic:")
    if pattern != word or "*" in word or "?" in word:
        return any(fnmatchcase(topic, each) for each in pattern.split(","))
    return word in text


def _text_of(row: Row) -> str:
    """Everything of `row` that a plain word is looked for in; no word reaches over a line's end."""
    verdict = verdict_words(row.signature, row.verdict, row.change_count, row.twin)
    parts = [row.shop, row.topic, row.webhook_id, row.signature, row.verdict, verdict]
    if row.subject is not None:
        parts += [row.subject.name, f"{row.subject.kind} {row.subject.id}"]
    return "\n".join(visible(part) for part in parts if part).casefold()
