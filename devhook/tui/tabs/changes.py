"""The Changes tab: the verdict in a sentence, then every changed field with its value before and after."""

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from devhook.analysis.diff import Change, Kind
from devhook.analysis.verdict import Reading, Verdict
from devhook.analysis.wording import SIGNATURE_SIGNS, noise_words, oddities, unlisted_words, without_mirrors
from devhook.inbox.database import Inbox
from devhook.text import counted
from devhook.tui import styles
from devhook.tui.delivery_view import DeliveryView, clock
from devhook.tui.find import Find, Haystack
from devhook.tui.notices import info
from devhook.tui.tabs.change_table import change_table, part_of
from devhook.tui.tabs.detail_tab import DetailTab
from devhook.tui.untrusted import prose, untrusted
from devhook.tui.widgets.find_view import ReadingPosition
from devhook.tui.widgets.lines_view import Layout, Lines, nothing
from devhook.webhook.delivery import Signature
from devhook.webhook.payload import write_pretty

_NUMBERS: Final = 12
_NO_CHANGE: Final = "There is no change to choose here."
# So many changes within one field have a line above them that says of what.
_GROUP: Final = 3
_TWO_READINGS: Final = (
    "Shopify's current documentation identifies a delivery by its Webhook-Id; an older page identifies an"
    " event by its Event-Id. The ids above are equal."
)


class ChangesTab(DetailTab):
    """Shows what a delivery changed."""

    NAME = "changes"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "unfold",
            "whole value",
            tooltip="Show the whole value of the change, or fold it",
            id="changes.unfold",
        ),
        Binding(
            "h",
            "history",
            "history",
            tooltip="The field's value in every version",
            id="changes.history",
        ),
    ]

    class HistoryRequested(Message):
        """The user wants to see the history of the field of change `number`."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, inbox: Inbox, *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(inbox, id=id)
        # The pointers of the fields whose values are whole: by hand, and because the search finds text there.
        self._unfolded: frozenset[object] = frozenset()
        self._found: frozenset[object] = frozenset()

    def show_delivery(self, view: DeliveryView) -> None:  # noqa: ARG002 - it is `self.view` too
        """Show what a delivery changed, folded as it was left."""
        self._unfolded = self.wanted.folds if self.wanted else frozenset()
        self.show(self._now())

    def renew_delivery(self, view: DeliveryView) -> None:
        """Show the new reading; the cursor stays on its field."""
        picked = self._change
        self.view = view
        pointers = [change.pointer for change in shown_changes(view.reading)]
        kept = pointers.index(picked.pointer) if picked and picked.pointer in pointers else None
        self.again(self._now(), picked=kept)

    def _now(self) -> Layout:
        view, whole = self.view, self._unfolded | self._found
        if view is None:
            return nothing
        numbers = {number for number, each in enumerate(shown_changes(view.reading)) if each.pointer in whole}
        return lambda width: changes_layout(view, width, numbers)

    @property
    def _change(self) -> Change | None:
        """The change under the cursor."""
        changes, picked = shown_changes(self.view.reading) if self.view else [], self.picked
        return changes[picked] if picked is not None and picked < len(changes) else None

    def fold(self) -> bool:
        """Show both values of the picked change to their end, or fold them again."""
        change = self._change
        if change is None:
            return False
        self._unfolded, self._found = (self._unfolded | self._found) ^ {change.pointer}, frozenset()
        self.again(self._now())
        return True

    def action_unfold(self) -> None:
        """Show both values of the picked change to their end, or fold them again."""
        if not self.fold():
            info(self, _NO_CHANGE)

    def fold_all(self) -> bool:
        """Fold all changes; where all are folded, show the values of all to their end."""
        changes = shown_changes(self.view.reading) if self.view else []
        whole = self._unfolded | self._found
        self._found = frozenset()
        self._unfolded = frozenset() if whole else frozenset(change.pointer for change in changes)
        self.again(self._now())
        return bool(changes)

    def action_history(self) -> None:
        """Ask for the history of the picked field."""
        if self._change is not None and self.picked is not None:
            self.post_message(self.HistoryRequested(self.picked))
        else:
            info(self, _NO_CHANGE)

    @property
    def place(self) -> ReadingPosition:
        """The reading position, and which values are shown whole."""
        return super().place._replace(folds=self._unfolded)

    @property
    def path(self) -> str | None:
        """The path of the picked change."""
        change = self._change
        return change.path if change else None

    @property
    def value(self) -> str | None:
        """The value after the picked change; of a removed field the one before."""
        change = self._change
        if change is None:
            return None
        value = change.before if change.kind is Kind.REMOVED else change.after
        return value if isinstance(value, str) else write_pretty(value)

    def uncover_hits(self, query: str) -> None:
        """Show the values to their end that contain `query` where they are cut short."""
        view, width = self.view, max(1, self.scrollable_content_region.width)
        changes = shown_changes(view.reading) if view else []
        found: set[object] = set()
        if view is not None and view.reading is not None and query:
            short = change_table(view.reading.changes, width)
            whole = change_table(view.reading.changes, width, range(len(changes)))
            for change, folded, unfolded in zip(changes, short, whole, strict=True):
                if not _has(folded, query) and _has(unfolded, query):
                    found.add(change.pointer)
        if found != self._found:
            self._found = frozenset(found)
            self.again(self._now())


def changes_layout(view: DeliveryView, width: int, unfolded: Collection[int] = ()) -> Lines:
    """Lay the tab out for `width` cells; the changes with the numbers in `unfolded` show their whole values.

    Each change is a stop; `shown_changes` has them in the same order.
    """
    reading = view.reading
    lines = _headline(view, width)
    if reading is None:
        return Lines.of(lines)
    lines += _around(view, width)
    stops: list[int] = []
    if reading.changes or reading.unlisted:
        lines.append(Content())
        headings = _headings(shown_changes(reading))
        for number, of_one in enumerate(change_table(reading.changes, width, unfolded)):
            if number in headings:
                lines.append(untrusted(f"   {headings[number]}", styles.MUTED))
            stops.append(len(lines))
            lines += of_one
            if number in unfolded:
                lines.append(Content())
        if more := unlisted_words(reading.unlisted):
            lines += [Content(), *prose("   ", more, width, styles.MUTED)]
    if reading.noise:
        names = noise_words(reading.noise, reading.unlisted_noise)
        lines += [Content(), *prose("   noise: ", names, width, styles.MUTED)]
    return Lines.of(lines, stops)


def _has(lines: Sequence[Content], query: str) -> bool:
    """Return whether a text is found in lines."""
    found = Lines.of(lines)
    return bool(Find.of(query, Haystack(found.text(), found.joins)).hits)


def shown_changes(reading: Reading | None) -> list[Change]:
    """Return the listed changes in the order of the tab's stops."""
    return [change for change, _ in without_mirrors(reading.changes)] if reading else []


