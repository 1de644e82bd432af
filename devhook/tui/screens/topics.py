"""The topic picker: all topics, what each needs, and which topics contain what it omits."""

import fnmatch
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from devhook.errors import InputError
from devhook.shop.subscriptions import scopes_allow
from devhook.text import listed
from devhook.tui import styles
from devhook.tui.key_names import key_hints
from devhook.tui.notices import show_error
from devhook.tui.untrusted import UntrustedInput, cut, fitted, untrusted
from devhook.tui.widgets.menu import Menu, MenuItem
from devhook.webhook.companions import offered
from devhook.webhook.topics import Topic, topic, topics

_SHORTEST_TOPIC: Final = 34
_LONGEST_TOPIC: Final = 58
_SCOPES: Final = 40
_KEYS: Final = (
    ("Space", "selects"),
    ("+", "related"),
    ("Enter", "takes"),
    ("Esc", "leaves"),
)
_CHOSEN: Final = ("●", styles.SUCCESS)
_FREE: Final = ("○", styles.MUTED)
_THERE: Final = ("✓", styles.MUTED)


class SearchBox(UntrustedInput):
    """What is pasted into it is made visible. No topic has a blank or a plus: those are keys here."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Leave these keys to the picker."""
        return key not in {"space", "plus"} and super().check_consume_key(key, character)


