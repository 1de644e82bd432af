"""The main page: the list of deliveries, the selected one in detail, the simulated shop's keys."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from devhook.errors import DevhookError
from devhook.forge.source import Source, from_delivery, from_sample
from devhook.inbox.deliveries import Row
from devhook.receiver.targets import targets_of
from devhook.scenario.model import Action
from devhook.session.session import Session
from devhook.text import counted
from devhook.tui.delivery_view import DeliveryView
from devhook.tui.notices import RepeatedErrors, info, show_error, warn_all
from devhook.tui.screen_memory import ScreenMemory
from devhook.tui.screens.answer_with import AnswerWithScreen
from devhook.tui.screens.choice import ChoiceScreen, QuestionScreen
from devhook.tui.screens.comparison import compare_marked
from devhook.tui.screens.copy_save_open import CopySaveOpenScreen
from devhook.tui.screens.deliveries_keys import DELIVERIES_BINDINGS
from devhook.tui.screens.devhook_screen import DevhookScreen, KeyLine
from devhook.tui.screens.forge import ForgeScreen
from devhook.tui.screens.idle_keys import hindrance, is_here
from devhook.tui.screens.probe import ProbeScreen, probe_endpoint
from devhook.tui.screens.replay import replay_one
from devhook.tui.screens.replay_many import ReplayScreen
from devhook.tui.screens.statistics import StatisticsScreen
from devhook.tui.screens.subscriptions import SubscriptionsScreen
from devhook.tui.tabs.answer import AnswerTab
from devhook.tui.tabs.changes import ChangesTab
from devhook.tui.tabs.timeline import TimelineTab
from devhook.tui.widgets.deliveries_pane import DeliveriesPane
from devhook.tui.widgets.delivery_list import DeliveryList
from devhook.tui.widgets.demo_panel import SHOP_BINDINGS, DemoPanel
from devhook.tui.widgets.detail import WIDEST, Detail
from devhook.tui.widgets.lines_view import LinesView
from devhook.tui.widgets.marked_rows import MARK_BINDINGS
from devhook.tui.widgets.panes import Panes
from devhook.tui.widgets.retry_lines import RetryLines
from devhook.tui.widgets.status_line import StatusLine
from devhook.webhook.topics import topic_names

_EVERY: Final = 0.05
_CAUGHT_UP: Final = 20
# As many deliveries are replayed without a question.
_UNASKED: Final = 20


class DeliveriesScreen(CopySaveOpenScreen):
    """Shows a session. It reads the session's feed 20 times a second and updates the widgets."""

    BINDINGS: ClassVar[list[BindingType]] = [*DELIVERIES_BINDINGS, *SHOP_BINDINGS]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide"), (WIDEST, "-widest")]  # noqa: RUF012 - Textual declares it so
    AUTO_FOCUS = "DeliveryList"

    def __init__(self, session: Session, memory: ScreenMemory) -> None:
        super().__init__(session)
        self._memory = memory
        self._errors = RepeatedErrors(self)

    def compose(self) -> ComposeResult:
        """The status line, the two panes, the shop's keys when there is a simulated shop, the footer."""
        yield StatusLine(id="status")
        look = self._memory.look
        with Panes(wide=look.wide, narrow=look.narrow, id="panes"):
            yield DeliveriesPane(self._session, self._errors, id="deliveries")
            yield Detail(self._session.inbox, look.tab, id="detail")
        if self._session.simulated is not None:
            yield RetryLines(self._session, self._session.simulated, id="retries")
            yield DemoPanel(self._session.simulated, id="shop")
        yield KeyLine()

    def on_mount(self) -> None:
        """Show the status and the newest deliveries, and start polling."""
        self._aim()
        self._poll()
        self.set_interval(_EVERY, self._poll)

    # News

    def _poll(self) -> None:
        try:
            rows, revised, answered, _ = self._session.read()
            self._status.status = self._session.status()
            notices = self._session.take_notices()
        except DevhookError as error:
            self._errors.warn(error)
            return
        if rows:
            self._list.add(rows)
            self._pane.diagnose(rows)
            self._status.count([row.received_at for row in rows])
            self._aim()
        if answered or revised:
            self._list.add(sorted([*answered, *revised], key=lambda row: row.id))
        self._update_detail(rows, [*answered, *revised])
        self._catch_up()
        warn_all(self, notices)

    def _catch_up(self) -> None:
        """Show the readings of rows that had none when they were loaded; the session makes them meanwhile."""
        portion, self._pane.unread = self._pane.unread[:_CAUGHT_UP], self._pane.unread[_CAUGHT_UP:]
        if not portion:
            return
        try:
            # Each row by itself: the receiver may have removed some of them meanwhile.
            rows = [
                found
                for row in portion
                for found in self._session.inbox.rows(after=row.id - 1, before=row.id + 1)
            ]
        except DevhookError as error:
            self._errors.warn(error)
            return
        self._pane.unread += [row for row in rows if row.verdict is None]
        self._list.add([row for row in rows if row.verdict is not None])

    # The list

    @on(DeliveriesPane.DeliverySelected)
    def _selected(self, message: DeliveriesPane.DeliverySelected) -> None:
        self.query_one(Detail).show(self._fetch(message.row))
        self._aim()

    def _fetch(self, row: Row | None) -> DeliveryView | None:
        if row is None:
            return None
        try:
            session = self._session
            return DeliveryView.fetch(
                session.inbox,
                session.secrets,
                row,
                mistakable=session.mistakable,
                mask=session.mask,
                subscribed_version=session.subscribed_version(row.topic),
            )
        except DevhookError as error:
            self._errors.warn(error)
            return None

    def _update_detail(self, new: Sequence[Row], changed: Sequence[Row]) -> None:
        """Update the detail when its delivery is answered or read again, or a related one arrives."""
        detail = self.query_one(Detail)
        view = detail.delivery
        if view is None:
            return
        own = any(row.id == view.row.id for row in changed)
        others = [row for row in (*new, *changed) if row.id != view.row.id]
        if not own and not others:
            return
        try:
            shown = self._session.inbox.row(view.row.id)  # as it is, where it is shown masked
        except DevhookError:
            return
        if not own and not any(_together(row, shown) for row in others):
            return
        fresh = self._fetch(shown)
        if fresh is not None and fresh.beside != view.beside:
            detail.show(fresh)
        else:
            detail.update_timeline()

    @on(TimelineTab.VersionRequested)
    def _show_version(self, message: TimelineTab.VersionRequested) -> None:
        detail = self.query_one(Detail)
        detail.turn_to(ChangesTab)
        if not self._list.go_to(message.row.id):
            detail.show(self._fetch(message.row))

    @on(DevhookScreen.MaskChanged)
    def _show_again(self) -> None:
        self._list.mask = self._session.mask
        self._status.status = self._session.status()
        self.query_one(Detail).forget()
        self.query_one(Detail).show(self._fetch(self._list.selected))

    @on(DeliveryList.OpenRequested)
    def _open(self) -> None:
        self.query_one(Detail).front.focus()

    @on(LinesView.Read)
    def _read(self) -> None:
        if self._list.shown:
            self._list.following = False

    @property
    def _pane(self) -> DeliveriesPane:
        return self.query_one(DeliveriesPane)

    @property
    def _list(self) -> DeliveryList:
        return self._pane.delivery_list

    @property
    def _status(self) -> StatusLine:
        return self.query_one(StatusLine)

    def picked(self) -> Sequence[int]:
        """Return the ids of the marked deliveries, or of the one under the cursor."""
        return self._pane.picked

    # Keys

    def offered(self) -> Iterable[tuple[Binding, Widget]]:
        """Yield the bindings that the palette offers: this page's, and those that mark deliveries."""
        here = (
            each for each in super().offered() if is_here(each[0].action.partition("(")[0], self._session)
        )
        yield from here
        yield from ((binding, self._list) for binding in MARK_BINDINGS)

    def action_filter(self) -> None:
        """Open the filter box."""
        self._pane.open_filter()

    def action_go_to(self) -> None:
        """Open the line for an order's number."""
        self._pane.open_go_to()

    def action_follow(self) -> None:
        """Select the newest delivery and follow it."""
        self._list.follow()

    def action_turn(self, steps: int) -> None:
        """Activate another tab of the detail."""
        self.query_one(Detail).turn(steps)

    def action_back(self) -> None:
        """From the detail to the list; in the list, clear the marks, then the filter."""
        if isinstance(self.focused, LinesView):
            self._list.focus()
        elif self._list.step_back():
            return
        elif self._list.filter:
            self._pane.clear_filter()

    @work(exclusive=True, group="replay many")
    async def action_replay(self) -> None:
        """Send the marked deliveries again, or the selected one."""
        if self._is_idle("replay"):
            return
        try:
            picked = self._pane.picked
        except DevhookError as error:
            show_error(self, error)
            return
        if len(picked) == 1:
            replay_one(self, self._session, self._session.inbox.row(picked[0]))
            return
        count = counted(len(picked), "delivery")
        if len(picked) > _UNASKED and not await self.app.push_screen_wait(
            QuestionScreen(f"Send {count} again?", "Esc stops the replay.")
        ):
            return
        wanted = await self.app.push_screen_wait(ReplayScreen(self._session, picked))
        if wanted is not None and self._list.go_to(wanted):
            self.query_one(Detail).turn_to(AnswerTab)

    def action_compare(self) -> None:
        """Compare two marked deliveries, or the marked one with the selected one."""
        compare_marked(self, self._session.inbox, self._list.marked, self._list.selected)

    def action_probe(self) -> None:
        """Probe the target that gets deliveries like the selected one."""
        if self._is_idle("probe"):
            return
        try:
            self.app.push_screen(ProbeScreen(probe_endpoint(self._session, self._list.selected)))
        except DevhookError as error:
            show_error(self, error)

    def _is_idle(self, action: str) -> bool:
        """Show why an action can do nothing now; return whether that is the case."""
        found = hindrance(action, self._session, self._list.selected)
        if found is not None:
            show_error(self, found)
        return found is not None

    # What is remembered

    def action_divide(self, steps: int) -> None:
        """Move the line between the panes."""
        self.query_one(Panes).move(steps)

    @on(Panes.Divided)
    def _divided(self, message: Panes.Divided) -> None:
        self._memory.remember(**{"wide" if message.beside else "narrow": message.share})

    @on(Detail.Turned)
    def _turned(self, message: Detail.Turned) -> None:
        self._memory.remember(tab=message.tab)

    # The shop

    def action_subscriptions(self) -> None:
        """Show what is registered in the shop."""
        if not self._is_idle("subscriptions") and self._session.registrations is not None:
            self.app.push_screen(
                SubscriptionsScreen(self._session, self._session.registrations, self._status.rate)
            )

    @work(exclusive=True, group="answer with")
    async def action_answer_with(self) -> None:
        """Choose the answer to the next deliveries."""
        if self._is_idle("answer_with"):
            return
        faults = await self.app.push_screen_wait(AnswerWithScreen(self._session.status().faults))
        if faults is None:
            return
        await self._session.answer_with(faults)
        told = f"with {', '.join(map(str, faults))}" if faults else "normally"
        info(self, f"Deliveries are answered {told} from now on.")

    # The forge

    def action_edit(self) -> None:
        """Open the forge with the selected delivery."""
        if self._is_idle("edit"):
            return
        row = self._list.selected
        if row is None:
            return
        try:
            self._open_forge(from_delivery(self._session.inbox.delivery(row.id), row.id))
        except DevhookError as error:
            show_error(self, error)

    @work(exclusive=True, group="forge")
    async def action_forge(self) -> None:
        """Open the forge with devhook's sample payload of a topic."""
        if self._is_idle("forge"):
            return
        topics = dict.fromkeys(topic_names(), "")
        topic = await self.app.push_screen_wait(ChoiceScreen("Topic of the forged delivery", topics))
        if topic is not None:
            self._open_forge(from_sample(topic))

    def _open_forge(self, source: Source) -> None:
        targets = targets_of(self._session.targets, source.topic)
        url = targets[0].url if targets else self._session.status().address
        self.app.push_screen(ForgeScreen(self._session, source, url))

    def action_statistics(self) -> None:
        """Show the statistics of the newest deliveries."""
        self.app.push_screen(StatisticsScreen(self._session, self._status.rate))

    def _aim(self) -> None:
        """Point the shop's keys at the order of the selected delivery."""
        for panel in self.query(DemoPanel):
            panel.aim(self._list.selected.subject if self._list.selected else None)

    def action_act(self, action: str) -> None:
        """Run an action on an order of the simulated shop."""
        if not self._is_idle("act"):
            self.query_one(DemoPanel).act(Action(action))

    def action_inject(self, fault: str) -> None:
        """Send a faulty delivery from the simulated shop."""
        if not self._is_idle("inject"):
            self.query_one(DemoPanel).inject(fault)

    def action_hurry(self) -> None:
        """Send the simulated shop's waiting retries at once."""
        if not self._is_idle("hurry"):
            self.query_one(RetryLines).hurry()


def _together(one: Row, other: Row) -> bool:
    """Return whether two deliveries have the same event id or the same subject."""
    if one.event_id is not None and one.event_id == other.event_id:
        return True
    subjects = (one.subject, other.subject)
    return None not in subjects and len({(each.kind, each.id) for each in subjects if each}) == 1
