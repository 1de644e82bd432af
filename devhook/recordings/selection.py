"""Which deliveries of an inbox are meant by words: ids, and the words of a filter."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from devhook.filter.language import Filter
from devhook.filter.search import Search
from devhook.inbox.reader import read_everything
from devhook.inbox.recorded import Recorded, ids, recorded
from devhook.inbox.store import Inbox


def meant(inbox: Inbox, words: Sequence[str]) -> Iterator[Recorded]:
    """The deliveries that the words mean, oldest first, one at a time.

    A number that is not beyond the newest delivery's id is that delivery; all other words are a filter's, and
    every one of them must match. InputError for a delivery that is gone.
    """
    newest = inbox.newest()
    named = sorted({int(word) for word in words if _is_id(word, newest)})
    text = " ".join(word for word in words if not _is_id(word, newest))
    wanted = Search(inbox, Filter.parse(text, datetime.now().astimezone()))
    if wanted:
        # What a filter asks for may be the reading's.
        read_everything(inbox)
    for delivery_id in _chosen(inbox, named, wanted):
        yield recorded(inbox, delivery_id)


def _chosen(inbox: Inbox, named: Sequence[int], wanted: Search) -> Iterable[int]:
    if not wanted:
        return named or ids(inbox)
    if named:
        return (delivery_id for delivery_id in named if wanted.matches(inbox.row(delivery_id)))
    return [row.id for row in wanted.rows()][::-1]


def _is_id(word: str, newest: int) -> bool:
    return word.isascii() and word.isdecimal() and 0 < int(word[:20]) <= newest