class TopicsScreen(ModalScreen[tuple[str, ...] | None]):
    """Lets topics be chosen, and returns their names; None when it is left.

    `granted` are the scopes of the app, None where they are not known. `there` are topics that are subscribed
    to already, `chosen` those that are chosen from the beginning.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "space",
            "choose",
            "Choose",
            tooltip="Select the topic, or deselect it",
            priority=True,
            id="topics.choose",
        ),
        Binding(
            "plus",
            "add",
            "Companions",
            tooltip="Select the topics that deliver what the selected ones omit",
            priority=True,
            id="topics.companions",
        ),
        Binding(
            "enter",
            "take",
            "Take",
            tooltip="Use the selected topics, or the one under the cursor",
            priority=True,
            id="topics.take",
        ),
        Binding("down", "move(1)", "Down", priority=True, id="topics.down"),
        Binding("up", "move(-1)", "Up", priority=True, id="topics.up"),
        Binding("pagedown", "page(1)", "Page down", priority=True, id="topics.page-down"),
        Binding("pageup", "page(-1)", "Page up", priority=True, id="topics.page-up"),
        Binding(
            "escape", "leave", "Leave", tooltip="Close without a selection", priority=True, id="topics.leave"
        ),
    ]
    AUTO_FOCUS = "SearchBox"

    def __init__(
        self,
        *,
        granted: Collection[str] | None = None,
        there: Collection[str] = (),
        chosen: Iterable[str] = (),
    ) -> None:
        super().__init__()
        self._granted = granted
        self._there = frozenset(there)
        self._chosen = dict.fromkeys(chosen)

    def compose(self) -> ComposeResult:
        """The search box, the topics, what there is to know about the one under the cursor."""
        with Container(id="topics"):
            with Horizontal(id="search-line"):
                yield Static("/", id="search-sign")
                yield SearchBox(id="search", compact=True, placeholder="orders  fulfill*  read_products")
            yield Menu(id="topic-list")
            yield Static(id="no-topic")
            yield Static(id="about-topic")

    def on_mount(self) -> None:
        """Show all topics. The focus stays in the search box."""
        self.query_one(Menu).can_focus = False
        self.query_one("#topics").border_subtitle = key_hints(*_KEYS)
        self._show()

    # What is shown

    @on(Input.Changed)
    def _search(self) -> None:
        """Show what is searched for, the cursor on what fits best."""
        self._show()
        self.query_one(Menu).action_end(-1)

    def _show(self) -> None:
        wanted = self.query_one(SearchBox).value.strip()
        found = [each for each in topics() if _matches(each, wanted)]
        found.sort(key=lambda each: not each.name.startswith(wanted.lower()))
        self.query_one(Menu).show([MenuItem(each.name, partial(self._draw, each)) for each in found])
        self.query_one("#topics").set_class(not found, "-empty")
        if not found:
            self.query_one("#no-topic", Static).update(_why_none(wanted))
        self._tell()

    @on(Menu.Moved)
    def _tell(self) -> None:
        """Say how many are chosen, and what there is to know about the one under the cursor."""
        shown, every = len(self.query_one(Menu)), len(topics())
        count = f"{shown} of {every}" if shown < every else f"{every}"
        title = Content.assemble(("Topics", "bold"), (f" {count}", styles.MUTED))
        if self._chosen:
            title += Content.styled(f" · {len(self._chosen)} selected", styles.SUCCESS)
        self.query_one("#topics").border_title = title
        under = self._under_cursor()
        lines = [self._needs(under), *_remarks(under)] if under else []
        missing = self._companions()
        if missing:
            names = cut(", ".join(missing), 3 * max(20, self.query_one("#about-topic").size.width) - 40)
            lines.append(
                Content.assemble(
                    ("+", styles.HOTKEY), (" adds what the selected topics omit: ", styles.MUTED), names
                )
            )
        self.query_one("#about-topic", Static).update(Content("\n").join(lines))

    def _draw(self, each: Topic, width: int) -> Sequence[Content]:
        there, chosen = each.name in self._there, each.name in self._chosen
        sign = _THERE if there else _CHOSEN if chosen else _FREE
        wide = max(_SHORTEST_TOPIC, min(_LONGEST_TOPIC, width - _SCOPES))
        style = styles.STRONG if chosen else styles.MUTED if there else styles.PLAIN
        rest = max(0, width - wide - 5)
        words, colour = self._scope_words(each, there=there)
        return [
            Content.assemble(
                " ", sign, " ", (fitted(each.name, wide) + " ", style), (cut(words, rest), colour)
            )
        ]

    def _scope_words(self, each: Topic, *, there: bool) -> tuple[str, str]:
        scopes = listed(each.scopes)
        if there:
            return "subscribed already", styles.MUTED
        if obstacle := _obstacle(each):
            return f"✗ {obstacle}", styles.MUTED
        if not each.scopes:
            return "no scope", styles.FAINT
        if self._granted is None:
            return scopes, styles.MUTED
        if scopes_allow(each, self._granted):
            return f"✓ {scopes}", styles.FAINT
        return f"✗ not granted: {scopes}", styles.ERROR

    def _needs(self, each: Topic) -> Content:
        if not each.scopes:
            return Content.styled(f"{each.name} needs no scope.", styles.PLAIN)
        needs = f"{each.name} needs {listed(each.scopes)}"
        if self._granted is None:
            return Content.styled(f"{needs}.", styles.PLAIN)
        if scopes_allow(each, self._granted):
            return Content.assemble((f"{needs}: ", styles.PLAIN), ("✓ granted.", styles.SUCCESS))
        return Content.assemble(
            (f"{needs}: ", styles.PLAIN),
            ("✗ not granted.", styles.ERROR),
            ("\nA declared scope must also be approved in the shop.", styles.PLAIN),
        )

    def _under_cursor(self) -> Topic | None:
        name = self.query_one(Menu).selected
        return topic(name) if name else None

    def _companions(self) -> list[str]:
        """What the chosen topics leave out, and can be chosen beside them."""
        names = [name for each in offered(self._chosen) for name in each.topics()]
        taken = {*self._chosen, *self._there}
        return [name for name in dict.fromkeys(names) if name not in taken and not _obstacle(topic(name))]

    # Keys

    @on(Menu.Pressed)
    def action_choose(self) -> None:
        """Choose the topic under the cursor, or choose it no longer."""
        under = self._under_cursor()
        if under is None:
            return
        if under.name in self._there:
            show_error(
                self, InputError(f"{under.name} is subscribed to already.", "One subscription is enough.")
            )
        elif obstacle := _obstacle(under):
            show_error(self, InputError(f"{under.name} cannot be selected: {obstacle}."))
        elif under.name in self._chosen:
            del self._chosen[under.name]
        else:
            self._chosen[under.name] = None
        self._show()

    def action_add(self) -> None:
        """Choose the topics that contain what the chosen ones omit."""
        self._chosen |= dict.fromkeys(self._companions())
        self._show()

    def action_take(self) -> None:
        """Return the chosen topics; where none is, the one under the cursor."""
        if not self._chosen:
            self.action_choose()
        if self._chosen:
            self.dismiss(tuple(self._chosen))

    def action_leave(self) -> None:
        """Take the search away; without one, leave."""
        box = self.query_one(SearchBox)
        if box.value:
            box.value = ""
        else:
            self.dismiss(None)

    def action_move(self, items: int) -> None:
        """Move the cursor."""
        self.query_one(Menu).action_move(items)

    def action_page(self, pages: int) -> None:
        """Move the cursor by a page."""
        self.query_one(Menu).action_page(pages)


def _matches(each: Topic, wanted: str) -> bool:
    """Whether the topic's name, enum or scopes hold what is searched for, or its name fits the glob."""
    if "*" in wanted:
        return any(fnmatch.fnmatchcase(name.lower(), wanted.lower()) for name in (each.name, each.enum))
    return any(wanted.lower() in word.lower() for word in (each.name, each.enum, *each.scopes))


def _obstacle(each: Topic) -> str:
    """Why a subscription of devhook cannot have this topic."""
    if not each.http_delivery:
        return "is delivered to cloud queues only"
    if each.filter_required:
        return "requires a filter: listen --filter"
    return ""


def _remarks(each: Topic) -> list[Content]:
    if not each.protected_customer_data:
        return []
    return [
        Content.styled(
            "It may contain protected customer data; Shopify must approve the app for it.", styles.MUTED
        )
    ]


def _why_none(wanted: str) -> Content:
    """Why nothing was found: a misspelt name, or one that cannot be subscribed to."""
    try:
        topic(wanted)
    except InputError as error:
        return Content.assemble(
            untrusted(error.message, styles.PLAIN), "\n\n", untrusted(error.hint, styles.MUTED)
        )
    return Content()
