"""The Answer tab: devhook's answer to the sender, the target's answers to the delivery and its replays."""

import asyncio
from collections.abc import Callable, Container
from functools import partial
from typing import Final

from textual import work
from textual.content import Content

from devhook.analysis.wording import NOT_FORWARDED, answer_words
from devhook.inbox.app_answers import AppAnswer
from devhook.signature_doctor.app_refusal import ExplainedRefusal
from devhook.tui import styles
from devhook.tui.delivery_view import DeliveryView
from devhook.tui.tabs.answer_history import answer_history
from devhook.tui.tabs.detail_tab import DetailTab
from devhook.tui.tabs.headers import header_lines
from devhook.tui.tabs.signature import refusal_layout
from devhook.tui.untrusted import untrusted
from devhook.tui.widgets.lines_view import Lines
from devhook.webhook.payload import Unreadable, read_json, write_pretty

# Seconds that a delivery is shown before its answer is explained: scrolling past many explains none.
_SETTLED: Final = 0.1
_SHOPIFYS_PATIENCE: Final = 5.0
_DROPPED: Final = 0
_REDIRECTS: Final = range(300, 400)
_CLIENT_ERRORS: Final = 400
# What follows is not read on a screen.
_MOST_LINES: Final = 2_000


class AnswerTab(DetailTab):
    """Shows what the sender and the targets answered."""

    NAME = "answer"

    def show_delivery(self, view: DeliveryView) -> None:
        """Show a delivery; why the app refused a valid one is added when it is found."""
        layout = partial(answer_layout, view)
        if view.explain is None:
            self.show(layout)
        else:
            self.wait(layout)
            self._explain(view, view.explain)

    @work(exclusive=True, group="answer")
    async def _explain(self, view: DeliveryView, explain: Callable[[], ExplainedRefusal]) -> None:
        await asyncio.sleep(_SETTLED)
        refusal = await asyncio.to_thread(explain)
        if self.view is view:
            self.complete(partial(answer_layout, view, refusal=refusal))


def answer_layout(view: DeliveryView, width: int, refusal: ExplainedRefusal | None = None) -> Lines:
    """Lay the tab out for `width` cells, with the causes of a refusal once they are found."""
    lines = [_to_the_sender(view.row.status), *answer_history(view.answers, width)]
    lines += refusal_layout(view, refusal, width)
    told = {cause.what for cause in refusal.probably} if refusal else set()
    if all(each.origin is not None for each in view.answers):
        lines += [Content(), Content.styled(" The delivery was not forwarded.", styles.MUTED)]
        hint = " devhook listen --forward-to 3000 forwards deliveries to your app."
        if not view.row.signature.trusted:
            hint = f" {NOT_FORWARDED[view.row.signature]} devhook listen --forward all forwards it too."
        lines += [piece.rstrip() for piece in Content.styled(hint, styles.MUTED).wrap(max(16, width))]
    for given in view.answers:
        if given.origin is None or given is view.answers[-1]:
            lines += [Content(), *_answer(given, width, told)]
    return Lines.of(lines)


def _to_the_sender(status: int | None) -> Content:
    if status is None:
        return Content.styled(" The sender was not answered yet.", styles.MUTED)
    if status == _DROPPED:
        return Content.styled(" The connection was closed without an answer.", styles.ERROR)
    told = styles.ERROR if status >= _CLIENT_ERRORS else styles.SUCCESS
    return Content.assemble(
        (" The sender was answered ", styles.PLAIN), (str(status), told), (".", styles.PLAIN)
    )


def _answer(given: AppAnswer, width: int, told: Container[str]) -> list[Content]:
    answer = given.answer
    words = answer_words(answer.status, answer.seconds, answer.failure)
    by_app = answer.accepted and answer.interception(given.url) is None
    sign, style = ("✓", styles.SUCCESS) if by_app else ("✗", styles.ERROR)
    at = f"{given.at.astimezone():%H:%M:%S}"
    lines = [
        Content.assemble(
            (f" {sign} {words}", style),
            (f"  at {at}{f', {given.origin}' if given.origin else ''}", styles.MUTED),
        )
    ]
    lines.append(Content("   ") + untrusted(given.url, styles.ACCENT))
    for note in _notes(given, told):
        lines += [
            Content("   ") + piece.rstrip()
            for piece in untrusted(note, styles.PLAIN).wrap(max(16, width - 4))
        ]
    if answer.headers:
        lines += [Content(), *header_lines(answer.headers, width)]
    if answer.body:
        lines += [Content(), *_body(answer.body)]
        if answer.cut:
            lines.append(Content.styled("   … the rest was not stored.", styles.MUTED))
    return lines


def _notes(given: AppAnswer, told: Container[str]) -> list[str]:
    """Return what is said of an answer, beside what is `told` above it."""
    answer = given.answer
    notes = [answer.error] if answer.error else []
    if found := answer.interception(given.url):
        notes += [] if found.message in told else [f"{found.message} {found.hint}"]
    elif answer.status in _REDIRECTS:
        notes.append("Shopify does not follow redirects; it counts a failure.")
    if answer.seconds > _SHOPIFYS_PATIENCE and answer.failure is None:
        notes.append("Shopify gives up after 5 s and retries.")
    return notes


def _body(body: bytes) -> list[Content]:
    try:
        text = write_pretty(read_json(body))
    except Unreadable:
        text = body.decode("utf-8", "replace").replace("\r\n", "\n")
    shown = text.split("\n")
    lines = [untrusted(f"   {line}", styles.STRING) for line in shown[:_MOST_LINES]]
    left = len(shown) - len(lines)
    return [*lines, Content.styled(f"   … and {left:,} more lines", styles.MUTED)] if left else lines
