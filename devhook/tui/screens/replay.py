"""Sending one delivery again from the screen: where to, and how its answer is told."""

from array import array
from collections.abc import Callable

from textual.widget import Widget

from devhook.errors import DevhookError
from devhook.inbox.deliveries import Row
from devhook.inbox.journal import Send
from devhook.inbox.timeline import mask_of
from devhook.receiver.targets import targets_of
from devhook.replay.deliveries import ReplayDeliveries
from devhook.replay.plan import Pace, PlannedSend, Rewriting
from devhook.replay.replay import Replay
from devhook.sender.answers import excerpt
from devhook.session.session import Session
from devhook.text import duration
from devhook.tui.notices import info, show_error, warn
from devhook.tui.untrusted import MaskingApp


def replay_one(widget: Widget, session: Session, row: Row, then: Callable[[], None]) -> None:
    """Send the delivery of `row` again, as it came, beside everything else, and tell its answer.

    `then` is called when it is done.
    """
    widget.run_worker(_replayed(widget, session, row, then), group="replay")


def replay_addresses(session: Session, row: Row) -> tuple[str, ...]:
    """Where the screen replays to: the targets of the delivery's topic, or else the receiver of this run."""
    targets = targets_of(session.targets, row.topic)
    return tuple(target.url for target in targets) or (session.status().address,)


async def _replayed(widget: Widget, session: Session, row: Row, then: Callable[[], None]) -> None:
    def tell(_: PlannedSend, send: Send) -> None:
        mask = widget.app.mask if isinstance(widget.app, MaskingApp) else None
        _tell(widget, row, send.masked(mask_of(mask, session.inbox, row.id)) if mask else send)

    chosen = ReplayDeliveries(array("q", [row.id]), array("q", [0]))
    try:
        for url in replay_addresses(session, row):
            await Replay(session.inbox, url, Rewriting(), on_send=tell).run(chosen, Pace())
    except DevhookError as error:
        show_error(widget, error)
    then()


def _tell(widget: Widget, row: Row, send: Send) -> None:
    """Notify of the answer; what was not accepted is shown longer, with what it says."""
    answer = send.answer
    sent = f"Delivery {row.id} sent to {send.url}"
    if answer.failure is not None:
        warn(widget, sent, answer.error, severity="warning")
        return
    answered = f"{answer.status} in {duration(answer.seconds)}"
    if found := answer.interception(send.url):
        warn(widget, sent, f"{answered}. {found.message} {found.hint}", severity="warning")
    elif answer.accepted:
        info(widget, f"{sent}: {answered}.")
    else:
        warn(widget, sent, f"{answered}. {excerpt(answer.text)}".strip(), severity="warning")
