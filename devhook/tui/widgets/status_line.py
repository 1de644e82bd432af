"""The line at the top: whose deliveries come in where, how many leases, and how busy it is."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from devhook.tui import ink
from devhook.tui.foreign import cut, foreign
from devhook.tui.rate import Rate

if TYPE_CHECKING:
    from devhook.run import Status

_WIDE: Final = 108
_NARROW: Final = 60
_DOMAIN: Final = ".myshopify.com"


class StatusLine(Widget):
    """Draws a `Status`, shortened where the terminal is narrow."""

    status: "reactive[Status | None]" = reactive(None)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(id=id)
        self._rate = Rate()

    def on_mount(self) -> None:
        """The rate falls by itself when nothing comes."""
        self.set_interval(1, self.refresh)

    def count(self, moments: list[datetime]) -> None:
        """Count deliveries by when they were received."""
        for moment in moments:
            self._rate.count(moment)
        self.refresh()

    def render(self) -> Content:
        """The left half says where, the right half how much."""
        width = self.content_size.width
        left, right = self._left(width), self._right(width)
        gap = width - left.cell_length - right.cell_length
        if gap < 1:
            return left.truncate(max(0, width - right.cell_length - 1), ellipsis=True) + " " + right
        return left + " " * gap + right

    def _left(self, width: int) -> Content:
        status = self.status
        parts: list[Content] = []
        if width >= _NARROW:
            parts.append(Content.styled("devhook  ", f"bold {ink.NEWS}"))
        if status is None:
            return Content.assemble(*parts)
        if width >= _NARROW and status.shop:
            shop = status.shop if width >= _WIDE else status.shop.removesuffix(_DOMAIN)
            parts.append(foreign(cut(shop, 40) + "  ", ink.PLAIN))
        address = (
            status.address if width >= _NARROW else status.address.removeprefix("http://").removesuffix("/")
        )
        parts += [Content.styled("● ", ink.GOOD), foreign(address, ink.PLAIN)]
        if width >= _NARROW and status.leases:
            leases = f"  {status.leases} lease{'' if status.leases == 1 else 's'}"
            parts.append(Content.styled(leases, ink.MUTED))
        if width >= _WIDE and status.simulated:
            parts.append(Content.styled("  simulated shop", ink.MUTED))
        return Content.assemble(*parts)

    def _right(self, width: int) -> Content:
        now = datetime.now(UTC)
        count = self._rate.per_minute(now)
        rate = Content.styled(f"{count:,}/min", ink.MUTED)
        if width < _NARROW:
            return rate
        bars = self._rate.sparkline(now, bars=12 if width >= _WIDE else 6)
        return rate + Content.styled(f" {bars}", ink.NEWS if count else ink.FAINT)
