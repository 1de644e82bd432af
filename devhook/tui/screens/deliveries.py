"""The main page: the deliveries as they come, the selected one in detail, the simulated shop's keys."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from devhook.errors import DevhookError
from devhook.filter.completion import seen_in
from devhook.filter.language import Filter
from devhook.filter.search import Search
from devhook.forge.source import from_delivery, from_sample, sample_topics
from devhook.receiver.forwarding import targets_of
from devhook.scenario.model import Action
from devhook.tui import styles
from devhook.tui.deliveries_keys import DELIVERIES_BINDINGS
from devhook.tui.delivery_view import DeliveryView
from devhook.tui.masking import MaskChanged
from devhook.tui.notices import refuse, say, warn
from devhook.tui.screens.answer_with import AnswerWithScreen
from devhook.tui.screens.choice import ChoiceScreen
from devhook.tui.screens.devhook_screen import ScreenCommands
from devhook.tui.screens.forge import ForgeScreen
from devhook.tui.screens.replay import replay_one
from devhook.tui.screens.statistics import StatisticsScreen
from devhook.tui.screens.subscriptions import SubscriptionsScreen
from devhook.tui.untrusted import untrusted
from devhook.tui.widgets.delivery_list import DeliveryList
from devhook.tui.widgets.demo_panel import SHOP_BINDINGS, DemoPanel
from devhook.tui.widgets.detail import CHANGES, Detail
from devhook.tui.widgets.filter_box import FilterBox
from devhook.tui.widgets.key_line import KeyLine
from devhook.tui.widgets.lines_view import LinesView
from devhook.tui.widgets.retry_lines import RetryLines
from devhook.tui.widgets.status_line import StatusLine
from devhook.tui.widgets.timeline_view import TimelineView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devhook.forge.source import Source
    from devhook.inbox.deliveries import Row
    from devhook.session.session import Session

_EVERY: Final = 0.05
_PAGE: Final = 500
_CAUGHT_UP: Final = 20
# How many older rows are looked for under a filter, and for how long at a time, in seconds.
_PAGE_FOUND: Final = 200
_SEARCHING_TIME: Final = 0.04


class DeliveriesScreen(Screen[None]):
    """Shows a run. It asks the run for news twenty times a second and tells the widgets."""

    BINDINGS: ClassVar[list[BindingType]] = [*DELIVERIES_BINDINGS, *SHOP_BINDINGS]
    COMMANDS: ClassVar[set[Any]] = {ScreenCommands}
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 - Textual declares it so
    AUTO_FOCUS = "DeliveryList"

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        self._told = ""
        self._unread: list[Row] = []

    def compose(self) -> ComposeResult:
        """The status line, the two panes, the shop's keys when there is a simulated shop, the footer."""
        yield StatusLine(id="status")
        with Container(id="panes"):
            with Vertical(id="deliveries"):
                with Horizontal(id="filter-line"):
                    yield Static("/", id="filter-sign")
                    yield FilterBox(self._session.inbox, self._session.filter_text, id="filter")
                yield Static(id="filter-help")
                yield DeliveryList(id="list")
                yield Static(id="empty")
            yield Detail(self._session.inbox, id="detail")
        if self._session.simulated is not None:
            yield RetryLines(self._session, self._session.simulated, id="retries")
            yield DemoPanel(self._session.simulated, id="shop")
        yield KeyLine()

    def on_mount(self) -> None:
        """Show what is there, then what comes."""
        self._narrow_to(Filter.parse(self._session.filter_text, datetime.now().astimezone()))
        self._list.mask = self._session.mask
        self._filtered()
        self._load(before=None)
        self._describe()
        self._aim()
        self._poll()
        self.set_interval(_EVERY, self._poll)

    # News

    def _poll(self) -> None:
        try:
            rows, revised, answered = self._session.read()
            self._status.status = self._session.status()
            notices = self._session.take_notices()
        except DevhookError as error:
            self._tell_once(error)
            return
        if rows:
            self._list.add(rows)
            self._status.count([row.received_at for row in rows])
            self._aim()
        if answered or revised:
            self._list.add(sorted([*answered, *revised], key=lambda row: row.id))
        if rows or revised:
            self._tell_detail([*rows, *revised])
        self._catch_up()
        for notice in notices:
            warn(self, notice.message, notice.hint)

    def _load(self, before: int | None) -> None:
        """Show the newest deliveries of the inbox, or those from before one of them."""
        try:
            rows = self._session.inbox.rows(before=before, limit=_PAGE, newest_first=True)
        except DevhookError as error:
            self._tell_once(error)
            return
        self._list.add_older(rows[::-1], last=len(rows) < _PAGE)
        self._unread += [row for row in rows if row.verdict is None]

    def _catch_up(self) -> None:
        """Show the readings of what was not read yet when it was loaded: the run makes them by and by."""
        portion, self._unread = self._unread[:_CAUGHT_UP], self._unread[_CAUGHT_UP:]
        if not portion:
            return
        try:
            # One by one, and none where the receiver has removed it meanwhile.
            rows = [
                found
                for row in portion
                for found in self._session.inbox.rows(after=row.id - 1, before=row.id + 1)
            ]
        except DevhookError as error:
            self._tell_once(error)
            return
        self._unread += [row for row in rows if row.verdict is None]
        self._list.add([row for row in rows if row.verdict is not None])

    def _tell_once(self, error: DevhookError) -> None:
        """Tell a failure that comes back twenty times a second only when it is another one."""
        if self._told != error.message:
            self._told = error.message
            warn(self, error.message, error.hint)

    # The list

    @on(DeliveryList.SummaryChanged)
    def _describe(self) -> None:
        deliveries = self._list
        self.query_one("#deliveries").border_title = deliveries.summary()
        empty = not deliveries.shown
        self.query_one("#deliveries").set_class(empty, "-empty")
        if empty:
            self.query_one("#empty", Static).update(self._why_empty())

    def _why_empty(self) -> Content:
        if self._list.filter:
            return Content.assemble(
                ("No delivery matches.\n\n", styles.PLAIN),
                ("Esc", styles.HOTKEY),
                (" clears the filter.", styles.MUTED),
            )
        address = untrusted(self._session.status().address, styles.ACCENT)
        parts: list[Content] = [Content.styled("Waiting for the first delivery.\n\n", styles.PLAIN)]
        if self._session.simulated is not None:
            parts += [
                Content.styled("Press ", styles.MUTED),
                Content.styled("1", styles.HOTKEY),
                Content.styled(
                    " to check out an order in the simulated shop,\nor send one to ", styles.MUTED
                ),
            ]
        else:
            parts.append(Content.styled("Point a webhook subscription at\n", styles.MUTED))
        return Content.assemble(*parts, address)

    @on(DeliveryList.Selected)
    def _selected(self, message: DeliveryList.Selected) -> None:
        self.query_one(Detail).show(self._opened(message.row))
        self._aim()

    def _opened(self, row: "Row | None") -> DeliveryView | None:
        if row is None:
            return None
        try:
            session = self._session
            return DeliveryView.fetch(
                session.inbox, session.secrets, row, mistakable=session.mistakable, mask=session.mask
            )
        except DevhookError as error:
            self._tell_once(error)
            return None

    def _tell_detail(self, rows: "Sequence[Row]") -> None:
        """Complete what is shown of a delivery when another comes that bears on it."""
        detail = self.query_one(Detail)
        opened = detail.opened
        if opened is None or all(row.id == opened.row.id for row in rows):
            return
        try:
            shown = self._session.inbox.row(opened.row.id)  # as it is, where it is shown masked
        except DevhookError:
            return
        if not any(_together(row, shown) for row in rows):
            return
        fresh = self._opened(shown)
        if fresh is not None and fresh.around != opened.around:
            detail.show(fresh)
        else:
            detail.grow()

    def _renew_detail(self) -> None:
        """Fetch what is shown anew: it has been sent again."""
        detail = self.query_one(Detail)
        if detail.opened is not None and detail.opened.row.id == getattr(self._list.selected, "id", None):
            detail.show(self._opened(self._list.selected))

    @on(TimelineView.VersionRequested)
    def _show_version(self, message: TimelineView.VersionRequested) -> None:
        detail = self.query_one(Detail)
        detail.turn_to(CHANGES)
        if not self._list.go_to(message.row.id):
            detail.show(self._opened(message.row))

    @on(MaskChanged)
    def _show_again(self) -> None:
        self._list.mask = self._session.mask
        self._status.status = self._session.status()
        self.query_one(Detail).forget()
        self.query_one(Detail).show(self._opened(self._list.selected))

    @on(DeliveryList.OpenRequested)
    def _open(self) -> None:
        self.query_one(Detail).view.focus()

    @on(DeliveryList.OlderRequested)
    def _page_in(self, message: DeliveryList.OlderRequested) -> None:
        if message.filter is not self._list.filter:
            return
        if not isinstance(message.filter, Search):
            self._load(before=message.delivery)
            return
        try:
            page = message.filter.page(_PAGE_FOUND, before=message.delivery, seconds=_SEARCHING_TIME)
        except DevhookError as error:
            self._tell_once(error)
            return
        self._list.add_found(page.rows[::-1], page.reached)

    @property
    def _list(self) -> DeliveryList:
        return self.query_one(DeliveryList)

    @property
    def _status(self) -> StatusLine:
        return self.query_one(StatusLine)

    # The filter

    def action_filter(self) -> None:
        """Open the filter box."""
        self.query_one("#deliveries").add_class("-filtering")
        try:
            self.query_one(FilterBox).seen = seen_in(self._session.inbox)
        except DevhookError as error:
            self._tell_once(error)
        # Not `focus()`, which waits its turn: what is typed on without a pause would be keys of the list.
        self.set_focus(self.query_one(FilterBox))

    @on(FilterBox.FilterChanged)
    def _narrow(self, message: FilterBox.FilterChanged) -> None:
        self._narrow_to(message.filter)

    def _narrow_to(self, wanted: Filter) -> None:
        if wanted:
            self._list.narrow(Search(self._session.inbox, wanted), found=wanted.reads_bodies)
        else:
            self._list.narrow(wanted)

    @on(FilterBox.HelpChanged)
    def _help_with_filter(self, message: FilterBox.HelpChanged) -> None:
        self.query_one("#deliveries").set_class(bool(message.help), "-helping")
        self.query_one("#filter-help", Static).update(message.help)

    @on(FilterBox.Done)
    def _filtered(self) -> None:
        self.query_one("#deliveries").set_class(bool(self._list.filter), "-filtering")
        self._list.focus()

    # Keys

    def action_follow(self) -> None:
        """Go to the newest delivery and stay with it."""
        self._list.follow()

    def action_turn(self, steps: int) -> None:
        """Bring another tab of the detail to the front."""
        self.query_one(Detail).turn(steps)

    def action_back(self) -> None:
        """From the detail to the list; from the list, clear the filter."""
        if isinstance(self.focused, LinesView):
            self._list.focus()
        elif self._list.filter:
            self.query_one(FilterBox).action_clear()

    def action_replay(self) -> None:
        """Send the selected delivery again."""
        if self._list.selected is not None:
            replay_one(self, self._session, self._list.selected, self._renew_detail)

    # The shop

    def action_subscriptions(self) -> None:
        """Show what is registered in the shop."""
        if self._session.registrations is not None:
            self.app.push_screen(
                SubscriptionsScreen(self._session, self._session.registrations, self._status.rate)
            )

    @work(exclusive=True, group="answer with")
    async def action_answer_with(self) -> None:
        """Choose what the next deliveries are answered with."""
        faults = await self.app.push_screen_wait(AnswerWithScreen(self._session.status().faults))
        if faults is None:
            return
        await self._session.answer_with(faults)
        told = f"with {', '.join(map(str, faults))}" if faults else "truly"
        say(self, f"Deliveries are answered {told} from now on.")

    # The forge

    def action_edit(self) -> None:
        """Alter the selected delivery, sign it and send it."""
        row = self._list.selected
        if row is None:
            return
        try:
            self._open_forge(from_delivery(self._session.inbox.delivery(row.id), row.id))
        except DevhookError as error:
            refuse(self, error)

    @work(exclusive=True, group="forge")
    async def action_forge(self) -> None:
        """Make a delivery of a topic, of devhook's own payload for it."""
        topics = dict.fromkeys(sample_topics(), "")
        topic = await self.app.push_screen_wait(ChoiceScreen("Forge a delivery of", topics))
        if topic is not None:
            self._open_forge(from_sample(topic))

    def _open_forge(self, source: "Source") -> None:
        targets = targets_of(self._session.targets, source.topic)
        url = targets[0].url if targets else self._session.status().address
        self.app.push_screen(ForgeScreen(self._session, source, url))

    def action_statistics(self) -> None:
        """Show what the newest deliveries come to."""
        self.app.push_screen(StatisticsScreen(self._session, self._status.rate))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The shop's keys are there only when there is a shop."""
        del parameters
        if action == "subscriptions":
            return self._session.registrations is not None
        return action not in {"act", "inject", "hurry"} or self._session.simulated is not None

    def _aim(self) -> None:
        """Let the shop's keys act on the order of the selected delivery."""
        for panel in self.query(DemoPanel):
            panel.aim(self._list.selected.subject if self._list.selected else None)

    def action_act(self, action: str) -> None:
        """Let something happen to an order of the simulated shop."""
        self.query_one(DemoPanel).act(Action(action))

    def action_inject(self, fault: str) -> None:
        """Let a delivery of the simulated shop go wrong."""
        self.query_one(DemoPanel).inject(fault)

    def action_hurry(self) -> None:
        """Let the simulated shop try again at once what waits for it."""
        self.query_one(RetryLines).hurry()


def _together(one: "Row", other: "Row") -> bool:
    """Whether two deliveries are of the same action or speak of the same."""
    if one.event_id is not None and one.event_id == other.event_id:
        return True
    subjects = (one.subject, other.subject)
    return None not in subjects and len({(each.kind, each.id) for each in subjects if each}) == 1
