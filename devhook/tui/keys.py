"""Every key of the app, taken from where it is bound: for the help page and for the README."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from textual.app import App
from textual.binding import Binding, BindingType
from textual.keys import format_key

from devhook.tui.screens.answer_with import AnswerWithScreen
from devhook.tui.screens.deliveries import DELIVERIES_BINDINGS
from devhook.tui.screens.forge import ForgeScreen
from devhook.tui.screens.save import SaveScreen
from devhook.tui.screens.subscriptions import SubscriptionsScreen
from devhook.tui.screens.take_menus import MENUS
from devhook.tui.screens.topics import TopicsScreen
from devhook.tui.widgets.delivery_list import DeliveryList
from devhook.tui.widgets.demo_panel import SHOP_BINDINGS
from devhook.tui.widgets.detail import TABS, Detail
from devhook.tui.widgets.filter_box import FilterBox
from devhook.tui.widgets.find_line import FindBox
from devhook.tui.widgets.lines_view import LinesView
from devhook.tui.widgets.menu import Menu

_MODIFIERS: Final = {"ctrl": "Ctrl+", "shift": "Shift+", "alt": "Alt+"}
_NAMES: Final = {
    "escape": "Esc",
    "home": "Home",
    "end": "End",
    "space": "Space",
    "tab": "Tab",
    "f1": "F1",
    "delete": "Del",
} | {
    "enter": "Enter",
    "pageup": "PgUp",
    "pagedown": "PgDn",
}
_PALETTE: Final = ("Ctrl+P", "Commands: Search all commands and themes")


@dataclass(frozen=True)
class Section:
    """The keys that work in one place: each as (keys, what they do)."""

    title: str
    keys: tuple[tuple[str, str], ...]


def sections(app: type[App[Any]], *, shop: bool = True, access: bool = True) -> tuple[Section, ...]:
    """Return the keys of the app by place. `shop`: there is a simulated shop; `access`: there is any shop."""
    screen = [
        binding
        for binding in Binding.make_bindings(DELIVERIES_BINDINGS)
        if access or binding.action != "subscriptions"
    ]
    return (
        Section("Everywhere", (*_key_rows([*screen, *app.BINDINGS]), _PALETTE)),
        *([Section("The simulated shop", _key_rows(SHOP_BINDINGS))] if shop else []),
        Section("In the list", _key_rows(DeliveryList.BINDINGS)),
        Section("In the detail", _key_rows([*Detail.BINDINGS, *LinesView.BINDINGS])),
        *(
            Section(f"In the {tab.NAME} tab", _key_rows(tab.BINDINGS))
            for tab in TABS
            if "BINDINGS" in vars(tab)
        ),
        Section("In the search", _key_rows(FindBox.BINDINGS)),
        *(Section(f"After {menu.KEY}", _key_rows(menu.BINDINGS)) for menu in MENUS),
        Section("In the name of a file", _key_rows(SaveScreen.BINDINGS)),
        Section("In the filter", _key_rows(FilterBox.BINDINGS)),
        Section("In the answers", _key_rows(AnswerWithScreen.BINDINGS)),
        Section("In the forge", _key_rows(ForgeScreen.BINDINGS)),
        *(_about_subscriptions() if access else ()),
    )


def _about_subscriptions() -> tuple[Section, ...]:
    return (
        Section("In the subscriptions", _key_rows([*SubscriptionsScreen.BINDINGS, *Menu.BINDINGS])),
        Section("In the topics", _key_rows(TopicsScreen.BINDINGS)),
    )


def _key_rows(bindings: Iterable[BindingType]) -> tuple[tuple[str, str], ...]:
    """Return (keys, description) for each action; the keys of one action and all digits are joined."""
    keys: dict[str, list[str]] = {}
    told: dict[str, str] = {}
    for binding in Binding.make_bindings(bindings):
        action = "digit" if binding.action.startswith("digit(") else binding.action
        keys.setdefault(action, []).append(_name(binding))
        told.setdefault(action, _description(binding))
    return tuple((" ".join(keys[action]), description) for action, description in told.items())


def _name(binding: Binding) -> str:
    modifiers, key = binding.parse_key()
    held = "".join(_MODIFIERS[modifier] for modifier in modifiers)
    named = _NAMES.get(key)
    shown = named or format_key(key)
    return held + (shown.upper() if held and named is None else shown)


def _description(binding: Binding) -> str:
    description = binding.description[:1].upper() + binding.description[1:]
    return f"{description}: {binding.tooltip}" if binding.tooltip else description
