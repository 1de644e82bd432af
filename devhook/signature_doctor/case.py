"""The evidence about an invalid signature: the body, the claim, the headers, and related deliveries."""

from collections.abc import Sequence
from functools import cached_property
from typing import Final, Self

from pydantic import BaseModel, ConfigDict

from devhook.webhook.delivery import Delivery
from devhook.webhook.document import Document
from devhook.webhook.payload import Unreadable, read_json

# The cost of parsing and writing one value, in bytes: `[1,1,1,…` of 5 MiB takes seconds.
_VALUE: Final = 48
# About a second's worth.
_DEAREST: Final = 32 * 2**20


class OtherBody(BaseModel):
    """The body of the delivery `id`, which has the same Webhook-Id, or the same body.

    `valid`: its signature is. `topic`: that in its header.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    body: bytes
    valid: bool = False
    topic: str | None = None


class Case(BaseModel):
    """A body and the signature claimed for it.

    `headers`, `path`: of the request, where they are known.
    `content_length`: the header's value, for a saved request, where it may differ from the body's length.
    `others`: deliveries with the same Webhook-Id or the same body.
    `answers`: the statuses that targets answered.
    """

    model_config = ConfigDict(frozen=True)

    body: bytes
    claimed: str
    headers: tuple[tuple[str, str], ...] = ()
    path: str = "/"
    content_length: int | None = None
    others: tuple[OtherBody, ...] = ()
    answers: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        delivery: Delivery,
        claimed: str | None = None,
        others: Sequence[OtherBody] = (),
        answers: Sequence[int] = (),
    ) -> Self:
        """Return the case of a delivery, whose headers say what was claimed unless `claimed` does."""
        length = (delivery.header("content-length") or "").strip()
        return cls(
            body=delivery.body,
            claimed=(delivery.hmac or "") if claimed is None else claimed,
            headers=delivery.headers,
            path=delivery.path,
            content_length=int(length) if _is_length(length) else None,
            others=tuple(others),
            answers=tuple(answers),
        )

    def header(self, name: str) -> str | None:
        """Return the first value of a header in the case."""
        return next((value for given, value in self.headers if given.lower() == name), None)

    def shopify(self, name: str) -> str | None:
        """Return the value of Shopify's header `name`, given without its prefix."""
        return self.header(f"x-shopify-{name}") or self.header(f"shopify-{name}")

    @property
    def content_encodings(self) -> tuple[str, ...]:
        """The codings that Content-Encoding names, in lower case, `identity` omitted."""
        value = self.header("content-encoding") or ""
        codings = (coding.strip().lower() for coding in value.split(","))
        return tuple(coding for coding in codings if coding not in {"", "identity"})

    @property
    def ways(self) -> int:
        """The number of JSON writers to try for a body of this size; 0: the body is not parsed."""
        return _DEAREST // (len(self.body) + _VALUE * self.body.count(b",") + 1)

    @cached_property
    def text(self) -> str:
        """The body decoded as UTF-8, with U+FFFD for what is not."""
        return self.body.decode("utf-8", "replace")

    @property
    def is_text(self) -> bool:
        """Whether the body is UTF-8."""
        return self.text.encode() == self.body

    @cached_property
    def document(self) -> Document:
        """The body parsed as JSON; None if it is not JSON, is null, or is too large."""
        try:
            return read_json(self.body) if self.ways else None
        except Unreadable:
            return None


def _is_length(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19  # noqa: PLR2004 - 64 bits
