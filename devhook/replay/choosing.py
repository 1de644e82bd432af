"""Which deliveries are chosen to be sent again: by their ids, by filter words, or only the late ones."""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from devhook.analysis.verdict import Verdict
from devhook.errors import InputError
from devhook.filter.language import Filter
from devhook.filter.search import Search
from devhook.inbox.reader import read_everything
from devhook.inbox.rows import Row, microseconds
from devhook.inbox.store import Inbox

# `12`, or `12-40` for all between.
_IDS: Final = re.compile(r"(\d{1,18})(?:-(\d{1,18}))?")
_PAGE: Final = 1000


class Chosen(NamedTuple):
    """Deliveries by id, in the order in which they are to be sent, and when each was received.

    `moments` are microseconds since 1970. Sixteen bytes a delivery, so that a hundred thousand are no matter.
    """

    ids: "array[int]"
    moments: "array[int]"

    @property
    def seconds(self) -> float:
        """How long it took until all of them had come."""
        return (max(self.moments) - min(self.moments)) / 1_000_000 if self.moments else 0.0


def choose(inbox: Inbox, words: Sequence[str], *, only_late: bool = False) -> Chosen:
    """Return the deliveries that `words` mean.

    Words are ids (`12`, `12-40`), whose order is kept, or those of a filter; without any it is all of them.
    With `only_late` it is the late ones among them, and of each the newer version that had come before it:
    the smallest part of the inbox that is out of order. Raises InputError where nothing is left.
    """
    rows = chosen(inbox, words)
    if only_late:
        read_everything(inbox)
        # An id may be named twice; what is late is late once.
        wanted = {row.id for row in rows if row.verdict is Verdict.LATE}
        rows = iter(late_and_overtaking(_all(inbox), wanted))
    picked = Chosen(array("q"), array("q"))
    for row in rows:
        picked.ids.append(row.id)
        picked.moments.append(microseconds(row.received_at))
    if not picked.ids:
        raise InputError(*_nothing(words, only_late=only_late))
    return picked


def chosen(inbox: Inbox, words: Sequence[str]) -> Iterator[Row]:
    """Yield the rows that `words` mean, see `choose`."""
    if words and all(_IDS.fullmatch(word) for word in words):
        for word in words:
            yield from _by_id(inbox, word)
        return
    if not words:
        yield from _all(inbox)
        return
    read_everything(inbox)
    search = Search(inbox, Filter.parse(" ".join(words), datetime.now().astimezone()))
    # Newest first is how they are found, and oldest first is how they are sent. The rows themselves of a
    # hundred thousand would be 200 MB.
    found = array("q", (row.id for row in search.rows()))
    yield from map(inbox.row, reversed(found))


def late_and_overtaking(rows: Iterable[Row], wanted: set[int]) -> list[Row]:
    """Return the rows with the ids `wanted`, and of each the newest version that stands before it. Pure.

    `rows` are all there are, oldest first. Whoever overtook came before, so the order of arrival puts each
    late one after the version that it is too late for.
    """
    newest: dict[tuple[str | None, ...], Row] = {}
    found: dict[int, Row] = {}
    for row in rows:
        if row.subject is None or not row.signature.trusted:
            continue
        key = (row.shop, row.subject.kind, row.subject.id, row.subject.document)
        before = newest.get(key)
        if row.id in wanted:
            found |= {each.id: each for each in (before, row) if each is not None}
        if row.verdict is not Verdict.DUPLICATE and (
            before is None or (row.version or 0) >= (before.version or 0)
        ):
            newest[key] = row
    return [found[delivery] for delivery in sorted(found)]


def _all(inbox: Inbox) -> Iterator[Row]:
    """Every row there is now, oldest first, without what comes meanwhile, as when devhook sends to itself."""
    after, end = 0, inbox.newest() + 1
    while rows := inbox.rows(after=after, before=end, limit=_PAGE):
        yield from rows
        after = rows[-1].id


def _by_id(inbox: Inbox, word: str) -> Iterator[Row]:
    found = _IDS.fullmatch(word)
    assert found is not None  # noqa: S101 - the caller looked; this tells mypy
    if found[2] is None:
        try:
            yield inbox.row(int(found[1]))
        except InputError as error:
            raise InputError(error.message, f"The newest one is {inbox.newest()}.") from error
        return
    first, last = int(found[1]), int(found[2])
    while rows := inbox.rows(after=first - 1, before=last + 1, limit=_PAGE):
        yield from rows
        first = rows[-1].id + 1


def _nothing(words: Sequence[str], *, only_late: bool) -> tuple[str, str]:
    """What is said when there is nothing to send, and what to do about it."""
    if only_late:
        return "None of these deliveries was late.", "Leave --only-late out, or choose others."
    if words:
        return (
            f"No delivery in the inbox matches {' '.join(words)}.",
            "Choose by id (12, or 12-40) or by words of a filter (orders/updated).",
        )
    return "The inbox holds no delivery yet.", "devhook listen, or: devhook --inbox FOLDER replay …"
