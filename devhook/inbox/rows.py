"""A delivery as a line of the list, and the turning of deliveries and readings into columns and back."""

import json
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.reading.verdict import Verdict
from devhook.webhook.delivery import Arrival, Delivery, Origin, Signature
from devhook.webhook.subject import Subject

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
# Level 1 halves an order's body; more saves little and costs time before the acknowledgement.
_COMPRESSION: Final = 1


class Row(BaseModel):
    """What the list needs to know of a delivery. `size` is the body's, in bytes; `status` what was answered.

    From `subject` on it is the reading's part, empty (`verdict` None) as long as the delivery is not read.
    `version` is in nanoseconds since 1970; `twin` is the delivery that this one repeats, `compared_with` the one
    that the changes count from; `unreadable` says why the payload could not be read.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    received_at: AwareDatetime
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
    subject: Subject | None = None
    version: int | None = None
    verdict: Verdict | None = None
    change_count: int = 0
    hint: str = ""
    twin: int | None = None
    compared_with: int | None = None
    unreadable: str = ""
