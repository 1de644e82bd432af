"""What is known of a signature that does not hold: the body, what was claimed, and what may explain it."""

from functools import cached_property
from typing import Final

from pydantic import BaseModel, ConfigDict

from devhook.webhook.document import Document
from devhook.webhook.payload import Unreadable, read_json

# What a value costs to read and to write again, beside its bytes: `[1,1,1,…` of 5 MiB takes seconds.
_VALUE: Final = 48
# About a second's worth.
_DEAREST: Final = 32 * 2**20


class OtherBody(BaseModel):
    """A body that came under the same Webhook-Id, in the delivery `id`."""

    model_config = ConfigDict(frozen=True)

    id: int
    body: bytes


class Case(BaseModel):
    """A body and the signature that was claimed for it.

    `content_length` is what the header of that name said, where it may differ from the body's length: in a
    request that was saved by hand. `others` are other bodies of the same Webhook-Id.
    """

    model_config = ConfigDict(frozen=True)

    body: bytes
    claimed: str
    content_length: int | None = None
    others: tuple[OtherBody, ...] = ()

    @property
    def ways(self) -> int:
        """In how many ways the JSON may be written again, given its size: 0 when it is not to be read."""
        return _DEAREST // (len(self.body) + _VALUE * self.body.count(b",") + 1)

    @cached_property
    def document(self) -> Document:
        """What the body says as JSON. None where it is none, says no more than null, or is too large."""
        try:
            return read_json(self.body) if self.ways else None
        except Unreadable:
            return None
