"""Every key of the app, taken from where it is bound: for the help, the manual, and the user's own keys."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from textual.app import App
from textual.binding import Binding
from textual.widget import Widget

from devhook.tui.key_names import key_name
from devhook.tui.screens.answer_with import AnswerWithScreen
from devhook.tui.screens.comparison import ComparisonScreen
from devhook.tui.screens.copy_save_open_menus import MENUS
from devhook.tui.screens.deliveries_keys import DELIVERIES_BINDINGS
from devhook.tui.screens.forge import ForgeScreen
from devhook.tui.screens.presenter import PresenterScreen
from devhook.tui.screens.replay_many import ReplayScreen
from devhook.tui.screens.save import SaveScreen
from devhook.tui.screens.subscriptions import SubscriptionsScreen
from devhook.tui.screens.topics import TopicsScreen
from devhook.tui.widgets.delivery_list import DeliveryList
from devhook.tui.widgets.demo_panel import SHOP_BINDINGS
from devhook.tui.widgets.detail import TABS, Detail
from devhook.tui.widgets.filter_box import FilterBox
from devhook.tui.widgets.find_line import FindBox
from devhook.tui.widgets.go_to_box import GoToBox
from devhook.tui.widgets.lines_view import LinesView
from devhook.tui.widgets.menu import Menu
from devhook.tui.widgets.payload_tree import PayloadTree

_PALETTE: Final = Binding("ctrl+p", "command_palette", "Commands", tooltip="Search all commands and themes")
_EVERYWHERE: Final = "Everywhere"
_SHOP: Final = "The simulated shop"
_SUBSCRIPTIONS: Final = "In the subscriptions"
_TOPICS: Final = "In the topics"
_PRESENTATION: Final = "In a presentation"


@dataclass(frozen=True)
class KeyPlace:
    """Where keys work: a page, a pane or a tab.

    `owner`: the class of its widget or screen; None for keys that work on the whole main page.
    `on_main`: whether the place is on the main page, where the keys of `Everywhere` work too.
    """

    title: str
    bindings: tuple[Binding, ...]
    owner: type[Widget] | None = None
    on_main: bool = False


class KeyRow(NamedTuple):
    """The keys of one action, what it does, and the names that the config file has for it."""

    keys: str
    does: str
    actions: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """The keys that work in one place: each as (keys, what they do)."""

    title: str
    keys: tuple[tuple[str, str], ...]


def places(app: type[App[Any]]) -> tuple[KeyPlace, ...]:
    """Return all places of the app, in the order of the help."""

    def place(title: str, *owners: type[Widget], on_main: bool = False) -> KeyPlace:
        bindings = [each for owner in owners for each in Binding.make_bindings(owner.BINDINGS)]
        return KeyPlace(title, tuple(bindings), owners[0], on_main)

    everywhere = (*Binding.make_bindings(DELIVERIES_BINDINGS), *Binding.make_bindings(app.BINDINGS), _PALETTE)
    return (
        KeyPlace(_EVERYWHERE, everywhere, on_main=True),
        KeyPlace(_SHOP, tuple(Binding.make_bindings(SHOP_BINDINGS)), on_main=True),
        place("In the list", DeliveryList, on_main=True),
        place("In the detail", Detail, LinesView, on_main=True),
        *(place(f"In the {tab.NAME} tab", tab, on_main=True) for tab in TABS if "BINDINGS" in vars(tab)),
        place("In the search", FindBox),
        *(place(f"After {menu.KEY}", menu) for menu in MENUS),
        place("In the name of a file", SaveScreen),
        place("In a replay", ReplayScreen),
        place("In a comparison", ComparisonScreen),
        place("In the filter", FilterBox),
        place("In the order's number", GoToBox),
        place("In the answers", AnswerWithScreen),
        place("In the forge", ForgeScreen),
        place("In the forge's tree", PayloadTree),
        place(_SUBSCRIPTIONS, SubscriptionsScreen, Menu),
        place(_TOPICS, TopicsScreen),
        place(_PRESENTATION, PresenterScreen),
    )


def sections(
    app: type[App[Any]],
    *,
    shop: bool = True,
    access: bool = True,
    focus: Sequence[type[Widget]] = (),
    keymap: Mapping[str, str] | None = None,
) -> tuple[Section, ...]:
    """Return the keys of the app by place. `shop`: there is a simulated shop; `access`: there is any shop.

    `focus`: the classes of what has the focus, the innermost first; the keys that work there are the first.
    `keymap`: the keys of bindings that the user changed, by their ids.
    """
    absent = {*(() if shop else {_SHOP, _PRESENTATION}), *(() if access else {_SUBSCRIPTIONS, _TOPICS})}
    found = [each for each in places(app) if each.title not in absent]
    # A tab is in the detail: both are ahead, the inner one first.
    near = [
        each for kind in focus for each in found if each.owner is not None and issubclass(kind, each.owner)
    ]
    ordered = [*dict.fromkeys(near), *(each for each in found if each not in near)]
    hidden = set() if access else {"subscriptions"}
    return tuple(
        Section(each.title, tuple((row.keys, row.does) for row in key_rows(each, keymap or {}, hidden)))
        for each in ordered
    )


def bound(place: KeyPlace, keymap: Mapping[str, str]) -> Iterator[Binding]:
    """Yield the bindings of a place, with the keys that the user gave them."""
    changed = set()
    for binding in place.bindings:
        keys = keymap.get(binding.id or "")
        if keys is None:
            yield binding
        elif binding.id not in changed:
            changed.add(binding.id)
            yield from (replace(binding, key=key) for key in keys.split(","))


def key_rows(place: KeyPlace, keymap: Mapping[str, str], hidden: Collection[str] = ()) -> tuple[KeyRow, ...]:
    """Return a row for each action of a place; the keys of one action and all digits are joined."""
    found: dict[str, list[Binding]] = {}
    for binding in bound(place, keymap):
        if binding.action not in hidden:
            action = "digit" if binding.action.startswith("digit(") else binding.action
            found.setdefault(action, []).append(binding)
    return tuple(
        KeyRow(
            " ".join(key_name(each.key) for each in bindings),
            _description(bindings[0]),
            tuple(dict.fromkeys(each.id for each in bindings if each.id)),
        )
        for bindings in found.values()
    )


def _description(binding: Binding) -> str:
    description = binding.description[:1].upper() + binding.description[1:]
    return f"{description}: {binding.tooltip}" if binding.tooltip else description
