"""Rows of deliveries and answers: their statements, and their conversion from and to objects."""

import json
import sqlite3
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, Final, NamedTuple, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.analysis.clocks import VersionClocks
from devhook.analysis.verdict import Verdict
from devhook.analysis.wording import verdict_words
from devhook.inbox.checksums import ANSWER_SUMS, DELIVERY_SUMS
from devhook.privacy.mask import Mask
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.delivery import Delivery, Origin, Signature
from devhook.webhook.subject import Subject

RECEIVER: Final = "receiver"
"""The `by` of devhook's own answer to the sender."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
# Level 1 makes a fifth of an order's body; more saves little and costs time before the acknowledgement.
_COMPRESSION: Final = 1

RawHeaders = Sequence[tuple[bytes, bytes]]
"""Names and values of headers as the bytes that came."""

Found = sqlite3.Row
"""A row that a statement found."""


Values = dict[str, str | int | bytes | None]
"""The values that a statement writes, by the names of its parameters."""


class TargetAnswer(BaseModel):
    """A target's answer in the list: the target's address, the status, and the time in seconds."""

    model_config = ConfigDict(frozen=True)

    by: str
    status: int | None
    seconds: float
    failure: Failure | None = None


class Row(NamedTuple):
    """A delivery in the list. `size` is the body's, in bytes.

    `status` is what devhook told the sender: 0 when the connection was dropped, None while nothing has been
    said. `target` is the last answer of a target that it was forwarded to.

    From `subject` on it is the reading's part, empty (`verdict` None) as long as the delivery is not read.
    `version` is when it was made, as well as is known, `clocks` what orders it among the versions of its
    subject; in nanoseconds since 1970. `original` is the delivery that this one repeats,
    `compared_with` the one that the changes count from; `unreadable` says why the payload could not be read.
    `attempt` counts the attempts of a message (2 is the first retry), `redundant` tells that its content came
    before under other ids, `says` is what its body tells in words (`moved from location 1 to location 2`),
    empty where that is nothing. `summary` is what happened, in words (see `analysis.story`), `discreet` the
    same for an output that masks.
    `changed` are the paths of the first changes, `api_version` is the payload's. `replayed` are the statuses
    that replays of it were answered, each once, the last one first; 0 for those without an answer.
    """

    id: int
    received_at: datetime
    topic: str | None
    shop: str | None
    webhook_id: str | None
    event_id: str | None
    signature: Signature
    signed_with: str | None
    origin: Origin
    status: int | None
    path: str
    size: int
    target: TargetAnswer | None = None
    subject: Subject | None = None
    version: int | None = None
    clocks: VersionClocks = VersionClocks()
    verdict: Verdict | None = None
    change_count: int = 0
    hint: str = ""
    original: int | None = None
    compared_with: int | None = None
    unreadable: str = ""
    changed: tuple[str, ...] = ()
    attempt: int | None = None
    redundant: bool = False
    says: str = ""
    summary: str = ""
    discreet: str = ""
    api_version: str | None = None
    replayed: tuple[int, ...] = ()

    @property
    def happened(self) -> str:
        """What happened, in words; before the delivery is read, what its signature says."""
        return self.summary or self.words

    @property
    def is_explained(self) -> bool:
        """Whether the summary of a wrong signature says which mistake was made."""
        return self.summary not in {"", self.words}

    @property
    def answered(self) -> int | None:
        """The target's status where the delivery was forwarded, else devhook's own."""
        return self.status if self.target is None else self.target.status

    @property
    def words(self) -> str:
        """What the list says of it: `3 changes`, `duplicate of 41`, `unreadable`, `bad signature`."""
        unreadable = bool(self.unreadable)
        return verdict_words(
            self.signature, self.verdict, self.change_count, self.original, unreadable=unreadable
        )

    def masked(self, mask: Mask) -> Self:
        """Return the row without personal data."""
        return self._replace(
            subject=self.subject and mask.subject(self.subject),
            summary=mask.text(self.discreet),
            discreet=mask.text(self.discreet),
            path=mask.text(self.path),
            hint=mask.text(self.hint),
            unreadable=mask.text(self.unreadable),
            says=mask.text(self.says),
        )


class Answered(BaseModel):
    """An answer to a delivery, and when it was complete.

    `by` is the address that the delivery was forwarded to, or `receiver` for devhook's own answer.
    """

    model_config = ConfigDict(frozen=True)

    delivery_id: int
    by: str
    at: AwareDatetime
    answer: Answer

    def masked(self, mask: Mask) -> Self:
        """Return the answer without personal data."""
        return self.model_copy(update={"by": mask.text(self.by), "answer": mask.answer(self.answer)})


DELIVERY: Final = """
SELECT d.*, b.* FROM deliveries d JOIN bodies b ON b.delivery_id = d.id WHERE d.id = ?
"""
"""All columns: `salvage` reads files too that could not be brought to the current version."""
# An answer to a removed delivery is left out.
ADD_ANSWER: Final = """
INSERT INTO answers
    (delivery_id, by, at, status, duration, headers, body, cut, failure, error, checksum, body_checksum)
