"""What is to be sent again of the selected deliveries, and in which order: all, or only the late ones."""

from array import array
from collections.abc import Iterable
from typing import NamedTuple

from devhook.analysis.verdict import Verdict
from devhook.errors import InputError
from devhook.filter.selection import SelectedDeliveries, Selection
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row, microseconds
from devhook.inbox.readings import read_everything


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


def choose(inbox: Inbox, selected: SelectedDeliveries, *, only_late: bool = False) -> Chosen:
    """Return the selected deliveries in the order in which they are to be sent.

    With `only_late` it is the late ones among them, and of each the newer version that had come before it:
    the smallest part of the inbox that is out of order. Raises InputError where nothing is left.
    """
    rows = selected.rows(as_given=True)
    if only_late:
        read_everything(inbox)
        # An id may be named twice; what is late is late once.
        wanted = {row.id for row in rows if row.verdict is Verdict.LATE}
        rows = iter(late_and_overtaking(Selection().resolve(inbox).rows(), wanted))
    picked = Chosen(array("q"), array("q"))
    for row in rows:
        picked.ids.append(row.id)
        picked.moments.append(microseconds(row.received_at))
    if not picked.ids and only_late:
        raise InputError("None of these deliveries was late.", "Leave --only-late out, or select others.")
    if not picked.ids:
        raise InputError(*selected.nothing())
    return picked


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
