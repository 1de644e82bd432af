"""Sends deliveries again from the screen, and compares each answer with the earlier one."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from textual.widget import Widget

from devhook.errors import DevhookError, InputError
from devhook.inbox.app_answers import AppAnswer, app_answers
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row
from devhook.inbox.journal import Send
from devhook.inbox.timeline import mask_of
from devhook.receiver.targets import targets_of
from devhook.replay.answer_changes import compared
from devhook.replay.deliveries import ReplayDeliveries
from devhook.replay.plan import Pace, PlannedSend, Rewriting
from devhook.replay.replay import Replay
from devhook.sender.answers import excerpt
from devhook.session.session import Session
from devhook.text import duration
from devhook.tui.notices import info, show_error, warn
from devhook.tui.untrusted import app_mask

# Of the newest answers to a delivery, for one from the same address.
_LOOKED_AT: Final = 5


def replay_one(widget: Widget, session: Session, row: Row) -> None:
    """Send the delivery of `row` again in the background, unchanged, and show its answer."""
    widget.run_worker(_replayed(widget, session, row), group="replay")


def replay_addresses(session: Session, row: Row) -> tuple[str, ...]:
    """Where the screen replays to: the targets of the delivery's topic, or else the receiver of this run."""
    targets = targets_of(session.targets, row.topic)
    return tuple(target.url for target in targets) or (session.status().address,)


def replay_plan(session: Session, deliveries: Sequence[int]) -> Iterator[tuple[str, int]]:
    """Yield the address and the id of each send, in the order of `deliveries`; removed ones are left out."""
    for delivery in deliveries:
        try:
            row = session.inbox.row(delivery)
        except InputError:
            continue
        yield from ((url, delivery) for url in replay_addresses(session, row))


async def send_again(
    session: Session, url: str, delivery: int, on_send: Callable[[PlannedSend, Send], None]
) -> None:
    """Send one delivery to `url` as it came."""
    chosen = ReplayDeliveries(array("q", [delivery]), array("q", [0]))
    await Replay(session.inbox, url, Rewriting(), on_send=on_send).run(chosen, Pace())


def answers_until(inbox: Inbox, send: Send) -> list[AppAnswer]:
    """Return the answers to the delivery of a send that came before it, and its own as the last."""
    known = app_answers(inbox, send.delivery_id, _LOOKED_AT) if send.delivery_id else []
    own = AppAnswer(at=send.sent_at, url=send.url, origin=send.origin, answer=send.answer)
    return [*(each for each in known if each.at < send.sent_at), own]


async def _replayed(widget: Widget, session: Session, row: Row) -> None:
    def tell(_: PlannedSend, send: Send) -> None:
        _tell(widget, session.inbox, send)

    try:
        for url, delivery in replay_plan(session, [row.id]):
            await send_again(session, url, delivery, tell)
    except DevhookError as error:
        show_error(widget, error)


def _tell(widget: Widget, inbox: Inbox, send: Send) -> None:
    """Show a notice with the answer and the one before; a rejection is shown longer, with its text."""
    mask = app_mask(widget.app)
    _, differences = compared(answers := answers_until(inbox, send), len(answers) - 1)
    send = send.masked(mask_of(mask, inbox, send.delivery_id or 0)) if mask else send
    answer = send.answer
    sent = f"Delivery {send.delivery_id} sent to {send.url}"
    before, arrow, _ = differences.status.partition(" → ")
    if answer.failure is not None:
        warn(widget, sent, f"{before}{arrow}{answer.error}", severity="warning")
        return
    answered = f"{before}{arrow}{answer.status} in {duration(answer.seconds)}"
    if found := answer.interception(send.url):
        warn(widget, sent, f"{answered}. {found.message} {found.hint}", severity="warning")
    elif answer.accepted:
        info(widget, f"{sent}: {answered}.")
    else:
        warn(widget, sent, f"{answered}. {excerpt(answer.text)}".strip(), severity="warning")
