"""The Headers tab: the request line and the headers, in the order, case and repetition they came with."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from rich.cells import cell_len
from textual.content import Content

from devhook.shop.versions import delivered_difference
from devhook.text import visible
from devhook.tui import styles
from devhook.tui.delivery_view import DeliveryView
from devhook.tui.tabs.detail_tab import DetailTab
from devhook.tui.untrusted import fitted, untrusted, wrapped
from devhook.tui.widgets.lines_view import Continued, Lines
from devhook.webhook.headers import readable

_SHOPIFYS: Final = ("x-shopify-", "shopify-")
_WIDEST_NAME: Final = 32


class HeadersTab(DetailTab):
    """Shows the request line and the headers."""

    NAME = "headers"

    def show_delivery(self, view: DeliveryView) -> None:
        """Show a delivery."""
        self.show(partial(headers_layout, view))


def headers_layout(view: DeliveryView, width: int) -> Lines:
    """Lay the tab out for `width` cells."""
    delivery = view.head
    lines = [
        Content.assemble(
            " ", untrusted(delivery.method, styles.STRONG), " ", untrusted(delivery.path, styles.PLAIN)
        )
    ]
    answered = "not answered" if view.row.status is None else f"answered {view.row.status}"
    lines.append(Content.styled(f" received {_moment(view)}, {answered}", styles.MUTED))
    if difference := delivered_difference(view.subscribed_version, delivery.api_version):
        wrapped_lines = untrusted(difference, styles.WARNING).wrap(max(16, width - 1))
        lines += [Content(" ") + piece.rstrip() for piece in wrapped_lines]
    lines.append(Content())
    return Lines.of([*lines, *header_lines(delivery.headers, width)])


def header_lines(headers: Sequence[tuple[str, str]], width: int) -> list[Content]:
    """Lay headers out in two columns; a long value is folded within its own."""
    widest = max((cell_len(visible(readable(name))) for name, _ in headers), default=0)
    column = min(widest, _WIDEST_NAME, max(8, width * 2 // 5))
    lines: list[Content] = []
    for name, value in headers:
        name_style = styles.KEY if name.lower().startswith(_SHOPIFYS) else styles.MUTED
        pieces = wrapped(readable(value), max(8, width - column - 4))
        first, *others = (Content.styled(piece, styles.PLAIN) for piece in pieces)
        lines.append(Content.styled(f" {fitted(readable(name), column)}  ", name_style) + first)
        lines += [Continued.behind(" " * (column + 3), piece) for piece in others]
    return lines


def _moment(view: DeliveryView) -> str:
    return view.exact.received_at.astimezone().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
