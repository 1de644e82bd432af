"""A delivery with everything that is known of it as a fact, taken out of an inbox and put into another."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.inbox.answers import RECEIVER, answer_columns, answer_of
from devhook.inbox.rows import columns_of, microseconds, moment, storable
from devhook.inbox.store import Inbox
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Arrival, Delivery, Origin, Signature

_AT_ONCE: Final = 1000
_IDS: Final = "SELECT id FROM deliveries WHERE id > ? ORDER BY id LIMIT ?"
_CHECKED: Final = "SELECT signature, signed_with, origin FROM deliveries WHERE id = ?"
_ANSWERS: Final = """
SELECT by, at, status, duration, headers, body, cut, failure, error FROM answers
WHERE delivery_id = ? ORDER BY id
"""
_ADD_DELIVERY: Final = """
INSERT INTO deliveries
    (received_at, method, path, topic, shop, webhook_id, event_id, signature, signed_with, origin, size,
    imported_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_ADD_BODY: Final = "INSERT INTO bodies (delivery_id, headers, body) VALUES (?, ?, ?)"
_ADD_ANSWER: Final = """
INSERT INTO answers (delivery_id, by, at, status, duration, headers, body, cut, failure, error)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


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


def recorded(inbox: Inbox, delivery_id: int) -> Recorded:
    """Take a delivery out, whole. InputError when there is no such delivery."""
    delivery = inbox.delivery(delivery_id)
    ((signature, signed_with, origin),) = inbox.query(_CHECKED, delivery_id)
    return Recorded(
        id=delivery_id,
        delivery=delivery,
        signature=signature,
        signed_with=signed_with,
        origin=origin,
        answers=tuple(_answer_of(columns) for columns in inbox.query(_ANSWERS, delivery_id)),
    )


def ids(inbox: Inbox) -> Iterator[int]:
    """The ids of all deliveries, oldest first; what comes meanwhile is among them."""
    last = 0
    while found := inbox.query(_IDS, last, _AT_ONCE):
        for (delivery_id,) in found:
            yield delivery_id
        last = found[-1][0]


def keep_recorded(inbox: Inbox, taken_in: Iterable[Recorded], imported_at: datetime) -> list[int]:
    """Put deliveries in, all of them or, when one cannot be had or written, none. Returns their new ids.

    They keep their times; `imported_at` is what their age is counted from. It is one transaction, however
    long: only for one who is `locks.alone` in the inbox.
    """
    given: list[int] = []
    with inbox.writing() as connection:
        for each in taken_in:
            columns = columns_of(
                Arrival(
                    delivery=each.delivery,
                    signature=each.signature,
                    signed_with=each.signed_with,
                    origin=each.origin,
                )
            )
            delivery_id = connection.execute(
                _ADD_DELIVERY, (*columns.facts, microseconds(imported_at))
            ).lastrowid
            assert delivery_id is not None  # noqa: S101 - an INSERT always has one; this tells mypy
            connection.execute(_ADD_BODY, (delivery_id, columns.headers, columns.body))
            connection.executemany(
                _ADD_ANSWER,
                [
                    (delivery_id, storable(told.by), microseconds(told.at), *answer_columns(told.answer))
                    for told in each.answers
                ],
            )
            given.append(delivery_id)
    return given


def _answer_of(columns: Sequence[Any]) -> RecordedAnswer:
    by, at, *answer = columns
    return RecordedAnswer(by=by, at=moment(at), answer=answer_of(answer))
