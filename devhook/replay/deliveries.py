"""Chooses the deliveries of a replay and their order: all selected ones, or only the late ones."""

from array import array
from collections.abc import Iterable
from typing import NamedTuple

from devhook.analysis.clocks import VersionOrder
from devhook.analysis.verdict import Verdict
from devhook.errors import InputError
from devhook.filter.selection import SelectedDeliveries, Selection
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row, microseconds
from devhook.inbox.readings import read_everything


class ReplayDeliveries(NamedTuple):
    """The deliveries of a replay in their order. Each takes 16 bytes, so 100,000 of them are cheap.

    - `ids`: the ids in the inbox.
    - `moments`: when each was received, in microseconds since 1970.
    """

    ids: "array[int]"
    moments: "array[int]"

    @property
    def seconds(self) -> float:
        """Return the seconds between the first and the last arrival."""
        return (max(self.moments) - min(self.moments)) / 1_000_000 if self.moments else 0.0


def select_deliveries(
    inbox: Inbox, selected: SelectedDeliveries, *, only_late: bool = False
) -> ReplayDeliveries:
    """Return the selected deliveries in the order in which they are sent.

    With `only_late`, return the late ones, each with the newer version that arrived before it: the smallest
    part of the inbox that is out of order. Raises InputError if nothing is left.
    """
    rows = selected.rows(as_given=True)
    if only_late:
        read_everything(inbox)
        # An id may be given twice.
        wanted = {row.id for row in rows if row.verdict is Verdict.LATE}
        rows = iter(late_and_overtaking(Selection().resolve(inbox).rows(), wanted))
    picked = ReplayDeliveries(array("q"), array("q"))
    for row in rows:
        picked.ids.append(row.id)
        picked.moments.append(microseconds(row.received_at))
    if not picked.ids and only_late:
        raise InputError(
            "None of these deliveries is late.", "Remove --only-late, or select other deliveries."
        )
    if not picked.ids:
        raise InputError(*selected.nothing())
    return picked


def late_and_overtaking(rows: Iterable[Row], wanted: set[int]) -> list[Row]:
    """Return the rows with the ids `wanted`, and for each the newest version before it. Pure.

    `rows` are all rows of the inbox, oldest first. The version that overtook arrived first, so the order of
    arrival puts each late delivery after it.
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
            before is None or row.clocks.beside(before.clocks) is not VersionOrder.OLDER
        ):
            newest[key] = row
    return [found[delivery] for delivery in sorted(found)]
