"""The Payload tab: the body as a person reads it, with the changed fields marked in the margin.

JSON is indented, XML is shown as it came; what can be read as neither is shown as text, or as bytes.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import work
from textual.binding import Binding, BindingType
from textual.content import Content

from devhook.analysis.diff import Kind
from devhook.inbox.database import Inbox
from devhook.text import byte_size, counted
from devhook.tui import styles
from devhook.tui.delivery_view import DeliveryView
from devhook.tui.notices import info
from devhook.tui.tabs.detail_tab import DetailTab
from devhook.tui.tabs.json_lines import json_lines
from devhook.tui.untrusted import untrusted
from devhook.tui.widgets.lines_view import Lines
from devhook.webhook.payload import Unreadable, is_xml, read
from devhook.webhook.xml_payload import xml_text

_TAG: Final = re.compile(r"<[^<>]*>")
_BYTES_PER_LINE: Final = 16
# Bytes. Reading and walking this much JSON takes about 10 ms.
_LAID_OUT_AT_ONCE: Final = 64 * 1024
_PRINTABLE: Final = range(0x20, 0x7F)
# Wider lines are not measured one by one: nobody scrolls this far to the right.
_WIDEST: Final = 2_000
# XML with fewer line ends was written by a machine for machines: it gets a line for every element.
_LAID_OUT: Final = 3


@dataclass(frozen=True)
class Payload:
    """The lines of a payload, and the numbers of those where a changed field begins."""

    lines: Lines
    marked: tuple[int, ...] = ()


class PayloadTab(DetailTab):
    """Shows the body. A large one is laid out in a thread."""

    NAME = "payload"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("}", "change(1)", "Next change", show=False, id="payload.next-change"),
        Binding("{", "change(-1)", "Previous change", show=False, id="payload.previous-change"),
    ]

    def __init__(self, inbox: Inbox, *, id: str | None = None) -> None:  # noqa: A002 - the name that every widget has for it
        super().__init__(inbox, id=id)
        self._view: DeliveryView | None = None
        self._marked: tuple[int, ...] = ()

    def show_delivery(self, view: DeliveryView) -> None:
        """Show a delivery, from its first changed field."""
        self._view, self._marked = view, ()
        if len(view.exact.body) <= _LAID_OUT_AT_ONCE:
            self.workers.cancel_group(self, "payload")
            self._show_payload(payload_layout(view))
        else:
            note = Lines.of([Content.styled(f" Reading {byte_size(len(view.exact.body))}…", styles.MUTED)])
            self.show(lambda _width: note)
            self._lay_out_in_a_thread(view)

    def clear(self) -> None:
        """Show nothing, also when a thread is still laying out a payload."""
        self._view, self._marked = None, ()
        self.workers.cancel_group(self, "payload")
        super().clear()

    @work(exclusive=True, group="payload")
    async def _lay_out_in_a_thread(self, view: DeliveryView) -> None:
        payload = await asyncio.to_thread(payload_layout, view)
        if self._view is view:
            self._show_payload(payload)

    def _show_payload(self, payload: Payload) -> None:
        self._marked = payload.marked
        top = payload.marked[0] if payload.marked else 0
        self.show(lambda _width: payload.lines, top=top)

    def action_change(self, steps: int) -> None:
        """Scroll to the next changed field (1) or the previous one (-1)."""
        if not self._marked:
            info(self, "No field of this payload is marked as changed.")
            return
        top = self.scroll_offset.y + 2
        later = [line for line in self._marked if line > top]
        earlier = [line for line in self._marked if line < top]
        self.bring((later or self._marked)[0] if steps > 0 else (earlier or self._marked)[-1])


def payload_layout(view: DeliveryView) -> Payload:
    """Make the lines. It takes some 50 ms for 350 KB: a large one is to be made in a thread."""
    delivery = view.delivery
    body = delivery.body
    if not body:
        return Payload(Lines.of([Content.styled(" The body is empty.", styles.MUTED)]))
    try:
        document = read(body, delivery.content_type)
    except Unreadable as error:
        # Of the payload as it came: the masked one is a note of its size.
        told = (view.reading and view.reading.unreadable) or error
        reason = Content.styled(" ! ", styles.ERROR) + untrusted(
            f"The payload cannot be read. {told}", styles.ERROR
        )
        return Payload(_after([reason, Content()], _raw(body)))
    if is_xml(body, delivery.content_type):
        return Payload(_after([_title(view, 0)], _xml(xml_text(body))))
    marks = _marks(view)
    json = json_lines(document, marks)
    marked = tuple(number for number, line in enumerate(json, 1) if line.begins)
    width = min(_WIDEST, max(line.length for line in json))
    lines = Lines(len(json), width, lambda number: json[number].content())
    return Payload(_after([_title(view, len(marks))], lines), marked)


def _marks(view: DeliveryView) -> dict[str, Kind]:
    """The fields that differ from what it was compared with; removed ones are not here to be marked."""
    changes = view.reading.changes if view.reading else ()
    return {change.pointer: change.kind for change in changes if change.kind is not Kind.REMOVED}


def _title(view: DeliveryView, marked: int) -> Content:
    kind = view.delivery.content_type or "no content type"
    parts: list[Content] = [untrusted(f" {counted(len(view.exact.body), 'byte')}, {kind}", styles.MUTED)]
    if marked:
        parts.append(Content.styled(f", {marked} changed  ", styles.MUTED))
        parts += [Content.styled("{ }", styles.HOTKEY), Content.styled(" jump", styles.MUTED)]
    return Content.assemble(*parts)


def _after(first: list[Content], then: Lines) -> Lines:
    """Put lines that are made already before others."""

    def line(number: int) -> Content:
        return first[number] if number < len(first) else then.line(number - len(first))

    width = max(then.width, *(each.cell_length for each in first))
    return Lines(len(first) + then.count, width, line)


def _xml(text: str) -> Lines:
    if text.count("\n") < _LAID_OUT:
        text = re.sub(r">\s*<", ">\n<", text)
    return _text(text, _tagged)


def _tagged(text: str) -> Content:
    parts: list[Content] = []
    end = 0
    for tag in _TAG.finditer(text):
        parts += [untrusted(text[end : tag.start()], styles.STRING), untrusted(tag.group(), styles.KEY)]
        end = tag.end()
    return Content.assemble("  ", *parts, untrusted(text[end:], styles.STRING))


def _raw(body: bytes) -> Lines:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _hexadecimal(body)
    return _hexadecimal(body) if "\0" in text else _text(text, lambda line: untrusted("  " + line))


def _text(text: str, draw: Callable[[str], Content]) -> Lines:
    # str.splitlines would break at characters that are no line ends for anybody else.
    lines = text.replace("\r\n", "\n").split("\n")
    width = min(_WIDEST, max(map(len, lines)) + 2)
    return Lines(len(lines), width, lambda number: draw(lines[number]))


def _hexadecimal(body: bytes) -> Lines:
    def line(number: int) -> Content:
        offset = number * _BYTES_PER_LINE
        piece = body[offset : offset + _BYTES_PER_LINE]
        text = "".join(chr(byte) if byte in _PRINTABLE else "·" for byte in piece)
        return Content.assemble(
            (f"  {offset:08x}  ", styles.MUTED),
            (f"{piece.hex(' '):<{3 * _BYTES_PER_LINE}} ", styles.PLAIN),
            (text, styles.STRING),
        )

    count = -(-len(body) // _BYTES_PER_LINE)
    return Lines(count, 2 + 8 + 2 + 3 * _BYTES_PER_LINE + 1 + _BYTES_PER_LINE, line)
