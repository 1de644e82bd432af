"""The Timeline tab: the versions of a subject, the comparison of two, the history of one field."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar, Final, TypeVar

from textual import work
from textual.binding import Binding, BindingType
from textual.message import Message

from devhook import json_pointer
from devhook.analysis.comparison import Comparison
from devhook.analysis.diff import Kind
from devhook.analysis.history import Value
from devhook.analysis.order_tracks import OrderSnapshot, tracks
from devhook.errors import DevhookError
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row
from devhook.inbox.timeline import compare_versions, history, mask_of, order_states, timeline
from devhook.privacy.mask import told_by
from devhook.tui.delivery_view import DeliveryView
from devhook.tui.notices import info
from devhook.tui.tabs.changes import shown_changes
from devhook.tui.tabs.detail_tab import DetailTab
from devhook.tui.tabs.timeline_layout import Life, comparison_layout, history_layout, timeline_layout
from devhook.tui.tabs.version_numbers import VersionNumbers
from devhook.tui.widgets.find_view import ReadingPosition
from devhook.tui.widgets.lines_view import Layout

# Rows that are fetched at once; only those in sight are laid out.
_LONGEST: Final = 500
_NO_VERSION: Final = "There is no version to choose here."
_ONE_VERSION: Final = "A comparison needs two versions, and only one has arrived."

Told = TypeVar("Told")


class TimelineTab(DetailTab):
    """Shows the timeline of a delivery's subject. A comparison or a history replaces it until `t`."""

    NAME = "timeline"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open", tooltip="Open the selected version", id="timeline.open"),
        Binding("m", "mark", "mark", tooltip="Mark a version for a comparison", id="timeline.mark"),
        Binding(
            "d",
            "compare",
            "compare",
            tooltip="Compare the marked version with the selected one",
            id="timeline.compare",
        ),
        *(
            Binding(
                str(digit),
                f"digit({digit})",
                "number",
                show=False,
                tooltip="Type two version numbers to compare them: 3 7",
                id=f"timeline.digit-{digit}",
            )
            for digit in range(10)
        ),
        Binding(
            "comma",
            "end_number",
            "end of number",
            show=False,
            tooltip="End a version number that could have another digit",
            id="timeline.end-number",
        ),
        Binding(
            "t", "timeline", "Timeline", show=False, tooltip="Return to the timeline", id="timeline.back"
        ),
    ]

    class VersionRequested(Message):
        """The user wants to see the delivery of `row`."""

        def __init__(self, row: Row) -> None:
            super().__init__()
            self.row = row

    def __init__(self, inbox: Inbox, *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(inbox, id=id)
        self._life: list[Row] = []
        self._listed: list[Row] = []
        self._marked: int | None = None
        self._states: dict[int, OrderSnapshot] = {}
        self._typed = VersionNumbers(0)

    def show_delivery(self, view: DeliveryView) -> None:
        """Show the timeline of a delivery's subject, with that delivery picked."""
        self._life = self._fetched(view.row)
        self._show_timeline()
        self._follow_order()

    def renew_delivery(self, view: DeliveryView) -> None:
        """Show new versions; an open comparison or history stays."""
        self.view = view
        self.grow()

    @property
    def left(self) -> ReadingPosition | None:
        """Where the timeline is read; a comparison is not returned to."""
        return super().left if self._listed is self._life else None

    def grow(self) -> None:
        """Add new versions if the timeline is shown; the picked version stays picked."""
        picked = self._row()
        if self.view is None or self._listed is not self._life:
            return
        self._life = self._listed = self._fetched(self.view.row)
        self.again(self._timeline())
        place = next(
            (number for number, row in enumerate(self._life) if picked and row.id == picked.id), None
        )
        if place is not None:
            self.pick(place)
        self._follow_order()

    @work(exclusive=True, group="tracks")
    async def _follow_order(self) -> None:
        """Read what the order's bodies say of money and statuses, and draw it under the versions."""
        life = self._life
        try:
            asked = partial(_states, life, frozenset(self._states))
            told = await asyncio.to_thread(_aside, self.inbox, asked)
        except DevhookError:
            return
        if life is not self._life:
            return
        wanted = {row.id for row in life}
        self._states = {number: state for number, state in (self._states | told).items() if number in wanted}
        if self._listed is life and self._states:
            self.again(self._timeline())

    def show_history(self, view: DeliveryView, number: int) -> None:
        """Show the values of the field of change `number`, in all versions of its document."""
        self.view = view
        self._life = self._fetched(view.row)
        self._show_values(view, number)

    @work(exclusive=True, group="versions")
    async def _show_values(self, view: DeliveryView, number: int) -> None:
        try:
            told = await asyncio.to_thread(_aside, self.inbox, partial(_history, view, number))
        except DevhookError:
            told = []
        if not self._shows(view):
            return
        self._listed = [row for row, _ in told]
        place = next((place for place, row in enumerate(self._listed) if row.id == view.row.id), 0)
        path = shown_changes(view.reading)[number].path
        self.show(partial(history_layout, path, told), picked=place)

    def action_open(self) -> None:
        """Show the picked version; compare the two whose numbers have been typed."""
        if self._typed.pair:
            self._compare_typed()
            return
        if row := self._row():
            self.post_message(self.VersionRequested(row))
        else:
            info(self, _NO_VERSION)

    def action_mark(self) -> None:
        """Mark the picked version, or unmark it."""
        if row := self._row():
            self._marked = None if self._marked == row.id else row.id
            self.again(self._timeline())
        else:
            info(self, _NO_VERSION)

    def action_digit(self, digit: int) -> None:
        """Take a digit of the two version numbers; compare once no digit can follow."""
        if self._listed is not self._life or not self._life:
            info(self, _NO_VERSION)
            return
        if len(self._life) == 1:
            info(self, _ONE_VERSION)
            return
        known = self._typed if self._typed.count == len(self._life) else VersionNumbers(len(self._life))
        self._typed = known.typed(digit)
        if self._typed.is_complete:
            self._compare_typed()
        elif self._typed.numbers:
            self.again(self._timeline())
            self.pick(self._typed.numbers[-1] - 1)

    def action_end_number(self) -> None:
        """End the number that is being typed."""
        self._typed = self._typed.ended()
        if self._listed is self._life and self._typed.numbers:
            self.again(self._timeline())

    def _compare_typed(self) -> None:
        pair, self._typed = self._typed.pair, VersionNumbers(0)
        if pair is None or max(pair) > len(self._life):
            return
        if pair[0] == pair[1]:
            self.notify("Type the numbers of two different versions, such as 3 7.", title="Two versions")
            self.again(self._timeline())
            return
        first, second = sorted(pair)
        self._compare(self._life[first - 1], self._life[second - 1], (first, second))

    def action_compare(self) -> None:
        """Show what differs between the marked version and the picked one, whichever is the older."""
        marked = next((row for row in self._life if row.id == self._marked), None)
        picked = self._row()
        if len(self._life) <= 1:
            info(self, _ONE_VERSION if self._life else _NO_VERSION)
            return
        if marked is None or picked is None or marked.id == picked.id:
            self.notify(
                "Type two version numbers, or mark a version with m, select another, and press d.",
                title="Two versions",
            )
            return
        places = {row.id: number for number, row in enumerate(self._life, start=1)}
        before, after = sorted((marked, picked), key=lambda row: places[row.id])
        self._compare(before, after, (places[before.id], places[after.id]))

    @work(exclusive=True, group="versions")
    async def _compare(self, before: Row, after: Row, numbers: tuple[int, int]) -> None:
        view = self.view
        try:
            compared = await asyncio.to_thread(_aside, self.inbox, partial(_compared, before, after))
        except DevhookError as error:
            self.notify(error.message, title="Two versions", severity="warning")
            return
        if view is None or not self._shows(view):
            return
        if view.mask is not None and compared is not None:
            mask = view.mask.knowing(told_by(compared.changes, after.topic))
            compared = mask.comparison(compared, after.topic)
        self._listed = []
        self.show(partial(comparison_layout, before, after, numbers, compared))

    def action_timeline(self) -> None:
        """Show the timeline again."""
        if self.view is not None:
            self._life = self._fetched(self.view.row)
            self._show_timeline()

    def _show_timeline(self) -> None:
        self._listed = self._life
        self._typed = VersionNumbers(len(self._life))
        shown = self.view.row.id if self.view else None
        place = next((number for number, row in enumerate(self._life) if row.id == shown), 0)
        layout = self._timeline()
        top = layout(max(1, self.size.width)).stops
        self.show(layout, top=top[place] if top else 0, picked=place)

    def _timeline(self) -> Layout:
        view, typed = self.view, self._typed
        life = Life(
            self._life,
            view.row.id if view else None,
            self._marked,
            tracks([self._states[row.id] for row in self._life if row.id in self._states]),
            typed.words() if typed.numbers else "",
            view.mask if view else None,
        )
        return partial(timeline_layout, life)

    def _fetched(self, row: Row) -> list[Row]:
        try:
            # The shown row may be masked.
            return timeline(self.inbox, self.inbox.row(row.id), _LONGEST)
        except DevhookError:
            return []

    def _shows(self, view: DeliveryView) -> bool:
        """Return whether that delivery is still shown; it may have been fetched again."""
        return self.view is not None and self.view.row.id == view.row.id

    def _row(self) -> Row | None:
        picked = self.picked
        return self._listed[picked] if picked is not None and picked < len(self._listed) else None


def _aside(inbox: Inbox, ask: Callable[[Inbox], Told]) -> Told:
    """Return what `ask` returns, asked on a connection of this thread; it reads bodies of up to 5 MB."""
    with inbox.beside() as other:
        return ask(other)


def _states(life: Sequence[Row], known: frozenset[int], inbox: Inbox) -> dict[int, OrderSnapshot]:
    return order_states(inbox, life, known)


def _compared(before: Row, after: Row, inbox: Inbox) -> Comparison | None:
    return compare_versions(inbox, before, after)


def _history(view: DeliveryView, number: int, inbox: Inbox) -> list[tuple[Row, Value]]:
    """Return the field's values, masked like the delivery. A removed field is in the version before."""
    exact = inbox.reading(view.row.id)
    changes = shown_changes(exact)
    if number >= len(changes):  # it has been read again meanwhile
        return []
    change, of = changes[number], view.row.id
    if exact is not None and change.kind is Kind.REMOVED and exact.compared_with is not None:
        of = exact.compared_with
    row = inbox.row(of)
    told = history(inbox, row, change.pointer)
    mask = view.mask
    if mask is None:
        return told
    way = json_pointer.steps(change.pointer)
    mask = mask_of(mask, inbox, *(each.id for each, _ in told))
    return [
        (each, value.model_copy(update={"value": mask.value(value.value, way, row.topic)}))
        for each, value in told
    ]
