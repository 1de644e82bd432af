"""The Payload tab: the body as a person reads it, with the changed fields marked in the margin.

JSON is indented, XML is shown as it came; what can be read as neither is shown as text, or as bytes.
"""

import asyncio
from typing import ClassVar, Final

from textual import events, work
from textual.binding import Binding, BindingType
from textual.content import Content

from devhook.inbox.database import Inbox
from devhook.text import byte_size
from devhook.tui import styles
from devhook.tui.delivery_view import DeliveryView
from devhook.tui.notices import info
from devhook.tui.tabs.body_outline import BodyOutline, body_outline
from devhook.tui.tabs.detail_tab import DetailTab
from devhook.tui.tabs.outline import Folds
from devhook.tui.widgets.find_view import ReadingPosition
from devhook.tui.widgets.lines_view import Lines

# Bytes. Reading and walking this much JSON takes about 10 ms.
_LAID_OUT_AT_ONCE: Final = 64 * 1024


class PayloadTab(DetailTab):
    """Shows the body; the cursor goes from line to line, and the nodes of the document fold.

    A large body is laid out in a thread.
    """

    NAME = "payload"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("}", "change(1)", "Next change", show=False, id="payload.next-change"),
        Binding("{", "change(-1)", "Previous change", show=False, id="payload.previous-change"),
    ]

    def __init__(self, inbox: Inbox, *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(inbox, id=id)
        self._body: BodyOutline | None = None
        self._folds: Folds | None = None

    def show_delivery(self, view: DeliveryView) -> None:
        """Show a delivery, from its first changed field."""
        self._body = self._folds = None
        if len(view.exact.body) <= _LAID_OUT_AT_ONCE:
            self.workers.cancel_group(self, "payload")
            self._show_body(body_outline(view))
        else:
            note = Lines.of([Content.styled(f" Reading {byte_size(len(view.exact.body))}…", styles.MUTED)])
            self.wait(lambda _width: note)
            self._lay_out_in_a_thread(view)

    def renew_delivery(self, view: DeliveryView) -> None:
        """Mark the fields that changed by the new reading; a body that is read stays as it is meanwhile."""
        if self.left is None or self._folds is None:
            self.open(view, self.left)
            return
        self.view = view
        self._lay_out_in_a_thread(view)

    def clear(self) -> None:
        """Show nothing, also when a thread is still laying out a payload."""
        self._body = self._folds = None
        self.workers.cancel_group(self, "payload")
        super().clear()

    @work(exclusive=True, group="payload")
    async def _lay_out_in_a_thread(self, view: DeliveryView) -> None:
        body = await asyncio.to_thread(body_outline, view)
        if self.view is view:
            self._show_body(body)

    def _show_body(self, body: BodyOutline) -> None:
        before, self._body = self._folds, body
        closed = before.closed if before else self.wanted.folds if self.wanted else ()
        # The same body has the same lines; one that is masked now may have others.
        closed = frozenset(first for first in body.outline.ends if first in closed)
        self._folds = Folds.of(body.outline, closed, body.head)
        lines = self._folds.lines()
        if before is not None:
            self.again(lambda _width: lines)
            return
        first = body.marked[0] if body.marked else 0
        top = self._folds.line_of(first)
        self.show(lambda _width: lines, top=top, picked=top - len(body.head))

    def action_change(self, steps: int) -> None:
        """Go to the next changed field (1) or the previous one (-1)."""
        here = self._line
        if self._body is None or here is None or not self._body.marked:
            info(self, "No field of this payload is marked as changed.")
            return
        marked = self._body.marked
        later = [line for line in marked if line > here]
        earlier = [line for line in marked if line < here]
        self.go_to((later or marked)[0] if steps > 0 else (earlier or marked)[-1])

    # The cursor, in lines of the outline

    @property
    def _line(self) -> int | None:
        """The line of the outline under the cursor."""
        picked = self.picked
        return None if self._folds is None or picked is None else self._folds.shown[picked]

    def go_to(self, line: int) -> None:
        """Move the cursor to a line of the outline, and open what it is folded into."""
        if self._folds is not None:
            self._fold(self._folds.with_line(line), line)

    def _fold(self, folds: Folds, line: int) -> None:
        """Show the document with other folds, the cursor on `line` or on the line that it is folded into."""
        lines, same = folds.lines(), folds is self._folds
        self._folds = folds
        picked = folds.line_of(line) - len(folds.head)
        if not same:
            self.again(lambda _width: lines, picked=picked)
        self.pick(picked)

    def on_click(self, event: events.Click) -> None:  # noqa: ARG002 - Textual's signature
        """Open the folded node that was clicked, once the click has moved the cursor there."""
        if self.text_selection is None:
            self.call_later(self._open_clicked)

    def _open_clicked(self) -> None:
        if self._folds is not None and self._line in self._folds.closed:
            self.fold()

    def fold(self) -> bool:
        """Fold the node under the cursor, or open it."""
        line, folds = self._line, self._folds
        node = None if line is None or folds is None else folds.outline.node(line)
        # On a field of its own the cursor is in the whole document, which folds on its first line only.
        if folds is None or node is None or (node != line and node in folds.outline.outermost):
            return False
        self._fold(folds.toggled(node), node)
        return True

    def fold_all(self) -> bool:
        """Open all nodes; where all are open, fold them."""
        line, folds = self._line, self._folds
        if folds is None or line is None or not folds.outline.ends:
            return False
        self._fold(folds.all_toggled(), line)
        return True

    @property
    def place(self) -> ReadingPosition:
        """The reading position, and the lines where the folded nodes begin."""
        return super().place._replace(folds=self._folds.closed if self._folds else frozenset())

    def return_to(self, place: ReadingPosition) -> None:
        """Go to the place that was read, with its folds."""
        folds = self._folds
        if folds is not None and folds.closed != place.folds:
            closed = frozenset(first for first in folds.outline.ends if first in place.folds)
            self._folds = Folds.of(folds.outline, closed, folds.head)
            lines = self._folds.lines()
            self.again(lambda _width: lines, picked=place.picked)
        super().return_to(place)

    @property
    def path(self) -> str | None:
        """The path of the value under the cursor."""
        line = self._line
        return None if self._folds is None or line is None else self._folds.outline.path(line)

    @property
    def value(self) -> str | None:
        """The value under the cursor as text."""
        line = self._line
        return None if self._folds is None or line is None else self._folds.outline.value(line)

    # Finding: in all lines of the outline, folded or not

    @property
    def source(self) -> object:
        """What the searched text is made of."""
        return self._body

    @property
    def is_long(self) -> bool:
        """Whether the text is so long that it is read in a thread."""
        return self.view is not None and len(self.view.exact.body) > _LAID_OUT_AT_ONCE

    def searched_text(self) -> str:
        """Return all lines of the outline."""
        return "\n".join(self._body.outline.texts()) if self._body else ""

    def searched_line(self, number: int) -> int:
        """Return which line of the outline the line `number` is; negative for those above it."""
        if self._folds is None or number < len(self._folds.head):
            return -1
        return self._folds.shown[number - len(self._folds.head)]

    def uncover(self, line: int) -> int:
        """Open the nodes that a line of the outline is folded into, and return its number."""
        self.go_to(line)
        return self._folds.line_of(line) if self._folds else line
