"""A body as an outline: JSON with its changed fields marked, XML as it came, any other text, or bytes."""

from typing import Final, NamedTuple

from textual.content import Content

from devhook.analysis.diff import Kind
from devhook.text import counted
from devhook.tui import styles
from devhook.tui.delivery_view import DeliveryView
from devhook.tui.tabs.json_outline import WIDEST, JsonOutline
from devhook.tui.tabs.outline import Outline
from devhook.tui.tabs.xml_outline import XmlOutline
from devhook.tui.untrusted import untrusted
from devhook.webhook.payload import Unreadable, is_xml, read
from devhook.webhook.xml_payload import xml_text

_BYTES_PER_LINE: Final = 16
_PRINTABLE: Final = range(0x20, 0x7F)


class BodyOutline(NamedTuple):
    """The lines of a body, the lines above that describe it, and those where a changed field begins."""

    outline: Outline
    head: tuple[Content, ...] = ()
    marked: tuple[int, ...] = ()


def body_outline(view: DeliveryView) -> BodyOutline:
    """Read a body. It takes some 50 ms for 350 KB: a large one is to be read in a thread."""
    delivery = view.delivery
    body = delivery.body
    if not body:
        note = Content.styled(" The body is empty.", styles.MUTED)
        return BodyOutline(Outline(0, 0, lambda _number: Content()), (note,))
    try:
        document = read(body, delivery.content_type)
    except Unreadable as error:
        # Of the payload as it came: the masked one is a note of its size.
        told = (view.reading and view.reading.unreadable) or error
        reason = Content.styled(" ! ", styles.ERROR) + untrusted(
            f"The payload cannot be read. {told}", styles.ERROR
        )
        return BodyOutline(_raw(body), (reason, Content()))
    if is_xml(body, delivery.content_type):
        return BodyOutline(XmlOutline(xml_text(body)), (_title(view, 0),))
    outline = JsonOutline(document, _marks(view))
    return BodyOutline(outline, (_title(view, len(_marks(view))),), outline.marked)


def _marks(view: DeliveryView) -> dict[str, Kind]:
    """The fields that differ from the compared delivery, without removed ones."""
    changes = view.reading.changes if view.reading else ()
    return {change.pointer: change.kind for change in changes if change.kind is not Kind.REMOVED}


def _title(view: DeliveryView, marked: int) -> Content:
    kind = view.delivery.content_type or "no content type"
    parts: list[Content] = [untrusted(f" {counted(len(view.exact.body), 'byte')}, {kind}", styles.MUTED)]
    if marked:
        parts.append(Content.styled(f", {marked} changed  ", styles.MUTED))
        parts += [Content.styled("{ }", styles.HOTKEY), Content.styled(" jump", styles.MUTED)]
    return Content.assemble(*parts)


def _raw(body: bytes) -> Outline:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _hexadecimal(body)
    return _hexadecimal(body) if "\0" in text else _text(text)


def _text(text: str) -> Outline:
    # str.splitlines would break at characters that are no line ends for anybody else.
    lines = text.replace("\r\n", "\n").split("\n")
    width = min(WIDEST, max(map(len, lines)) + 2)
    return Outline(len(lines), width, lambda number: untrusted("  " + lines[number]))


def _hexadecimal(body: bytes) -> Outline:
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
    return Outline(count, 2 + 8 + 2 + 3 * _BYTES_PER_LINE + 1 + _BYTES_PER_LINE, line)
