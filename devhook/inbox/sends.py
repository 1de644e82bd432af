"""The journal of sends: what devhook itself sent, replayed or forged, and what was answered."""

import json
import zlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.inbox.answers import answer_columns, answer_of
from devhook.inbox.rows import microseconds, moment, storable
from devhook.inbox.store import Inbox
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Origin

_ADD: Final = """
INSERT INTO journal.sends
    (sent_at, origin, url, delivery_id, topic, request_headers, request_body,
    status, duration, headers, body, cut, failure, error)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
# With no delivery asked for, those of all.
_SENDS: Final = """
SELECT id, sent_at, origin, url, delivery_id, topic, request_headers, request_body,
    status, duration, headers, body, cut, failure, error
FROM journal.sends WHERE ?1 IS NULL OR delivery_id = ?1 ORDER BY id DESC LIMIT ?2
"""


class Send(BaseModel):
    """One request that devhook sent, and what became of it.

    `delivery_id` is the delivery that it was made of, None for one made of a fixture or a file. `headers`
    are those that were given to the sender; `body` is None where it is the delivery's own, byte for byte.
    `id` is 0 until it is written down.
    """

    model_config = ConfigDict(frozen=True)

    id: int = 0
    sent_at: AwareDatetime
    origin: Origin
    url: str
    delivery_id: int | None = None
    topic: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    answer: Answer


def add_sends(inbox: Inbox, sends: Iterable[Send]) -> None:
    """Write sends down in one transaction."""
    written = [_columns(send) for send in sends]
    if written:
        with inbox.writing() as connection:
            connection.executemany(_ADD, written)


def sends(inbox: Inbox, delivery_id: int | None = None, limit: int = 100) -> list[Send]:
    """What was sent, newest first: all of it, or what was made of one delivery."""
    return [_send(columns) for columns in inbox.query(_SENDS, delivery_id, limit)]


def _columns(send: Send) -> tuple[Any, ...]:
    return (
        microseconds(send.sent_at),
        send.origin.value,
        storable(send.url),
        send.delivery_id,
        storable(send.topic),
        json.dumps(send.headers),
        None if send.body is None else zlib.compress(send.body, 1),
        *answer_columns(send.answer),
    )


def _send(columns: Sequence[Any]) -> Send:
    send_id, sent_at, origin, url, delivery_id, topic, headers, body, *answer = columns
    return Send(
        id=send_id,
        sent_at=moment(sent_at),
        origin=Origin(origin),
        url=url,
        delivery_id=delivery_id,
        topic=topic,
        headers=tuple((name, value) for name, value in json.loads(headers)),
        body=None if body is None else zlib.decompress(body),
        answer=answer_of(answer),
    )
