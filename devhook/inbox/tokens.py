"""The tokens of a delivery in the search index: grams of its texts, ids, changed fields, words of its body.

A token begins with the letter of its kind. A row's own texts are cut into all runs of one to three
characters (grams), so that a word is found anywhere in them. Runs of one and two characters are tokens too:
otherwise FTS5 would merge all longer tokens that begin with them, which takes 200 ms in a million deliveries.
"""

import re
from collections.abc import Collection, Iterable
from hashlib import blake2s
from itertools import islice
from typing import Final

from devhook.analysis.wording import verdict_words
from devhook.inbox.deliveries import Row
from devhook.text import visible
from devhook.webhook.document import Document, Unreadable
from devhook.webhook.payload import read

_GRAM: Final = 3
_LONG: Final = 16
_WORD: Final = re.compile(r"\w+")
# Every character of ASCII as it is in a folded word; what is in no word becomes a space.
_ASCII_WORDS: Final = "".join(
    chr(code).lower() if chr(code).isalnum() or chr(code) == "_" else " " for code in range(128)
)
_LABEL: Final = re.compile(r"\[[^\]]*\]")
# Characters of a word that are indexed; without a bound the index would be a copy of the bodies.
_LONGEST_WORD: Final = 64
LARGEST_BODY: Final = 2**20
"""Bytes of the largest body that is indexed. An order of 250 lines is 350 KB."""

MOST_WORDS: Final = 20_000
"""How many words of a body are indexed."""


def folded(text: str) -> str:
    """Return `text` as it is compared: visible and case-folded."""
    return visible(text).casefold()


def shared_texts(row: Row) -> list[str]:
    """Return the texts in the list that `row` shares with many others."""
    words = verdict_words(row.signature, row.verdict, 0, unreadable=bool(row.unreadable))
    parts = [row.shop, row.topic, row.signature, row.verdict, words]
    if row.subject is not None:
        parts.append(row.subject.kind)
    return [folded(part) for part in parts if part]


def own_texts(row: Row) -> list[str]:
    """Return the other texts in the list, and the ids. No text contains the end of a line."""
    parts = [
        row.webhook_id,
        row.event_id,
        row.words,
        row.summary,
    ]
    if row.subject is not None:
        parts += [row.subject.name, f"{row.subject.kind} {row.subject.id}"]
    return [folded(part) for part in parts if part]


def own_values(row: Row) -> list[str]:
    """Return the name and the ids of `row` as whole values."""
    parts = [row.webhook_id, row.event_id]
    if row.subject is not None:
        parts += [row.subject.name, row.subject.id]
    return [folded(part) for part in parts if part]


def gram_tokens(texts: Iterable[str]) -> set[str]:
    """Return the grams of a row's own texts."""
    runs = {
        text[place : place + length]
        for text in texts
        for length in range(1, _GRAM + 1)
        for place in range(len(text) - length + 1)
    }
    return set(map(_gram, runs))


def id_token(value: str) -> str:
    """Return the token of a whole name or id. Two values among a million may have the same token."""
    return f"x{blake2s(value.encode('utf-8', 'backslashreplace'), digest_size=5).hexdigest()}"


def expression_of_text(text: str) -> str | None:
    """Return an FTS5 expression that matches the rows with `text` in one of their texts, and maybe others."""
    if not text:
        return None
    # In a long text it is enough, and a third of the work, that the grams cover each character once.
    step = _GRAM if len(text) > _LONG else 1
    last = max(0, len(text) - _GRAM)
    grams = (f'"{_gram(text[place : place + _GRAM])}"' for place in (*range(0, last, step), last))
    return f"({' AND '.join(dict.fromkeys(grams))})"


def without_labels(path: str) -> str:
    """Return a path without the labels of its items: `line_items[TEE-M].price` -> `line_items.price`."""
    return _LABEL.sub("", path)


def field_tokens(path: str) -> list[str]:
    """Return the tokens of the names in a folded path."""
    return [f"f{name[:_LONGEST_WORD]}" for name in _WORD.findall(without_labels(path))]


def body_tokens(words: Iterable[str]) -> list[str]:
    """Return the tokens of folded words; a word that ends in `*` stays a prefix."""
    return [
        f"s{word[:-1][:_LONGEST_WORD]}*" if word.endswith("*") else f"s{word[:_LONGEST_WORD]}"
        for word in words
    ]


def words_of(text: str) -> list[str]:
    """Return the words of a text, folded."""
    # The table has the words of the pattern, in a third of its time; `visible` makes no word of a control.
    return text.translate(_ASCII_WORDS).split() if text.isascii() else _WORD.findall(folded(text))


def tokens_in_body(body: bytes, content_type: str) -> set[str]:
    """Return the tokens of all keys and values of a body; none for a body of more than 1 MB."""
    if len(body) > LARGEST_BODY:
        return set()
    try:
        return tokens_in(read(body, content_type))
    except Unreadable:
        return tokens_in(body.decode("utf-8", "replace"))


def tokens_in(document: Document) -> set[str]:
    """Return the tokens of all keys and values of a document."""
    return set(islice(dict.fromkeys(_tokens(dict.fromkeys(_texts(document)))), MOST_WORDS))


def token_list(document: Document) -> list[str]:
    """Return the tokens of all keys and values of a document, each as often as it occurs."""
    return _tokens(_texts(document))


def _tokens(texts: Collection[str]) -> list[str]:
    # No word contains a space, so all texts are split at once: the 730 texts of an order in 0.1 ms, one by
    # one in 1.0 ms. Most are ASCII, even where one has an accent.
    words = words_of(" ".join([text for text in texts if text.isascii()]))
    words += words_of(" ".join([text for text in texts if not text.isascii()]))
    if max(map(len, words), default=0) > _LONGEST_WORD:
        words = [word[:_LONGEST_WORD] for word in words]
    return f"s{' s'.join(words)}".split() if words else []


def _texts(document: Document) -> list[str]:
    """Return every key and every value as text."""
    found: list[str] = []
    values = [document]
    for value in values:  # the loop reaches what it appends
        if type(value) is str:
            found.append(value)
        elif type(value) is dict:
            found += value
            values += value.values()
        elif type(value) is list:
            values += value
        elif value is not None:
            found.append(str(value))
    return found


def _gram(text: str) -> str:
    return f"g{text.encode('utf-8', 'backslashreplace').hex()}"


def quoted(tokens: Iterable[str]) -> list[str]:
    """Return the tokens as FTS5 strings; a token that ends in `*` as a prefix."""
    return [f'"{token[:-1]}" *' if token.endswith("*") else f'"{token}"' for token in tokens]


def expression_of_all(expressions: Iterable[str | None]) -> str | None:
    """Return the FTS5 expression for all of them; None where there are none."""
    found = dict.fromkeys(each for each in expressions if each)
    return f"({' AND '.join(found)})" if found else None


def expression_of_any(expressions: Iterable[str]) -> str:
    """Return the FTS5 expression for any of them."""
    return f"({' OR '.join(expressions)})"
