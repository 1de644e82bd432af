"""The simulated shop's retries, counted down: a line for each of the next ones, none where there are none."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widget import Widget

from devhook.sender.retries import FAILURES_ALLOWED
from devhook.session.session import Session
from devhook.simulator.delivery_worker import Attempt, DeliveryWorker, Retry
from devhook.simulator.retry_text import about_words, attempt_words, retry_words
from devhook.tui import styles
from devhook.tui.notices import info
from devhook.tui.untrusted import cut, untrusted

if TYPE_CHECKING:
    # The simulator is loaded for a demo alone.
    from devhook.simulator.shop import SimulatedShop

_EVERY: Final = 0.1
_MOST: Final = 3
# Of a screen of 24 lines, one is all that the deliveries can spare.
_TALL: Final = 30
_WIDE: Final = 108
_LABEL: Final = 8
_KEY: Final = "R"


class RetryLines(Widget):
    """Shows the shop's next retries and their times; hidden while there are none.

    A click does what its key does.
    """

    def __init__(self, session: Session, shop: "SimulatedShop", *, id: str | None = None) -> None:  # noqa: A002 - as every widget's
        super().__init__(id=id)
        self._session = session
        self._delivery_worker: DeliveryWorker = shop.delivery_worker
        self._retries: Sequence[Retry] = ()

    def on_mount(self) -> None:
        """Count down."""
        self.set_interval(_EVERY, self._look)

    def hurry(self) -> None:
        """Send all waiting retries at once."""
        if not self._delivery_worker.retry_now():
            info(self, "No retry is waiting.")

    def on_click(self) -> None:
        """Do what the key does."""
        self.hurry()

    def render(self) -> Content:
        """The next retries; on the first line the key, on the last one how many more there are."""
        now = datetime.now(UTC)
        shown = self._retries[: self._room]
        more = len(self._retries) - len(shown)
        return Content("\n").join(
            self._line(retry, now, first=number == 0, more=more if number == len(shown) - 1 else 0)
            for number, retry in enumerate(shown)
        )

    @property
    def _room(self) -> int:
        return _MOST if self.screen.size.height >= _TALL else 1

    def _look(self) -> None:
        """Update the retries, and show or hide the lines."""
        self._tell_accepted(self._session.take_attempts())
        before, self._retries = self._retries, self._delivery_worker.retries
        if not before and not self._retries:
            return
        self.display = bool(self._retries)
        self.screen.set_class(self.display, "-retrying")
        self.styles.height = max(1, min(len(self._retries), self._room))
        self.refresh()

    def _tell_accepted(self, attempts: Sequence[Attempt]) -> None:
        accepted = [each for each in attempts if each.answer.accepted and each.number > 1]
        if len(accepted) == 1:
            info(self, f"{attempt_words(accepted[0])}.")
        elif accepted:
            info(self, f"{len(accepted)} retries were accepted.")

    def _line(self, retry: Retry, now: datetime, *, first: bool, more: int) -> Content:
        """One retry; what there is no room for is the end of its topic."""
        width = self.content_size.width
        roomy = width >= _WIDE
        label = f"{'retries' if first else '':<{_LABEL}}" if roomy else ""
        right = Content.styled(
            f"  {f'and {more} more' if roomy else f'+{more}'}" if more else "", styles.MUTED
        )
        if first:
            right += Content.assemble(
                "  ", (_KEY, styles.HOTKEY), (" retry now" if roomy else " now", styles.PLAIN)
            )
        failures = self._delivery_worker.failures(retry.attempt.subscription_id) if roomy else 0
        words = f": {retry_words(retry, now, short=not roomy)}"
        counted = f", {failures} of {FAILURES_ALLOWED} failures" if failures else ""
        room = width - len(label) - right.cell_length - len(words) - len(counted)
        about = untrusted(cut(about_words(retry.attempt), room), styles.PLAIN)
        left = Content.assemble(
            (label, styles.FAINT), about, (words, styles.WARNING), (counted, styles.ERROR)
        )
        return left + " " * max(0, width - left.cell_length - right.cell_length) + right
