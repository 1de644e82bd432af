"""The replay page: several deliveries sent again one after another, each answer beside the one before."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import ClassVar, Final, NamedTuple

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.screen import ModalScreen

from devhook.errors import DevhookError, InputError
from devhook.inbox.app_answers import AppAnswer
from devhook.inbox.deliveries import Row
from devhook.inbox.journal import Send
from devhook.inbox.timeline import mask_of
from devhook.privacy.mask import Mask
from devhook.replay.answer_changes import compared
from devhook.replay.plan import PlannedSend
from devhook.sender.answers import AnswerSummary
from devhook.session.session import Session
from devhook.text import counted
from devhook.tui import styles
from devhook.tui.screens.replay import answers_until, replay_plan, send_again
from devhook.tui.tabs.answer_history import difference_lines, status_words
from devhook.tui.untrusted import app_mask, cut, fitted, untrusted
from devhook.tui.widgets.delivery_columns import subject_words
from devhook.tui.widgets.lines_view import Lines
from devhook.tui.widgets.pick_view import PickView

# Sends that are listed; of more only those that need attention, and as many of them.
_LISTED: Final = 200
# Seconds between two looks at what has been answered.
_EVERY: Final = 0.1
_TOPIC: Final = 24
_SUBJECT: Final = 10


class _Sent(NamedTuple):
    """One send: its delivery, the answers to it until then, its own the last."""

    row: Row
    answers: list[AppAnswer]


class ReplayScreen(ModalScreen[int | None]):
    """Sends deliveries again and shows the answers; returns the id of a delivery to be shown, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open", tooltip="Show the delivery under the cursor", id="replay.open"),
        Binding(
            "escape,r,q",
            "leave",
            "stop",
            tooltip="Stop sending; after the last answer, close",
            id="replay.leave",
        ),
    ]
    AUTO_FOCUS = "PickView"

    def __init__(self, session: Session, deliveries: Sequence[int]) -> None:
        super().__init__()
        self._session = session
        self._deliveries = deliveries
        self._summary = AnswerSummary()
        self._listed: list[_Sent] = []
        self._unlisted = 0
        self._changed = 0
        self._compared = 0
        self._ended = ""
        self._stale = True
        # The app's mask, and that for each delivery, which knows its personal values.
        self._masks: tuple[Mask | None, dict[int, Mask]] = (None, {})

    def compose(self) -> ComposeResult:
        """One page that scrolls."""
        with Container(id="replay") as container:
            container.border_title = Content.styled(
                f"Replay of {counted(len(self._deliveries), 'delivery')}", "bold"
            )
            yield PickView(id="replay-lines")

    def on_mount(self) -> None:
        """Start."""
        self.query_one(PickView).show(self._page)
        self.set_interval(_EVERY, self._renew)
        self._run()

    def action_leave(self) -> None:
        """Stop sending; when it is over, close."""
        if self._ended:
            self.dismiss(None)
        else:
            self.workers.cancel_node(self)

    def action_open(self) -> None:
        """Close, and ask for the delivery under the cursor."""
        picked = self.query_one(PickView).picked
        if self._ended and picked is not None:
            self.dismiss(self._listed[picked].row.id)

    @work(exclusive=True, group="replay")
    async def _run(self) -> None:
        ended = "Stopped."
        try:
            for url, delivery in replay_plan(self._session, self._deliveries):
                await send_again(self._session, url, delivery, self._add)
                await asyncio.sleep(0)
            ended = "Done."
        except DevhookError as error:
            ended = f"{error.message} {error.hint}"
        finally:
            self._ended, self._stale = ended, True

    def _add(self, _: PlannedSend, send: Send) -> None:
        self._summary.add(send.answer)
        self._stale = True
        try:
            sent = _Sent(
                self._session.inbox.row(send.delivery_id or 0), answers_until(self._session.inbox, send)
            )
        except InputError:
            self._unlisted += 1
            return
        before, differences = compared(sent.answers, len(sent.answers) - 1)
        self._compared += before is not None
        self._changed += bool(differences.status)
        calm = send.answer.accepted and not differences.status
        if len(self._listed) < (_LISTED if calm else 2 * _LISTED):
            self._listed.append(sent)
        else:
            self._unlisted += 1

    def _renew(self) -> None:
        if self._stale:
            self._stale = False
            self.query_one(PickView).again(self._page)

    def _page(self, width: int) -> Lines:
        """Lay the page out for `width` cells; each send can be picked."""
        lines = [*self._head(), Content()]
        stops = []
        for sent in self._listed:
            stops.append(len(lines))
            lines += _sent_lines(sent, self._mask(sent.row.id), width)
        if self._unlisted:
            lines.append(Content.styled(f" … and {self._unlisted:,} more.", styles.MUTED))
        return Lines.of(lines, stops)

    def _mask(self, delivery: int) -> Mask | None:
        mask = app_mask(self.app)
        if mask is None:
            return None
        if self._masks[0] is not mask:
            self._masks = (mask, {})
        known = self._masks[1]
        if delivery not in known:
            known[delivery] = mask_of(mask, self._session.inbox, delivery)
        return known[delivery]

    def _head(self) -> Iterator[Content]:
        """Yield how far it is, the counts of the answers, how many differ from before, and the keys."""
        sent, every = self._summary.count, len(self._deliveries)
        far = self._ended or f"{sent:,} of {every:,} sent…"
        if self._ended and sent < every:
            far = f"{self._ended} {sent:,} of {every:,} were sent."
        yield Content.assemble(" ", (far, styles.STRONG))
        if sent:
            yield from (Content.styled(f" {line}", styles.PLAIN) for line in self._summary.lines())
        if self._compared:
            style = styles.WARNING if self._changed else styles.MUTED
            told = f" {self._changed:,} of {self._compared:,} answered with a different status than before"
            yield Content.styled(told, style)
        keys = (("Enter", "shows the delivery"), ("Esc", "closes")) if self._ended else (("Esc", "stops"),)
        yield Content.assemble(
            " ",
            *(part for key, does in keys for part in ((key, styles.HOTKEY), (f" {does}  ", styles.MUTED))),
        )


def _sent_lines(sent: _Sent, mask: Mask | None, width: int) -> Iterator[Content]:
    """Lay out one send: the delivery and the two answers; below, how time and body differ."""
    row = sent.row.masked(mask) if mask else sent.row
    answers = [each.masked(mask) if mask else each for each in sent.answers]
    given = answers[-1]
    before, differences = compared(sent.answers, len(answers) - 1)
    sign, style = ("✓", styles.SUCCESS) if given.answer.accepted else ("✗", styles.ERROR)
    head = Content.assemble(
        (f" {sign} ", style),
        (f"{row.id:>5}  ", styles.MUTED),
        (fitted(subject_words(row.subject, _SUBJECT), _SUBJECT) + " ", styles.STRONG),
        (fitted(row.topic or "no topic", _TOPIC) + "  ", styles.PLAIN),
        status_words(differences, given.answer),
        "  ",
    )
    yield head + untrusted(cut(given.url, max(0, width - head.cell_length)), styles.FAINT)
    if before is not None:
        shown = before.masked(mask) if mask else before
        yield from difference_lines(shown.answer, given.answer, differences, width)