def _headline(view: DeliveryView, width: int) -> list[Content]:
    """Return what happened, the verdict and the hint."""
    lines = []
    signature = view.row.signature
    if signature.trusted and view.reading and view.reading.verdict is not Verdict.DUPLICATE:
        lines += prose("   ", view.happened, width, styles.STRONG) if view.happened else []
    if not signature.trusted:
        words = "is missing" if signature is Signature.MISSING else "is invalid"
        lines += prose(f" {SIGNATURE_SIGNS[signature]} ", f"The signature {words}.", width, styles.ERROR)
    reading = view.reading
    if reading is None:
        return lines + prose("   ", "This delivery has not been read yet.", width, styles.MUTED)
    if reading.unreadable:
        lines += prose(" ! ", f"The payload cannot be read. {reading.unreadable}", width, styles.ERROR)
    else:
        lines += prose("   ", _verdict(view, reading), width, styles.VERDICTS[reading.verdict])
    if reading.hint:
        lines += prose("   ", reading.hint, width, styles.PLAIN)
    for sentence in oddities(reading):
        lines += prose(" ! ", sentence, width, styles.WARNING)
    return lines


def _verdict(view: DeliveryView, reading: Reading) -> str:
    """The verdict in a sentence."""
    match reading.verdict:
        case Verdict.FIRST:
            subject = reading.subject
            of = f" of {subject.noun} {subject.name or subject.id}" if subject else ""
            return f"The first delivery{of}."
        case Verdict.CHANGED:
            count = reading.change_count
            what = counted(count, "change") if count else "Changed"
        case Verdict.UNCHANGED:
            what = "Nothing visible changed"
        case Verdict.DUPLICATE:
            what = (
                "A duplicate" if reading.original is None else f"A duplicate of delivery {reading.original}"
            )
        case Verdict.LATE:
            what = "Late"
    return f"{what}{_since(view, reading)}."


def _since(view: DeliveryView, reading: Reading) -> str:
    if reading.compared_with is None:
        return ""
    at = f" ({clock(view.compared_at)})" if view.compared_at else ""
    return f", compared with delivery {reading.compared_with}{at}"


def _headings(changes: Sequence[Change]) -> dict[int, str]:
    """Return the heading of each group of changes in one part, by the number of its first change."""
    groups = [
        [number for number, _ in group]
        for _, group in groupby(enumerate(changes), key=lambda each: part_of(each[1]))
    ]
    return {
        group[0]: f"{part_of(changes[group[0]])}: {len(group)} changes"
        for group in groups
        if len(group) >= _GROUP
    }


def _around(view: DeliveryView, width: int) -> list[Content]:
    """Return why nothing visible changed, and the deliveries of the same action."""
    lines: list[Content] = []
    for cause in view.around.causes:
        proven = [each.words() for each in cause.shown_by]
        sign, style = ("   ✓ ", styles.SUCCESS) if proven else ("   ? ", styles.MUTED)
        lines += prose(sign, cause.what, width, style)
        for words in proven:
            lines += prose("     ", f"{words}.", width, styles.PLAIN)
        if not proven:
            lines += prose("     ", cause.proof, width, styles.FAINT)
    lines = [Content(), *lines] if lines else []
    for each in view.around.explains:
        told = f"This may explain why nothing visible changed in delivery {each.id} ({each.topic})."
        lines += prose("   ", told, width, styles.PLAIN)
    action = [f"{each.topic} ({each.id})" for each in view.around.companions if each.same_action]
    if action:
        lines += prose("   the same action: ", ", ".join(action), width, styles.MUTED)
    return lines + _ids(view, width)


def _ids(view: DeliveryView, width: int) -> list[Content]:
    """Return which deliveries share the two ids."""
    evidence = view.evidence
    lines: list[Content] = []
    if len(evidence.attempts) > 1:
        told = f"Webhook-Id {view.row.webhook_id}: deliveries {_numbers(evidence.attempts)}."
        lines += prose("   ", told, width, styles.MUTED)
    if len(evidence.copies) > 1 and evidence.copies != evidence.attempts:
        told = f"Event-Id, topic and body the same: deliveries {_numbers(evidence.copies)}."
        lines += prose("   ", told, width, styles.MUTED)
        lines += prose("   ", _TWO_READINGS, width, styles.FAINT)
    return lines


def _numbers(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:_NUMBERS]))
    return f"{shown}, …" if len(numbers) > _NUMBERS else shown
