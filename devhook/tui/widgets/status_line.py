"""The status line: the shop, the public address and its state, the targets, the rate."""

from datetime import UTC, datetime
from typing import Final

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from devhook.session.session import Status, TargetState
from devhook.text import counted, duration
from devhook.tui import styles
from devhook.tui.rate import Rate
from devhook.tui.untrusted import cut, untrusted

_WIDE: Final = 108
_NARROW: Final = 60
_DOMAIN: Final = ".myshopify.com"
_SUCCESS: Final = range(200, 300)
_LONGEST_NAME: Final = 30

# What is left out where room is short, one thing more at each step.
_ALL: Final = 0
_SHORT_SHOP: Final = 1
_NO_NAME: Final = 2
_NO_SHOP: Final = 3
_SHORT_ADDRESS: Final = 4
_NO_LEASES: Final = 5
_NO_TARGET: Final = 6


class StatusLine(Widget):
    """Draws a `Status`, shortened where the terminal is narrow.

    A dead address and the mask are always shown.

    Several lines may share a `rate`: the deliveries counted on one of them are counted on all.
    """

    status: reactive[Status | None] = reactive(None)

    def __init__(self, rate: Rate | None = None, *, id: str | None = None) -> None:  # noqa: A002 - as every widget's
        super().__init__(id=id)
        self.rate = rate or Rate()

    def on_mount(self) -> None:
        """Redraw every second: the rate falls while nothing arrives."""
        self.set_interval(1, self.refresh)

    def count(self, moments: list[datetime]) -> None:
        """Count deliveries by when they were received."""
        for moment in moments:
            self.rate.count(moment)
        self.refresh()

    def render(self) -> Content:
        """Draw the addresses on the left and the rate on the right."""
        width = self.content_size.width
        right = self._right(width)
        room = max(0, width - right.cell_length - 1)
        left = self._left(width, room)
        return left + " " * (width - left.cell_length - right.cell_length) + right

    def _left(self, width: int, room: int) -> Content:
        """As much as there is room for."""
        least = _ALL if width >= _WIDE else _SHORT_SHOP if width >= _NARROW else _NO_LEASES
        left = Content()
        for step in range(least, _NO_TARGET + 1):
            left = _where(self.status, step)
            if left.cell_length <= room:
                return left
        return left.truncate(room, ellipsis=True)

    def _right(self, width: int) -> Content:
        now = datetime.now(UTC)
        count = self.rate.per_minute(now)
        rate = Content.styled(f"{count:,}/min", styles.MUTED)
        if self.status is not None and self.status.masked:
            rate = Content.styled("■ masked  ", styles.WARNING) + rate
        if width < _NARROW:
            return rate
        bars = self.rate.sparkline(now, bars=12 if width >= _WIDE else 6)
        return rate + Content.styled(f" {bars}", styles.ACCENT if count else styles.FAINT)


def _where(status: Status | None, step: int) -> Content:
    parts: list[Content] = []
    if step < _NO_NAME:
        parts.append(Content.styled("devhook  ", f"bold {styles.ACCENT}"))
    if status is None:
        return Content.assemble(*parts)
    if step < _NO_SHOP and status.shop:
        shop = status.shop if step < _SHORT_SHOP else status.shop.removesuffix(_DOMAIN)
        parts.append(untrusted(cut(shop, 40) + "  ", styles.PLAIN))
    parts.append(_source(status.source) if status.source else _address(status, short=step >= _SHORT_ADDRESS))
    if status.faults:
        parts.append(untrusted(f"  answers {', '.join(status.faults)}", f"bold {styles.WARNING}"))
    parts += [_target(target) for target in status.targets if step < _NO_TARGET or target.listens is False]
    if step < _NO_LEASES and status.leases:
        noun = "subscription" if step < _SHORT_SHOP else "sub"
        parts.append(Content.styled(f"  {counted(status.leases, noun)}", styles.MUTED))
    if step < _SHORT_SHOP and status.simulated:
        parts.append(Content.styled("  simulated shop", styles.MUTED))
    return Content.assemble(*parts)


def _source(path: str) -> Content:
    """The path that is read, from its end: the name of a file says most."""
    shown = path if len(path) <= _LONGEST_NAME else f"…{path[1 - _LONGEST_NAME :]}"
    return Content.assemble(("read only  ", styles.WARNING), untrusted(shown, styles.PLAIN))


def _target(target: TargetState) -> Content:
    """Where deliveries are forwarded to: whether something listens there, and what it answered last."""
    sign = {None: ("…", styles.WARNING), True: ("●", styles.SUCCESS), False: ("✗", f"bold {styles.ERROR}")}[
        target.listens
    ]
    bad = target.status is not None and target.status not in _SUCCESS
    status = (
        Content.styled(f" {target.status}", styles.ERROR if bad else styles.MUTED)
        if target.status
        else Content()
    )
    return Content.assemble(
        ("  → ", styles.MUTED), untrusted(cut(target.name, 30), styles.PLAIN), " ", sign, status
    )


def _address(status: Status, *, short: bool) -> Content:
    """The public address and how it was found by the last ping; without one, the receiver's own."""
    address = status.public_url or status.address
    if short:
        address = address.removeprefix("https://").removeprefix("http://").removesuffix("/")
    if status.dead_since is not None:
        # The state stands first: what is cut off for want of room is the address.
        since = f"{status.dead_since.astimezone():%H:%M}"
        return Content.assemble(
            (f"✗ dead since {since} ", f"bold {styles.ERROR}"), untrusted(address, styles.MUTED)
        )
    if status.public_url is None:
        return Content.assemble(("● ", styles.SUCCESS), untrusted(address, styles.PLAIN))
    if status.milliseconds is None:
        return Content.assemble(("… ", styles.WARNING), untrusted(address, styles.PLAIN))
    took = Content.styled(f" {duration(status.milliseconds / 1_000)}", styles.MUTED)
    return Content.assemble(("● ", styles.SUCCESS), untrusted(address, styles.PLAIN), took)
