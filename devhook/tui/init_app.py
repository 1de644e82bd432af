"""The screen of `devhook init`: a form whose answers become the configuration that `listen` starts with."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final, NamedTuple

from pydantic import SecretStr
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Checkbox, Input, RadioButton, RadioSet, Static

from devhook.errors import DevhookError
from devhook.privacy.mask import Mask
from devhook.tui import styles
from devhook.tui.init_config import NONE, OWN, InitConfig
from devhook.tui.notices import show_error
from devhook.tui.screens.choice import QuestionScreen
from devhook.tui.screens.devhook_screen import KeyLine
from devhook.tui.screens.topics import TopicsScreen
from devhook.tui.terminal_app import TerminalApp, show_app
from devhook.tui.untrusted import UntrustedInput, untrusted
from devhook.tunnel.providers import DEFAULT, PROVIDERS

_WAYS: Final = (
    *((name, f"{name}: {choice.about}") for name, choice in PROVIDERS.items()),
    (OWN, "my own tunnel, at the address below"),
    (NONE, "none: I send deliveries myself, without a shop"),
)
_CREDENTIALS: Final = {
    "access_token": "access token (shpat_…): gives access to the shop",
    "client_secret": "client secret: verifies signatures",
}


class Tick(Checkbox):
    """A checkbox that shows `✓` when it is checked. Textual's own one shows it by colour alone."""

    def on_mount(self) -> None:
        """Show the sign of the first value."""
        self.BUTTON_INNER = "✓" if self.value else " "

    def watch_value(self) -> None:
        """Show the sign of the new value."""
        self.BUTTON_INNER = "✓" if self.value else " "
        super().watch_value()


class TunnelChoice(RadioButton):
    """A radio button that shows `●` when it is selected. Textual's own one shows it by colour alone."""

    def on_mount(self) -> None:
        """Show the sign of the first value."""
        self.BUTTON_INNER = "●" if self.value else " "

    def watch_value(self) -> None:
        """Show the sign of the new value."""
        self.BUTTON_INNER = "●" if self.value else " "
        super().watch_value()


class Offered(NamedTuple):
    """Answers that the project's files suggest, and sentences that name these files."""

    sentences: tuple[str, ...] = ()
    shop: str = ""
    topics: tuple[str, ...] = ()
    target: str = ""


NOTHING: Final = Offered()
"""No suggestion: the project has no file that devhook reads."""


