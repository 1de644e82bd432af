"""The evidence about an invalid signature: the body, the claim, and related bodies."""

from functools import cached_property
from typing import Final

from pydantic import BaseModel, ConfigDict

from devhook.webhook.document import Document
from devhook.webhook.payload import Unreadable, read_json

# The cost of parsing and writing one value, in bytes: `[1,1,1,…` of 5 MiB takes seconds.
_VALUE: Final = 48
# About a second's worth.
_DEAREST: Final = 32 * 2**20


class OtherBody(BaseModel):
    """The body of the delivery `id`, which has the same Webhook-Id."""

    model_config = ConfigDict(frozen=True)

    id: int
    body: bytes


class Case(BaseModel):
    """A body and the signature claimed for it.

    `content_length`: the header's value, for a saved request, where it may differ from the body's length.
    `others`: other bodies with the same Webhook-Id.
    """

    model_config = ConfigDict(frozen=True)

    body: bytes
    claimed: str
    content_length: int | None = None
    others: tuple[OtherBody, ...] = ()

    @property
    def ways(self) -> int:
        """The number of JSON writers to try for a body of this size; 0: the body is not parsed."""
        return _DEAREST // (len(self.body) + _VALUE * self.body.count(b",") + 1)

    @cached_property
    def document(self) -> Document:
        """The body parsed as JSON; None if it is not JSON, is null, or is too large."""
        try:
            return read_json(self.body) if self.ways else None
        except Unreadable:
            return None
