"""The table of all filter words, for the parser, errors, completion, help and search. Pure.

A new word is a class in the module of its kind and a line in `WORDS`.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from devhook.filter.content_words import BodyWord, ChangedWord, TextWord
from devhook.filter.facet_words import (
    AnsweredWord,
    IsWord,
    OriginWord,
    ShopWord,
    SignatureWord,
    TopicWord,
    VerdictWord,
)
from devhook.filter.field_words import FieldWord
from devhook.filter.id_words import EventWord, IdWord, OrderWord, SubjectWord, WebhookWord
from devhook.filter.time_words import BeforeWord, SinceWord
from devhook.filter.word import FilterWord

WORDS: Final[tuple[type[FilterWord], ...]] = (
    TopicWord,
    OrderWord,
    ShopWord,
    IsWord,
    SignatureWord,
    VerdictWord,
    OriginWord,
    AnsweredWord,
    ChangedWord,
    SinceWord,
    BeforeWord,
    BodyWord,
    SubjectWord,
    WebhookWord,
    EventWord,
    IdWord,
)
"""The words with a name, in the order in which help and completion show them."""

BY_NAME: Final[Mapping[str, type[FilterWord]]] = {word.name: word for word in WORDS}

_RULES: Final = (
    ("  ".join(FieldWord.examples[:2]), FieldWord.about),
    (f"{TextWord.examples[0]}  {TextWord.examples[1]}  orders/*", TextWord.about),
    ("-is:duplicate", "a minus: must not match"),
    ("is:late,duplicate", "a comma: one of them matches"),
    ('"two words"', "quotation marks keep blanks, commas and colons (in a shell: '\"…\"')"),
    ("12  12-40  last  -2", "ids, ranges, the newest delivery, the one before it; several are alternatives"),
)


def help_entries() -> Iterator[tuple[str, str]]:
    """Yield the examples and the meaning of each word and rule, for the help."""
    for word in WORDS:
        examples = "  ".join(f"{word.name}:{each}" for each in word.examples[:2])
        yield examples, f"{word.about}: {', '.join(word.choices)}" if word.choices else word.about
    yield from _RULES