SELECT :delivery_id, :by, :at, :status, :duration, :headers, :body, :cut, :failure, :error, :checksum,
    :body_checksum
WHERE EXISTS (SELECT 1 FROM deliveries WHERE id = :delivery_id)
"""
COUNT_ANSWER: Final = """
UPDATE deliveries SET stored = stored + ifnull(length(:headers), 0) + ifnull(length(:body), 0),
    answers = answers + 1
WHERE id = :delivery_id
"""
ANSWERS: Final = """
SELECT delivery_id, by, at, status, duration, headers, body, cut, failure, error, checksum, body_checksum
FROM answers WHERE delivery_id = ? ORDER BY id
"""
ANSWERED_AFTER: Final = """
SELECT id, delivery_id FROM answers
WHERE id > ? AND duration IS NOT NULL AND typeof(delivery_id) = 'integer' ORDER BY id LIMIT ?
"""
LAST_ANSWER: Final = "SELECT ifnull(max(id), 0) AS newest FROM answers"


def subject_of(
    kind: str | None, subject: str | None, name: str | None, document: str | None
) -> Subject | None:
    """Return the subject that the columns with these names contain. Raise ValueError for half of one."""
    if kind is None:
        return None
    if subject is None or document is None:
        raise ValueError(kind)
    return Subject(kind=kind, id=subject, name=name, document=document)


def delivery_of(found: Found) -> Delivery:
    """Turn what `DELIVERY` selects back into the delivery."""
    columns = _columns(found)
    DELIVERY_SUMS.require(columns)
    return Delivery(
        received_at=moment(columns["received_at"]),
        method=columns["method"],
        path=columns["path"],
        headers=headers_of(columns["headers"]),
        body=zlib.decompress(columns["body"]),
    )


def compress(body: bytes) -> bytes:
    """Return a body as it is stored; `zlib.decompress` returns it as it came."""
    return zlib.compress(body, _COMPRESSION)


def packed(headers: RawHeaders) -> bytes | None:
    """Return headers as one blob: names and values, a line for each. None if the blob would not be exact."""
    blob = b"\n".join(chain.from_iterable(headers))
    return blob if blob.count(b"\n") == 2 * len(headers) - 1 else None


def headers_value(headers: Sequence[tuple[str, str]]) -> str | bytes:
    """Return the value of the column `headers`: a blob, or JSON where a blob would not be exact."""
    try:
        blob = packed([(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers])
    except UnicodeEncodeError:
        blob = None
    return json.dumps(headers) if blob is None else blob


def headers_of(value: str | bytes) -> tuple[tuple[str, str], ...]:
    """Return the headers that the column `headers` contains."""
    if isinstance(value, str):
        return tuple((name, told) for name, told in json.loads(value))
    lines = value.decode("latin-1").split("\n")
    return tuple(zip(lines[::2], lines[1::2], strict=True))


def answer_values(answer: Answer) -> Values:
    """Turn an answer into the columns that `answers` and the journal's `sends` have for it."""
    return {
        "status": answer.status,
        "duration": round(answer.seconds * 1_000_000),
        "headers": json.dumps(answer.headers),
        "body": compress(answer.body),
        "cut": int(answer.cut),
        "failure": answer.failure.value if answer.failure else None,
        "error": storable(answer.error),
    }


def answer_of(found: Found) -> Answer:
    """Turn those columns back into the answer."""
    return Answer(
        status=found["status"],
        headers=tuple((name, value) for name, value in json.loads(found["headers"] or "[]")),
        body=zlib.decompress(found["body"]) if found["body"] else b"",
        cut=bool(found["cut"]),
        seconds=(found["duration"] or 0) / 1_000_000,
        failure=Failure(found["failure"]) if found["failure"] else None,
        error=found["error"] or "",
    )


def answered_values(answered: Answered) -> Values:
    """Turn an answer to a delivery into what `ADD_ANSWER` writes."""
    values = {
        "delivery_id": answered.delivery_id,
        "by": storable(answered.by),
        "at": microseconds(answered.at),
        **answer_values(answered.answer),
    }
    return ANSWER_SUMS.added_to(values)


def answered_of(found: Found) -> Answered:
    """Turn what `ANSWERS` selects into an answer to a delivery."""
    ANSWER_SUMS.require(_columns(found))
    return Answered(
        delivery_id=found["delivery_id"], by=found["by"], at=moment(found["at"]), answer=answer_of(found)
    )


def _columns(found: Found) -> dict[str, Any]:
    """Return the columns by name: sqlite3.Row looks for each name from the first column on."""
    return dict(zip(found.keys(), found, strict=True))


def storable(text: str | None) -> str | None:
    r"""Return text that SQLite takes: half surrogates, which UTF-8 has no form for, become `\udc80`."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode()


def microseconds(time: datetime) -> int:
    """Return the whole microseconds since 1970."""
    return (time - _EPOCH) // _MICROSECOND


def moment(since_1970: int) -> datetime:
    """Return the time, in UTC, of so many microseconds since 1970."""
    return _EPOCH + since_1970 * _MICROSECOND


def shop_key(shop: str | None) -> str:
    """Return the shop as readings and journal contain it: deliveries without a shop have one shop too."""
    return storable(shop) or ""