class FirstRunApp(TerminalApp[InitConfig]):
    """Asks for the shop, its credentials, topics, a tunnel and the app; returns an InitConfig, None if left.

    `known` names the source of each credential (`{"access_token": "DEVHOOK_ACCESS_TOKEN"}`), `opens` says
    whether they give access to the shop, `file` is the configuration file, `there` whether it exists.
    `offered` has the suggested answers, which the user can change.
    """

    TITLE = "devhook"
    CSS_PATH = "devhook.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "finish", "write and listen", priority=True, id="init.finish"),
        Binding("ctrl+t", "topics", "topics", priority=True, id="init.topics"),
        Binding("escape", "quit", "quit without writing", id="init.leave"),
        # They work at once: a secret that is pasted right after Tab must not land in the line before.
        Binding("tab", "focus_next", "Next", show=False, priority=True, id="init.next"),
        Binding("shift+tab", "focus_previous", "Previous", show=False, priority=True, id="init.previous"),
        Binding("ctrl+c", "quit", "leave", show=False, priority=True, id="init.interrupt"),
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        known: Mapping[str, str],
        *,
        opens: bool,
        file: str,
        there: bool,
        offered: Offered = NOTHING,
        mask: Mask | None = None,
    ) -> None:
        super().__init__()
        self._mask = mask
        self._offered = offered
        self._known = known
        self._opens = opens
        self._file = file
        self._there = there
        self._topics: tuple[str, ...] = offered.topics or ("orders/updated",)

    @property
    def mask(self) -> Mask | None:
        """The mask for personal data; None without `--mask`."""
        return self._mask

    def compose(self) -> ComposeResult:
        """The form, and below it the configuration and the command that its answers give."""
        with VerticalScroll(id="first-run", can_focus=False):
            if self._offered.sentences:
                with _group("Found in this project", id="found-group"):
                    yield Static(_found(self._offered.sentences), id="project-found")
            with _group("Shop", "acme, or acme.myshopify.com"):
                yield UntrustedInput(self._offered.shop, id="shop-asked", compact=True, placeholder="acme")
            with _group("Access", "the access token is for the shop, the client secret for signatures"):
                for name, what in _CREDENTIALS.items():
                    if name in self._known:
                        yield Static(self._known_already(name))
                    else:
                        yield Input(
                            id=name.replace("_", "-"), password=True, compact=True, placeholder=f"{what}"
                        )
                if self._asks_secrets:
                    yield Tick("Write these secrets into the config file", id="keep", compact=True)
            with _group("Topics", "Ctrl+T selects them"):
                yield Static(id="chosen-topics")
            with _group("Tunnel", "from the shop to this machine"), RadioSet(id="way", compact=True):
                for way, what in _WAYS:
                    yield TunnelChoice(what, value=way == DEFAULT, id=f"way-{way}")
            with _group("Public address", "of your own tunnel", id="url-group"):
                yield UntrustedInput(id="url", compact=True, placeholder="https://hooks.example.com")
            with _group("Your app", "deliveries are forwarded to it; optional"):
                yield UntrustedInput(
                    self._offered.target,
                    id="target-asked",
                    compact=True,
                    placeholder="3000, or localhost:3000/webhooks",
                )
        with Container(id="outcome"):
            yield Static(id="outcome-text")
        yield KeyLine()

    def on_mount(self) -> None:
        """Show the configuration of the suggested answers."""
        self.query_one("#first-run").border_title = Content.styled("devhook init", "bold")
        self._tell()

    @property
    def _asks_secrets(self) -> bool:
        return any(name not in self._known for name in _CREDENTIALS)

    def _known_already(self, name: str) -> Content:
        where = untrusted(self._known[name], styles.ACCENT)
        return Content.assemble(
            ("✓ ", styles.SUCCESS), (name.replace("_", " "), styles.PLAIN), (" from ", styles.MUTED), where
        )

    def answers(self) -> InitConfig:
        """The current answers."""
        pressed = self.query_one("#way", RadioSet).pressed_button
        return InitConfig(
            shop=self.query_one("#shop-asked", UntrustedInput).value,
            topics=self._topics,
            way=str(pressed.id).removeprefix("way-") if pressed else DEFAULT,
            url=self.query_one("#url", UntrustedInput).value,
            target=self.query_one("#target-asked", UntrustedInput).value,
            token=self._typed("#access-token"),
            client_secret=self._typed("#client-secret"),
            keep=any(box.value for box in self.query(Checkbox)),
            opens=self._opens,
        )

    def _typed(self, field: str) -> SecretStr:
        return SecretStr(next((each.value for each in self.query(field).results(Input)), ""))

    @on(Input.Changed)
    @on(Checkbox.Changed)
    @on(RadioSet.Changed)
    def _tell(self) -> None:
        """Show the configuration and the command, or the name of what is missing."""
        answers = self.answers()
        self.query_one("#chosen-topics", Static).update(untrusted(", ".join(self._topics), styles.PLAIN))
        self.query_one("#url-group").display = answers.way == OWN
        outcome = self.query_one("#outcome")
        problem = answers.problem()
        if problem is not None:
            outcome.border_title = Content.styled("Incomplete", styles.WARNING)
            told = Content.assemble(
                untrusted(problem.message, styles.PLAIN), "\n", untrusted(problem.hint, styles.MUTED)
            )
        else:
            outcome.border_title = untrusted(self._file, styles.SUCCESS)
            run = Content.assemble(
                ("Ctrl+S", styles.HOTKEY), (" writes the file and runs ", styles.MUTED), "devhook listen"
            )
            told = Content.assemble(untrusted_lines(answers.config(masked=True)), "\n", run)
        self.query_one("#outcome-text", Static).update(told)

    @work(exclusive=True, group="topics")
    async def action_topics(self) -> None:
        """Open the page of topics."""
        if isinstance(self.screen, TopicsScreen):
            return
        chosen = await self.push_screen_wait(TopicsScreen(chosen=self._topics))
        if chosen:
            self._topics = chosen
            self._tell()

    @work(exclusive=True, group="finish")
    async def action_finish(self) -> None:
        """Exit with the answers; ask first if that overwrites a file."""
        if len(self.screen_stack) > 1:
            return
        answers = self.answers()
        if problem := answers.problem():
            show_error(self.screen, problem)
            return
        about = (f"{self._file} exists already and would be overwritten.",)
        if not self._there or await self.push_screen_wait(QuestionScreen("Replace the config file?", *about)):
            self.exit(answers)


def _group(title: str, about: str = "", *, id: str | None = None) -> Vertical:  # noqa: A002 - as every widget's
    """Return a container for the answers to one question, below the line with the question."""
    group = Vertical(id=id, classes="group")
    told = (f"  {about}", styles.MUTED) if about else ("", "")
    group.border_title = Content.assemble(" ", (title, styles.STRONG), told, " ")
    return group


def _found(sentences: Sequence[str]) -> Content:
    """Return a line for each sentence about the project."""
    lines = [Content.styled("✓ ", styles.SUCCESS) + untrusted(each, styles.PLAIN) for each in sentences]
    return Content("\n").join(lines)


async def ask(app: FirstRunApp, stopping: asyncio.Event) -> InitConfig | None:
    """Return the answers; None if the user leaves the form, or if `stopping` is set first."""
    answers = await show_app(app, stopping.wait())
    if app.return_code and not stopping.is_set():
        raise DevhookError("The screen failed; nothing was written.", "Please report the traceback above.")
    return answers


def untrusted_lines(text: str) -> Content:
    """Return the lines of a text that a stranger may have written, made visible."""
    return Content("\n").join([untrusted(line, styles.PLAIN) for line in text.splitlines()])
