"""What targets answered to the deliveries that were forwarded to them, written down and read back."""

import json
import zlib
from collections.abc import Iterable, Sequence
from typing import Any, Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.inbox.rows import microseconds, moment, storable
from devhook.privacy.mask import Mask
from devhook.webhook.answer import Answer, Failure

RECEIVER: Final = "receiver"

ADD_ANSWER: Final = """
INSERT INTO answers (delivery_id, by, at, status, duration, headers, body, cut, failure, error)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 WHERE EXISTS (SELECT 1 FROM deliveries WHERE id = ?1)
"""
ANSWERS: Final = """
SELECT delivery_id, by, at, status, duration, headers, body, cut, failure, error FROM answers
WHERE delivery_id = ? AND by <> 'receiver' ORDER BY id
"""
# What devhook says at once is written down with the delivery, and without a duration.
ANSWERED_AFTER: Final = """
SELECT id, delivery_id FROM answers WHERE id > ? AND duration IS NOT NULL ORDER BY id LIMIT ?
"""
LAST_ANSWER: Final = "SELECT ifnull(max(id), 0) FROM answers"


class Answered(BaseModel):
    """What a delivery was answered, by whom, and when that answer was complete.

    `by` is the address that it was forwarded to, or `receiver` for what devhook itself told the sender.
    """

    model_config = ConfigDict(frozen=True)

    delivery_id: int
    by: str
    at: AwareDatetime
    answer: Answer

    def masked(self, mask: Mask) -> Self:
        """The answer to look at where personal data is not to be seen."""
        return self.model_copy(update={"by": mask.text(self.by), "answer": mask.answer(self.answer)})


def answer_columns(answer: Answer) -> tuple[int | str | bytes | None, ...]:
    """Turn an answer into (status, duration, headers, body, cut, failure, error), as `sends` has it too."""
    return (
        answer.status,
        round(answer.seconds * 1_000_000),
        json.dumps(answer.headers),
        zlib.compress(answer.body, 1),
        answer.cut,
        answer.failure.value if answer.failure else None,
        storable(answer.error),
    )


def answer_of(columns: Sequence[Any]) -> Answer:
    """Turn those columns back into the answer they were made of."""
    status, duration, headers, body, cut, failure, error = columns
    return Answer(
        status=status,
        headers=tuple((name, value) for name, value in json.loads(headers or "[]")),
        body=zlib.decompress(body) if body else b"",
        cut=bool(cut),
        seconds=(duration or 0) / 1_000_000,
        failure=Failure(failure) if failure else None,
        error=error or "",
    )


def answered_columns(answers: Iterable[Answered]) -> list[tuple[Any, ...]]:
    """Turn answers into what `ADD_ANSWER` takes."""
    return [
        (each.delivery_id, each.by, microseconds(each.at), *answer_columns(each.answer)) for each in answers
    ]


def answered_of(columns: Sequence[Any]) -> Answered:
    """Turn what `ANSWERS` selects into an answer."""
    delivery_id, by, at, *answer = columns
    return Answered(delivery_id=delivery_id, by=by, at=moment(at), answer=answer_of(answer))
