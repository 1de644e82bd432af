"""What the app answered to one delivery: when it was forwarded, and each time it was sent again."""

from collections.abc import Sequence
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.inbox.database import Inbox
from devhook.inbox.journal import sends
from devhook.privacy.mask import Mask
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Origin


class AppAnswer(BaseModel):
    """One answer of the app.

    `at`: when it came, or when the request was sent again.
    `origin`: `replay` or `forged`; None: the delivery was forwarded.
    `edited`: the request had another body than the delivery.
    """

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    url: str
    origin: Origin | None = None
    edited: bool = False
    answer: Answer

    def masked(self, mask: Mask) -> Self:
        """Return the answer without personal data."""
        return self.model_copy(update={"url": mask.text(self.url), "answer": mask.answer(self.answer)})


def app_answers(inbox: Inbox, delivery_id: int, limit: int = 20) -> list[AppAnswer]:
    """Return the answers to a delivery, the oldest first; of those to replays only the newest."""
    forwarded = [
        AppAnswer(at=each.at, url=each.by, answer=each.answer) for each in inbox.answers(delivery_id)
    ]
    again = [
        AppAnswer(
            at=send.sent_at,
            url=send.url,
            origin=send.origin,
            edited=send.body is not None,
            answer=send.answer,
        )
        for send in sends(inbox, delivery_id, limit)
    ]
    return sorted([*forwarded, *again], key=lambda each: each.at)


def earlier_answer(answers: Sequence[AppAnswer], url: str) -> AppAnswer | None:
    """Return the last answer to the same request: from `url`, or else from another address. Pure."""
    alike = [each for each in answers if not each.edited]
    from_there = [each for each in alike if each.url == url]
    return next(reversed(from_there or alike), None)
