"""A delivery with everything that is known of it as a fact, taken out of an inbox and put into another."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import (
    ADD_ANSWER,
    ANSWERS,
    COUNT_ANSWER,
    RECEIVER,
    Answered,
    Found,
    add_delivery,
    answered_of,
    answered_values,
    delivery_values,
)
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Arrival, Delivery, Origin, Signature

_CHECKED: Final = "SELECT signature, signed_with, origin FROM deliveries WHERE id = ?"


class RecordedAnswer(BaseModel):
    """What a delivery was answered: `by` is `receiver` for what devhook told the sender, else the target."""

    model_config = ConfigDict(frozen=True)

    by: str
    at: AwareDatetime
    answer: Answer


class Recorded(BaseModel):
    """A delivery, what its check showed, who made it, and what it was answered. `id` is its inbox's."""

    model_config = ConfigDict(frozen=True)

    id: int
    delivery: Delivery
    signature: Signature
    signed_with: str | None = None
    origin: Origin = Origin.SHOPIFY
    answers: tuple[RecordedAnswer, ...] = ()

    @property
    def answer(self) -> RecordedAnswer | None:
        """The answer that tells most: a target's last, else what devhook told the sender."""
        targets = [answer for answer in self.answers if answer.by != RECEIVER]
        return next(iter(targets[::-1] or self.answers), None)


def recorded(inbox: Inbox, delivery_id: int, *, with_answers: bool = True) -> Recorded:
    """Return a delivery with all facts about it. Raise InputError when there is no such delivery."""
    delivery = inbox.delivery(delivery_id)
    answers = tuple(inbox.select(_answer_of, ANSWERS, delivery_id)) if with_answers else ()

    def of(checked: Found) -> Recorded:
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
    """Put deliveries in, all of them or, when one cannot be had or written, none. Returns their new ids.

    They keep their times; `imported_at` is what their age is counted from. It is one transaction, however
    long: only for one who is `locks.alone` in the inbox.
    """
    given: list[int] = []
    with inbox.writing() as connection:
        for each in taken_in:
            arrival = Arrival(
                delivery=each.delivery,
                signature=each.signature,
                signed_with=each.signed_with,
                origin=each.origin,
            )
            delivery_id = add_delivery(connection, delivery_values(arrival, imported_at))
            answers = [
                Answered(delivery_id=delivery_id, by=told.by, at=told.at, answer=told.answer)
                for told in each.answers
            ]
            values_of_answers = [answered_values(answer) for answer in answers]
            connection.executemany(ADD_ANSWER, values_of_answers)
            connection.executemany(COUNT_ANSWER, values_of_answers)
            given.append(delivery_id)
    return given
