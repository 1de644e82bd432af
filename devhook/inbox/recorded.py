"""Deliveries with their signatures, origins and answers, as they are exported and imported."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.inbox.arrival_rows import ArrivalRow, add_rows
from devhook.inbox.checksums import require_answers
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import (
    ADD_ANSWER,
    ANSWERS,
    COUNT_ANSWER,
    RECEIVER,
    Answered,
    Found,
    answered_of,
    answered_values,
)
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Arrival, Delivery, Origin, Signature

_CHECKED: Final = """
SELECT d.*, (SELECT count(*) FROM answers WHERE delivery_id = d.id) AS answers_found
FROM deliveries d WHERE d.id = ?
"""
"""All columns, as `DELIVERY` does."""


class RecordedAnswer(BaseModel):
    """An answer to a delivery: `by` is `receiver` for devhook's own answer, else the target's address."""

    model_config = ConfigDict(frozen=True)

    by: str
    at: AwareDatetime
    answer: Answer


class Recorded(BaseModel):
    """A delivery with the result of its check, its origin and its answers. `id` is its id in the inbox."""

    model_config = ConfigDict(frozen=True)

    id: int
    delivery: Delivery
    signature: Signature
    signed_with: str | None = None
    origin: Origin = Origin.SHOPIFY
    answers: tuple[RecordedAnswer, ...] = ()

    @property
    def answer(self) -> RecordedAnswer | None:
        """The last answer of a target, else devhook's answer to the sender."""
        targets = [answer for answer in self.answers if answer.by != RECEIVER]
        return next(iter(targets[::-1] or self.answers), None)


def recorded(inbox: Inbox, delivery_id: int, *, with_answers: bool = True) -> Recorded:
    """Return a delivery with its answers. Raise InputError when there is no such delivery."""
    delivery = inbox.delivery(delivery_id)
    answers = tuple(inbox.select(_answer_of, ANSWERS, delivery_id)) if with_answers else ()

    def of(checked: Found) -> Recorded:
        if with_answers:
            columns = dict(checked)
            require_answers(columns.get("answers"), columns["answers_found"])
        return Recorded(
            id=delivery_id,
            delivery=delivery,
            signature=checked["signature"],
            signed_with=checked["signed_with"],
            origin=checked["origin"],
            answers=answers,
        )

    (found,) = inbox.select(of, _CHECKED, delivery_id)
    return found


def _answer_of(found: Found) -> RecordedAnswer:
    answered = answered_of(found)
    return RecordedAnswer(by=answered.by, at=answered.at, answer=answered.answer)


def keep_recorded(inbox: Inbox, taken_in: Iterable[Recorded], imported_at: datetime) -> list[int]:
    """Add all deliveries, or none when one cannot be read or written. Return their new ids.

    They keep their times; their age is counted from `imported_at`. This is one transaction, however long:
    only inside `locks.alone`.
    """
    given: list[int] = []
    with inbox.writing() as connection:
        for each in taken_in:
            arrival = Arrival(
                delivery=each.delivery,
                signature=each.signature,
                signed_with=each.signed_with,
                origin=each.origin,
                status=None,
            )
            (delivery_id,) = add_rows(connection, [ArrivalRow.of(arrival, imported_at)], 0)
            answers = [
                Answered(delivery_id=delivery_id, by=told.by, at=told.at, answer=told.answer)
                for told in each.answers
            ]
            values_of_answers = [answered_values(answer) for answer in answers]
            connection.executemany(ADD_ANSWER, values_of_answers)
            connection.executemany(COUNT_ANSWER, values_of_answers)
            given.append(delivery_id)
    return given
