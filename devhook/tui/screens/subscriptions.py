"""The subscriptions in the shop: whose each is and where it leads; more can be made, and ours removed."""

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from time import monotonic
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from devhook.errors import DevhookError
from devhook.session.session import Session
from devhook.shop.leases import Creation
from devhook.shop.registrations import (
    Holder,
    Registration,
    RegistrationList,
    Registrations,
    refusal_to_remove,
)
from devhook.text import counted
from devhook.tui import styles
from devhook.tui.notices import info, show_error, warn
from devhook.tui.rate import Rate
from devhook.tui.screens.choice import QuestionScreen
from devhook.tui.screens.devhook_screen import DevhookScreen, KeyLine
from devhook.tui.screens.subscription_items import subscription_items
from devhook.tui.screens.topics import TopicsScreen
from devhook.tui.untrusted import untrusted
from devhook.tui.widgets.menu import Menu
from devhook.tui.widgets.status_line import StatusLine

_EVERY: Final = 1.0
# Seconds until the shop is asked again for what others did there; a request costs a few of its points.
_AGAIN: Final = 10.0
_CHANGES: Final = "subscriptions"
_INVENTORY: Final = "inventory"
_DOMAIN: Final = ".myshopify.com"


class SubscriptionsScreen(DevhookScreen):
    """Shows what `side` finds in the shop.

    The shop is asked as the page opens, after each change by devhook, on a key, and every 10 seconds.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "subscribe", "subscribe", tooltip="Subscribe to more topics", id="subs.new"),
        Binding(
            "x,delete",
            "remove",
            "remove",
            tooltip="Remove the subscription, if devhook created it",
            id="subs.remove",
        ),
        Binding("v", "renew", "renew", tooltip="Create the vanished subscriptions again", id="subs.renew"),
        Binding(
            "r,ctrl+r", "look", "Refresh", show=False, tooltip="Load the subscriptions again", id="subs.look"
        ),
        Binding("s,escape", "dismiss", "back", tooltip="To the deliveries", id="subs.back"),
    ]
    AUTO_FOCUS = "Menu"

    def __init__(self, session: Session, side: Registrations, rate: Rate) -> None:
        super().__init__()
        self._session = session
        self._side = side
        self._rate = rate
        self._standing: RegistrationList | None = None
        self._leases: int | None = None
        self._asked_at = 0.0

    def compose(self) -> ComposeResult:
        """The status line, the list or why it is empty, the footer."""
        yield StatusLine(self._rate, id="status")
        with Container(id="subscriptions"):
            yield Menu(id="registrations")
            yield Static(id="none")
        yield KeyLine(show_command_palette=False)

    def on_mount(self) -> None:
        """Ask the shop."""
        self._tell_status()
        self.set_interval(_EVERY, self._tell_status)
        self._describe("loading …")
        self._look()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's signature
        """Disable the key that creates vanished subscriptions again while none has vanished."""
        return action != "renew" or bool(self._standing and self._standing.lost)

    def _tell_status(self) -> None:
        try:
            self.query_one(StatusLine).status = status = self._session.status()
        except DevhookError:
            return  # the deliveries page, which goes on behind this one, tells it
        before, self._leases = self._leases, status.leases
        if before not in {None, status.leases} or monotonic() - self._asked_at >= _AGAIN:
            self._look_again()

    def _look_again(self) -> None:
        """Ask the shop by itself, unless a request is under way."""
        busy = any(
            worker.group in {_CHANGES, _INVENTORY} and not worker.is_finished for worker in self.app.workers
        )
        if self._standing is not None and not busy:
            self._look(quiet=True)

    # The list

    @work(exclusive=True, group=_INVENTORY)
    async def _look(self, *, quiet: bool = False) -> None:
        """Ask the shop; `quiet`: a failure is only told in the title, and what is shown stays."""
        self._asked_at = monotonic()
        try:
            standing = await self._side.fetch()
        except DevhookError as error:
            if not quiet:
                warn(self, error.message, error.hint)
            self._describe("not loaded")
            return
        self._tell_news(standing)
        self._standing = standing
        items = subscription_items(standing, self._shown)
        self.query_one(Menu).show(items)
        self.query_one("#subscriptions").set_class(not items, "-empty")
        self._describe(_in_numbers(standing))
        self.refresh_bindings()

    def _tell_news(self, standing: RegistrationList) -> None:
        """Show which temporary subscriptions the shop has removed since the last request."""
        before = {lease.id for lease in self._standing.lost} if self._standing else None
        if before is not None and (
            lost := [lease.topic for lease in standing.lost if lease.id not in before]
        ):
            warn(self, f"The shop removed the subscription to {', '.join(lost)}.", "v creates it again.")

    def _describe(self, words: str) -> None:
        shop = untrusted(self._side.domain.removesuffix(_DOMAIN))
        title = Content.assemble(("Subscriptions", "bold"), " ", shop)
        self.query_one("#subscriptions").border_title = title + Content.styled(f" · {words}", styles.MUTED)
        self.query_one("#none", Static).update(
            Content.assemble(
                ("This app has no subscription in the shop.\n\n", styles.PLAIN),
                ("n", styles.HOTKEY),
                (" subscribes to topics.", styles.MUTED),
            )
        )

    @on(DevhookScreen.MaskChanged)
    def _show_again(self) -> None:
        self._tell_status()
        if self._standing is not None:
            self.query_one(Menu).show(subscription_items(self._standing, self._shown))

    def _shown(self, text: str) -> str:
        """An address or a name as it is to be seen: there may be keys in the one, and people in the other."""
        return self._session.mask.text(text) if self._session.mask else text

    def _entry(self) -> Registration | None:
        """The subscription under the cursor; None for a vanished lease or nothing."""
        key = self.query_one(Menu).selected
        entries = self._standing.entries if self._standing else ()
        return next((entry for entry in entries if entry.subscription.id == key), None)

    # Keys

    def action_look(self) -> None:
        """Ask the shop anew."""
        self._describe("loading …")
        self._look()

    def action_subscribe(self) -> None:
        """Choose more topics, and make leases of them."""
        self._begin(self._subscribe)

    def action_renew(self) -> None:
        """Create the vanished subscriptions again."""
        self._begin(self._renew)

    def action_remove(self) -> None:
        """Remove the subscription under the cursor, if it is ours, or leads nowhere and the user says yes."""
        entry = self._entry()
        if entry is not None:
            self._begin(partial(self._remove, entry))
        else:
            info(self, "There is no subscription here to remove.")

    def _begin(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Have the shop asked, one thing at a time. It goes on when this page is left meanwhile."""
        if any(worker.group == _CHANGES and not worker.is_finished for worker in self.app.workers):
            info(self, "Another request to the shop is running.")
            return
        self.app.run_worker(self._done(work), group=_CHANGES)

    async def _done(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Do it, tell a failure, and look at what has come of it."""
        try:
            await work()
        except DevhookError as error:
            warn(self, error.message, error.hint)
        if self.is_attached:
            self._look()

    async def _subscribe(self) -> None:
        picker = TopicsScreen(granted=await self._side.granted(), there=self._side.topics)
        topics = await self.app.push_screen_wait(picker)
        if topics:
            info(self, f"Creating {counted(len(topics), 'subscription')} …")
            self._tell_created(await self._side.subscribe(topics))

    async def _renew(self) -> None:
        self._tell_created(await self._side.renew())

    async def _remove(self, entry: Registration) -> None:
        found = entry.subscription
        if refusal := refusal_to_remove(entry):
            show_error(self, refusal)
            return
        if entry.holder is not Holder.LEASE:
            about = (
                self._shown(f"{found.topic} to {found.uri}"),
                f"The journal does not prove that devhook created it; {entry.dead}.",
            )
            if not await self.app.push_screen_wait(QuestionScreen("Remove this subscription?", *about)):
                return
        await self._side.remove(entry)
        info(self, f"Removed {found.topic} to {found.uri}.")

    def _tell_created(self, created: Creation) -> None:
        if created.subscriptions:
            info(self, f"Subscribed to {', '.join(_topics(created))}.")
        for refused in created.refused:
            warn(self, f"{refused.topic}: {refused.refusal.message}", refused.refusal.hint)


def _topics(created: Creation) -> Sequence[str]:
    return [subscription.topic for subscription in created.subscriptions]


def _in_numbers(standing: RegistrationList) -> str:
    leases = sum(entry.holder is Holder.LEASE for entry in standing.entries)
    dead = sum(bool(entry.dead) for entry in standing.entries)
    words = [f"{leases} temporary", f"{len(standing.entries) - leases} other"]
    words += [f"{dead} dead"] if dead else []
    words += [f"{len(standing.lost)} vanished"] if standing.lost else []
    return " · ".join(words)
