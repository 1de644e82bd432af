"""The simulated shop's keys: actions on an order, and delivery faults."""

from collections.abc import Awaitable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual import events, work
from textual.binding import Binding
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from devhook.errors import DevhookError
from devhook.forge import tamper
from devhook.scenario.model import LATE, Action
from devhook.tui import styles
from devhook.tui.notices import info, show_error
from devhook.tui.untrusted import cut, untrusted
from devhook.webhook.subject import Subject

if TYPE_CHECKING:
    # The simulator is loaded for a demo alone.
    from devhook.simulator.shop import SimulatedShop


def _action(key: str, action: Action, label: str, tooltip: str) -> Binding:
    return Binding(key, f"act('{action}')", label, show=False, tooltip=tooltip, id=f"shop.{action}")


def _fault(key: str, fault: str, label: str, tooltip: str) -> Binding:
    return Binding(key, f"inject('{fault}')", label, show=False, tooltip=tooltip, id=f"shop.{fault}")


ACTIONS: Final = (
    _action("1", Action.CHECK_OUT, "check out", "A customer places a new order"),
    _action("2", Action.PAY, "pay", "The order is paid"),
    _action("3", Action.EDIT, "edit", "The merchant edits the order's items"),
    _action("4", Action.NOTE, "note", "The merchant writes a note"),
    _action("5", Action.MOVE_LOCATION, "move", "Another location is assigned: nothing visible changes"),
    _action("6", Action.FULFIL, "fulfil", "A part of the order, or the rest, is shipped"),
    _action("7", Action.TRACK, "track", "The parcel gets a tracking number"),
    _action("8", Action.REFUND, "refund", "A part of the order is refunded"),
    _action("9", Action.CANCEL, "cancel", "The order is cancelled"),
    _action("0", Action.DELETE, "delete", "The order is deleted"),
)
FAULTS: Final = (
    _fault("D", tamper.DUPLICATE.name, "duplicate", "The same delivery is sent twice"),
    _fault("L", LATE, "late", "An older version is sent after a newer one"),
    _fault("T", tamper.BODY.name, "tampered", "A byte of the body is changed after signing"),
    _fault("W", tamper.SECRET.name, "wrong secret", "The delivery is signed with another secret"),
    _fault("M", tamper.MISSING_SIGNATURE.name, "no signature", "The delivery has no signature header"),
)
RETRY: Final = Binding(
    "R",
    "hurry",
    "retry now",
    show=False,
    tooltip="Send all waiting retries now",
    id="shop.hurry",
)
SHOP_BINDINGS: Final = (*ACTIONS, *FAULTS, RETRY)

# At 80 columns the ten actions stand on one line only with a word less.
_SHORT: Final = {"check out": "order"}
_LABEL: Final = 8
_TARGET: Final = 12


@dataclass(frozen=True)
class _Key:
    """A key on the panel: where it stands, and what it does."""

    line: int
    start: int
    end: int
    action: str


class DemoPanel(Widget):
    """Two lines of keys for one order of the shop; what is impossible for it is dimmed. They can be clicked.

    The order is the one of the selected delivery when the shop has it, else the shop's newest.
    """

    target: reactive[str] = reactive("")
    """The name of the order, empty when there is none."""
    impossible: reactive[frozenset[Action]] = reactive(frozenset[Action]())
    """What cannot be done with it now."""

    def __init__(self, shop: "SimulatedShop", *, id: str | None = None) -> None:  # noqa: A002 - as every widget's
        super().__init__(id=id)
        self._shop = shop
        self._subject: Subject | None = None
        self._order_id: int | None = None

    def aim(self, subject: Subject | None) -> None:
        """Take the order of `subject`, or the newest, and look at what can be done with it."""
        self._subject = subject
        order = self._shop.order_of(subject)
        self._order_id = order.id if order else None
        self.target = order.name if order else ""
        self.impossible = frozenset(action for action in Action if self._shop.refusal(action, self._order_id))

    @work(group="shop")
    async def act(self, action: Action) -> None:
        """Run `action` on the order."""
        await self._tell(self._shop.act(action, self._order_id))

    @work(group="shop")
    async def inject(self, fault: str) -> None:
        """Send a faulty delivery about the order."""
        await self._tell(self._shop.inject(fault, self._order_id))

    async def _tell(self, happening: Awaitable[str]) -> None:
        try:
            sentence = await happening
        except DevhookError as error:
            show_error(self, error)
        else:
            info(self, sentence)
        self.aim(self._subject)

    def render(self) -> Content:
        """The actions on the first line, the faults on the second."""
        lines, _ = self._lay_out()
        return Content("\n").join(lines)

    async def on_click(self, event: events.Click) -> None:
        """Press the key under the mouse."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        _, keys = self._lay_out()
        for key in keys:
            if key.line == offset.y and key.start <= offset.x < key.end:
                await self.screen.run_action(key.action)

    def _lay_out(self) -> tuple[list[Content], list[_Key]]:
        width = self.content_size.width
        roomy = _length(ACTIONS, 2) + _LABEL <= width
        dimmed = {f"act('{action}')" for action in self.impossible}
        lines: list[Content] = []
        keys: list[_Key] = []
        on = untrusted(f"on {cut(self.target, _TARGET)}" if self.target else "no order yet", styles.MUTED)
        for number, (label, bindings) in enumerate((("shop", ACTIONS), ("faults", FAULTS))):
            words = _words(bindings, dimmed, width)
            line = Content.styled(f"{label:<{_LABEL}}", styles.FAINT) if roomy else Content()
            for binding, short in zip(bindings, words, strict=True):
                word = binding.description if roomy else short
                off = binding.action in dimmed
                start = line.cell_length
                line += Content.assemble(
                    (binding.key, styles.HOTKEY_OFF if off else styles.HOTKEY),
                    (f" {word}" if word else "", styles.FAINT if off else styles.PLAIN),
                )
                keys.append(_Key(number, start, line.cell_length, binding.action))
                line += Content("  " if roomy else " ")
            lines.append(line)
        gap = width - lines[1].cell_length - on.cell_length
        if gap > 0:
            lines[1] = lines[1] + " " * gap + on
        return lines, keys


def _words(bindings: Sequence[Binding], dimmed: Collection[str], room: int) -> list[str]:
    """Return the words beside the keys: where not all fit, none for what is impossible, then fewer."""
    words = [_SHORT.get(binding.description, binding.description) for binding in bindings]
    if _cells(words) > room:
        words = [
            "" if binding.action in dimmed else word for binding, word in zip(bindings, words, strict=True)
        ]
    while _cells(words) > room and any(words):
        words[max(place for place, word in enumerate(words) if word)] = ""
    return words


def _cells(words: Sequence[str]) -> int:
    return sum(2 + len(word) if word else 1 for word in words) + len(words) - 1


def _length(bindings: Sequence[Binding], gap: int) -> int:
    return sum(len(binding.key) + 1 + len(binding.description) + gap for binding in bindings) - gap
