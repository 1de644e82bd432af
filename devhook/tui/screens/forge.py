"""The forge: a payload to be altered, its difference from the original, what an endpoint answers to it."""

import json
from contextlib import aclosing
from datetime import UTC, datetime
from random import SystemRandom
from secrets import token_hex
from typing import ClassVar, Final

from pydantic import SecretStr
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer  # noqa: TC002 - an import that costs nothing: Textual is loaded
from textual.widgets import Static, TabbedContent, TabPane, TextArea

from devhook.errors import DevhookError
from devhook.forge.compose import send_forged
from devhook.forge.shopify_headers import Headers, random_uuids
from devhook.forge.source import Source, sample_caveat
from devhook.forge.tamper import TAMPERS, Tamper
from devhook.inbox.journal import Send
from devhook.sender.client import Sender
from devhook.sender.target import target_url
from devhook.session.session import Session
from devhook.text import counted, duration
from devhook.tui import styles
from devhook.tui.json_text_outline import JsonTextOutline, Node
from devhook.tui.notices import info, show_error
from devhook.tui.screens.choice import ChoiceScreen, QuestionScreen
from devhook.tui.screens.devhook_screen import DevhookScreen, KeyLine
from devhook.tui.screens.forge_draft import Draft
from devhook.tui.screens.forge_headers import header_lines, parsed, with_headers
from devhook.tui.tabs.change_table import change_table
from devhook.tui.untrusted import UntrustedInput, cut, untrusted
from devhook.tui.widgets.lines_view import Lines, LinesView
from devhook.tui.widgets.payload_area import PayloadArea
from devhook.tui.widgets.payload_tree import PayloadTree
from devhook.webhook.payload import Unreadable, read_json

# Seconds after the last key until the difference is drawn anew: a payload of 40 KB takes a few milliseconds.
_SOON: Final = 0.15
_WHOLE: Final = "none"
_ANSWER_LINES: Final = 3
# The views beside the payload, and the widget that gets the focus in each.
_VIEWS: Final = {"changes-view": "#difference", "tree-view": "#tree", "headers-view": "#headers-area"}


