"""The subscriptions in a shop as items of a menu: whose each is, what it asks for, where it leads."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from rich.cells import cell_len
from textual.content import Content

from devhook.inbox.journal import Lease
from devhook.shop.registrations import Holder, Registration, RegistrationList
from devhook.tui import styles
from devhook.tui.untrusted import cut, fitted, untrusted
from devhook.tui.widgets.menu import MenuItem

_WHOSE: Final = {
    Holder.LEASE: ("●", "temporary", styles.SUCCESS),
    Holder.DEVHOOK: ("○", "other devhook", styles.WARNING),
    Holder.OTHER: ("○", "other", styles.MUTED),
}
_GONE: Final = "✗"
_INDENT: Final = "   "
_SIGN: Final = 3
_WHOSE_WIDTH: Final = 14
_FORMAT: Final = 5
_VERSION: Final = 9
_MADE: Final = 16
_SHORTEST_TOPIC: Final = 18
_USUAL_TOPIC: Final = 26
_LONGEST_TOPIC: Final = 58
_SHORTEST_NAME: Final = 12


Shown = Callable[[str], str]


def subscription_items(standing: RegistrationList, shown: Shown = str) -> tuple[MenuItem, ...]:
    """An item for each: the vanished leases first, then the run's, then what is not its own.

    `shown` makes of an address or a name what is to be seen of it.
    """
    order = list(Holder)
    entries = sorted(standing.entries, key=lambda entry: order.index(entry.holder))
    return (
        *(MenuItem(f"lease {lease.id}", partial(_lost, lease, shown)) for lease in standing.lost),
        *(MenuItem(entry.subscription.id, partial(_entry, entry, shown)) for entry in entries),
    )


def _entry(entry: Registration, shown: Shown, width: int) -> Sequence[Content]:
    found = entry.subscription
    sign, whose, style = _WHOSE[entry.holder]
    mark = (_GONE, styles.ERROR) if entry.dead else (sign, style)
    shape = fitted(found.format, _FORMAT) + fitted(found.api_version, _VERSION)
    lines = [
        _first(mark, found.topic, (whose, style), shape, found.created_at, width),
        _second(shown(found.uri), shown(found.name or ""), width),
    ]
    if entry.requested_version not in {"", found.api_version}:
        lines.append(_third(f"API version {entry.requested_version} was requested", width))
    if entry.dead:
        lines.append(_third(f"dead tunnel: {entry.dead}", width))
    return lines


def _lost(lease: Lease, shown: Shown, width: int) -> Sequence[Content]:
    shape = " " * _FORMAT + fitted(lease.api_version, _VERSION)
    return [
        _first((_GONE, styles.ERROR), lease.topic, ("vanished", styles.ERROR), shape, lease.asked_at, width),
        _second(shown(lease.uri), shown(lease.name), width),
        _third("the shop removed it; v creates it again", width),
    ]


def _first(
    sign: tuple[str, str],
    topic: str,
    whose: tuple[str, str],
    shape: str,
    made: datetime,
    width: int,
) -> Content:
    room = width - _SIGN - 1 - _WHOSE_WIDTH - _FORMAT - _VERSION - 1
    when = ""
    if room - _MADE >= _USUAL_TOPIC:
        room -= _MADE
        when = f"{made.astimezone():%Y-%m-%d %H:%M}"
    line = Content.assemble(
        " ",
        sign,
        " ",
        (fitted(topic, max(_SHORTEST_TOPIC, min(_LONGEST_TOPIC, room))) + " ", styles.STRONG),
        (fitted(whose[0], _WHOSE_WIDTH), whose[1]),
        (shape + when, styles.MUTED),
    )
    return line.truncate(width)


def _second(uri: str, name: str, width: int) -> Content:
    """Where it leads, and its name in what room is left."""
    address = _INDENT + "→ " + cut(uri, width - len(_INDENT) - 3)
    room = width - cell_len(address) - 3
    named = f"  {cut(name, room)}" if name and room >= _SHORTEST_NAME else ""
    return Content.assemble((address, styles.MUTED), (named, styles.FAINT))


def _third(words: str, width: int) -> Content:
    return untrusted(_INDENT + "  " + cut(words, width - len(_INDENT) - 3), styles.WARNING)
