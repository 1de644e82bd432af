"""The Answer tab: what the sender was told, and what each target answered: status, time, headers, body."""

import json
from typing import Final

from textual.content import Content

from devhook.analysis.wording import answer_words
from devhook.inbox.answers import Answered
from devhook.inbox.sends import Send
from devhook.tui import ink
from devhook.tui.foreign import cut, foreign
from devhook.tui.lines import Lines
from devhook.tui.opened import Opened
from devhook.tui.tabs.headers import header_lines
from devhook.webhook.payload import Unreadable, read_json

_SHOPIFYS_PATIENCE: Final = 5.0
_DROPPED: Final = 0
_REDIRECTS: Final = range(300, 400)
_CLIENT_ERRORS: Final = 400
# What follows is not read on a screen.
_MOST_LINES: Final = 2_000


def answer_tab(opened: Opened, width: int) -> Lines:
    """Lay the tab out for `width` cells."""
    lines = [_to_the_sender(opened.row.status)]
    if not opened.answers:
        lines += [Content(), Content.styled(" It was forwarded to no target.", ink.MUTED)]
        hint = " devhook listen --forward-to 3000 sends deliveries on to your app."
        lines += [piece.rstrip() for piece in Content.styled(hint, ink.MUTED).wrap(max(16, width))]
    for answered in opened.answers:
        lines += [Content(), *_answer(answered, width)]
    if opened.sends:
        lines += [Content(), Content.styled(" Sent again", f"bold {ink.NEWS}")]
        lines += [_send(send, width) for send in opened.sends]
    return Lines.of(lines)


def _send(send: Send, width: int) -> Content:
    """One line: whether it was accepted, what was answered, when, what it was, and where to."""
    sign, style = ("✓", ink.GOOD) if send.answer.accepted else ("✗", ink.BAD)
    words = answer_words(send.answer.status, send.answer.seconds, send.answer.failure)
    told = f" {sign} {send.sent_at.astimezone():%H:%M:%S}  {send.origin:<7} {words}  "
    return Content.assemble((told, style), (cut(send.url, max(8, width - len(told))), ink.MUTED))


def _to_the_sender(status: int | None) -> Content:
    if status is None:
        return Content.styled(" The sender has not been answered.", ink.MUTED)
    if status == _DROPPED:
        return Content.styled(" The connection was dropped: the sender got no answer.", ink.BAD)
    told = ink.BAD if status >= _CLIENT_ERRORS else ink.GOOD
    return Content.assemble((" The sender was answered ", ink.PLAIN), (str(status), told), (".", ink.PLAIN))


def _answer(answered: Answered, width: int) -> list[Content]:
    answer = answered.answer
    words = answer_words(answer.status, answer.seconds, answer.failure)
    sign, style = ("✓", ink.GOOD) if answer.accepted else ("✗", ink.BAD)
    at = f"{answered.at.astimezone():%H:%M:%S}"
    lines = [Content.assemble((f" {sign} {words}", style), (f"  at {at}", ink.MUTED))]
    lines.append(Content("   ") + foreign(answered.by, ink.NEWS))
    for note in _notes(answered):
        lines += [
            Content("   ") + piece.rstrip() for piece in foreign(note, ink.PLAIN).wrap(max(16, width - 4))
        ]
    if answer.headers:
        lines += [Content(), *header_lines(answer.headers, width)]
    if answer.body:
        lines += [Content(), *_body(answer.body)]
        if answer.cut:
            lines.append(Content.styled("   … the rest was not kept.", ink.MUTED))
    return lines


def _notes(answered: Answered) -> list[str]:
    answer = answered.answer
    notes = [answer.error] if answer.error else []
    if answer.status in _REDIRECTS:
        notes.append("A redirect is not followed; to Shopify it is a failure.")
    if answer.seconds > _SHOPIFYS_PATIENCE and answer.failure is None:
        notes.append("Shopify would not have waited: it gives up after 5 s and tries again.")
    return notes


def _body(body: bytes) -> list[Content]:
    try:
        text = json.dumps(read_json(body), indent=2, ensure_ascii=False, default=str)
    except Unreadable:
        text = body.decode("utf-8", "replace").replace("\r\n", "\n")
    shown = text.split("\n")
    lines = [foreign(f"   {line}", ink.STRING) for line in shown[:_MOST_LINES]]
    left = len(shown) - len(lines)
    return [*lines, Content.styled(f"   … and {left:,} lines more", ink.MUTED)] if left else lines