class ForgeScreen(DevhookScreen):
    """Makes deliveries from `source`: a delivery of the inbox, or devhook's sample payload of a topic."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+s",
            "send",
            "sign & send",
            tooltip="With a new Webhook-Id and Event-Id",
            priority=True,
            id="forge.send",
        ),
        Binding(
            "ctrl+t",
            "tamper",
            "tamper",
            tooltip="Choose a defect of the delivery",
            priority=True,
            id="forge.tamper",
        ),
        Binding(
            "ctrl+o",
            "follow",
            "consistent",
            tooltip="Adjust totals, money sets, updated_at and ids to the edits",
            priority=True,
            id="forge.consistent",
        ),
        Binding(
            "ctrl+r",
            "restore",
            "original",
            tooltip="Undo all edits",
            priority=True,
            id="forge.restore",
        ),
        Binding(
            "ctrl+e",
            "view",
            "view",
            tooltip="Show the changes, the tree or the headers",
            priority=True,
            id="forge.view",
        ),
        Binding("escape", "leave", "back", tooltip="To the deliveries", priority=True, id="forge.leave"),
        # At once: what is typed right after Tab must not land in the line before.
        Binding("tab", "app.focus_next", "Next", show=False, priority=True, id="forge.next"),
        Binding(
            "shift+tab", "app.focus_previous", "Previous", show=False, priority=True, id="forge.previous"
        ),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 - Textual declares it so
    AUTO_FOCUS = "PayloadArea"

    def __init__(self, session: Session, source: Source, url: str) -> None:
        super().__init__()
        self._session = session
        draft = Draft.of(source)
        self._draft = draft.masked(session.mask) if session.mask else draft
        self._url = url
        self._tamper: Tamper | None = None
        self._sent_text = ""
        self._soon: Timer | None = None
        self._shown: Send | None = None
        self._outline = JsonTextOutline.of(self._draft.text)
        self._value: Node | None = None

    def compose(self) -> ComposeResult:
        """Compose the target, the payload, its changes and the answer."""
        with Container(id="forge"):
            with Horizontal(id="target-line"):
                yield Static("to", id="target-sign")
                yield UntrustedInput(self._url, id="target", compact=True)
            with Container(id="forge-panes"):
                yield PayloadArea(self._draft.text, id="payload-area", compact=True, soft_wrap=False)
                with Vertical(id="outcomes"):
                    yield Static(id="forge-headline")
                    with TabbedContent(id="forge-tabs"):
                        with TabPane("Changes", id="changes-view"):
                            yield LinesView(id="difference")
                        with TabPane("Tree", id="tree-view"):
                            yield PayloadTree(id="tree")
                            with Horizontal(id="value-line"):
                                yield Static("=", id="value-sign")
                                yield UntrustedInput(id="value", compact=True)
                        with TabPane("Headers", id="headers-view"):
                            yield TextArea(self._header_lines(), id="headers-area", compact=True)
                    yield Static(id="forge-answer")
        yield KeyLine(show_command_palette=False)

    def on_mount(self) -> None:
        """Show the title and the changes, of which there are none yet."""
        self.query_one("ContentTabs").can_focus = False
        self._describe()
        self._compare()

    # What is shown

    def _describe(self) -> None:
        source = self._draft.source
        own = "guess of its payload" if sample_caveat(source.topic) else "sample payload"
        made_of = f"from delivery {source.delivery_id}" if source.delivery_id else f"from devhook's {own}"
        title = Content.assemble(("Forge ", "bold"), untrusted(source.topic), (f" {made_of}", styles.MUTED))
        if self._tamper is not None:
            title += Content.styled(f" · {self._tamper.effect}", styles.WARNING)
        self.query_one("#forge").border_title = title

    @on(TextArea.Changed, "#payload-area")
    def _typed(self) -> None:
        """Compare once nothing has been typed for a moment."""
        if self._soon is not None:
            self._soon.stop()
        self._soon = self.set_timer(_SOON, self._compare)

    def _compare(self) -> None:
        """Show the changes from the source to the text in the editor."""
        self._draft = self._draft.edited(self.query_one(PayloadArea).text)
        self.query_one("#forge-headline", Static).update(self._headline())
        self._outline = JsonTextOutline.of(self._draft.text)
        self.query_one(PayloadTree).show(self._outline)
        view = self.query_one("#difference", LinesView)
        changes = self._draft.changes
        view.show(lambda width: Lines.of([line for lines in change_table(changes, width) for line in lines]))

    def _headline(self) -> Content:
        if self._draft.problem:
            return untrusted(f"✗ {self._draft.problem}", styles.ERROR)
        count = self._draft.compared.total
        words = counted(count, "change") if count else "No changes"
        return Content.styled(words, styles.MUTED if not count else styles.ACCENT)

    def _show_answer(self, send: Send) -> None:
        """Show status, time, what answered in place of the app, and the body's first lines, masked or not."""
        self._shown = send
        answer = (send.masked(self._session.mask) if self._session.mask else send).answer
        found = answer.interception(send.url)
        fits = self._tamper.fits(answer.status) if self._tamper else answer.accepted
        fits = fits and answer.failure is None and (found is None or found.of_app)
        said = f"{answer.status} in {duration(answer.seconds)}" if answer.status else answer.error
        lines = [untrusted(f"{'✓' if fits else '✗'} {said}", styles.SUCCESS if fits else styles.ERROR)]
        if self._tamper is not None:
            lines[0] += Content.styled(f"  expected: {self._tamper.wanted}", styles.MUTED)
        if found is not None:
            lines.append(untrusted(f"{found.message} {found.hint}", styles.PLAIN))
        width = max(20, self.query_one("#forge-answer").size.width)
        body = answer.body.decode("utf-8", "replace").splitlines()
        lines += [Content.styled(cut(line, width), styles.MUTED) for line in body[:_ANSWER_LINES]]
        self._tell_answer(Content("\n").join(lines))

    def _tell_answer(self, told: Content) -> None:
        self.query_one("#outcomes").add_class("-answered")
        self.query_one("#forge-answer", Static).update(told)

    # The tree and the headers

    @on(TextArea.SelectionChanged, "#payload-area")
    def _moved_in_the_text(self) -> None:
        area = self.query_one(PayloadArea)
        if area.has_focus:
            self.query_one(PayloadTree).select_at(area.cursor_location)

    @on(PayloadTree.Moved)
    def _moved_in_the_tree(self, message: PayloadTree.Moved) -> None:
        self.query_one(PayloadArea).move_cursor(self._outline.location(message.node.start), center=True)

    @on(PayloadTree.EditRequested)
    def _edit_value(self, message: PayloadTree.EditRequested) -> None:
        """Show the line for the value, with the value as it is written."""
        self._value = message.node
        self.query_one("#value-line").display = True
        box = self.query_one("#value", UntrustedInput)
        box.value = self._outline.value(message.node)
        self.set_focus(box)

    @on(UntrustedInput.Submitted, "#value")
    def _take_value(self, message: UntrustedInput.Submitted) -> None:
        """Write the value into the text: as JSON, or as a text where it is none."""
        if self._value is not None:
            self._write_value(self._value, message.value)
        self._close_value()

    def _write_value(self, node: Node, typed: str) -> None:
        try:
            read_json(typed.encode("utf-8", "surrogatepass"))
            written = typed.strip()
        except Unreadable:
            written = json.dumps(typed, ensure_ascii=False)
        start, end = (self._outline.location(each) for each in (node.start, node.end))
        self.query_one(PayloadArea).replace(written, start, end)
        self._compare()

    def _close_value(self) -> None:
        self._value = None
        self.query_one("#value-line").display = False
        self.query_one(PayloadTree).focus()

    def _header_lines(self) -> str:
        shop = self._draft.shop(self._session.status().shop)
        return header_lines(self._draft.source, self._draft.document, shop)

    @property
    def _edited_headers(self) -> Headers | None:
        """The headers as they were edited; None where they were not. Raises InputError."""
        text = self.query_one("#headers-area", TextArea).text
        return None if text == self._header_lines() else parsed(text)

    def action_view(self) -> None:
        """Show the changes, the tree or the headers, whichever comes next."""
        tabs = self.query_one(TabbedContent)
        views = list(_VIEWS)
        tabs.active = views[(views.index(tabs.active) + 1) % len(views)]
        self.set_focus(self.query_one(_VIEWS[tabs.active]))

    # Keys

    def action_send(self) -> None:
        """Sign the payload, with new ids, and send it."""
        self._compare()
        self._send()

    @work(exclusive=True, group="forge")
    async def _send(self) -> None:
        """Send the requests and show their answers; every send is recorded in the inbox."""
        try:
            url = target_url(
                self.query_one("#target", UntrustedInput).value, allow_remote=self._is_known_target()
            )
            requests = self._draft.requests(
                shop=self._draft.shop(self._session.status().shop),
                secrets=self._session.secrets,
                other_secret=SecretStr(token_hex(32)),
                tamper=self._tamper,
                moment=datetime.now(UTC),
                uuids=random_uuids(SystemRandom()),
            )
            if self._edited_headers is not None:
                requests = tuple(with_headers(each, self._edited_headers) for each in requests)
            self._tell_answer(Content.styled("Sending …", styles.MUTED))
            made_of, self._sent_text = self._draft.source.delivery_id, self._draft.text
            async with (
                Sender() as sender,
                aclosing(send_forged(requests, url, sender, self._session.inbox, made_of=made_of)) as posted,
            ):
                async for send in posted:
                    self._show_answer(send)
        except DevhookError as error:
            show_error(self, error)

    def _is_known_target(self) -> bool:
        """Return whether the target is one that deliveries are forwarded to, which was allowed already."""
        return self.query_one("#target", UntrustedInput).value.strip() in {
            target.url for target in self._session.targets
        }

    @work(exclusive=True, group="choice")
    async def action_tamper(self) -> None:
        """Choose the tampering, or none."""
        about = {name: f"{each.wanted}: {each.effect}" for name, each in TAMPERS.items()}
        chosen = await self.app.push_screen_wait(
            ChoiceScreen("Tamper", {_WHOLE: "intact, with a valid signature", **about})
        )
        if chosen is not None:
            self._tamper = None if chosen == _WHOLE else TAMPERS[chosen]
            self._describe()

    def action_follow(self) -> None:
        """Adjust the fields that depend on the edited ones."""
        self._compare()
        if self._draft.problem:
            info(self, self._draft.problem)
            return
        moment, shop = datetime.now(UTC), self._draft.shop(self._session.status().shop)
        self._put(self._draft.made_consistent(moment, shop))

    def action_restore(self) -> None:
        """Restore the original."""
        self._put(Draft.of(self._draft.source))

    def _put(self, draft: Draft) -> None:
        self._draft = draft
        area = self.query_one(PayloadArea)
        row, column = area.cursor_location
        area.text = draft.text
        area.move_cursor((min(row, area.document.line_count - 1), column))
        self._compare()

    @work(exclusive=True, group="choice")
    async def action_leave(self) -> None:
        """Return to the deliveries; ask first if there are edits that were not sent."""
        if self._value is not None:
            self._close_value()
            return
        self._compare()
        if self._draft.text != self._sent_text and (self._draft.changes or self._draft.problem):
            about = "The edits were not sent and will be lost."
            if not await self.app.push_screen_wait(QuestionScreen("Leave the forge?", about)):
                return
        self.dismiss()

    @on(DevhookScreen.MaskChanged)
    def _mask(self) -> None:
        """Mask the payload and the answer. The payload stays masked: its text in the editor is the draft."""
        if self._shown is not None:
            self._show_answer(self._shown)
        if self._session.mask:
            self._compare()
            self._put(self._draft.masked(self._session.mask))
