"""What a replay sends when, and what of it is made new. Pure: seed and secret come in as arguments."""

import hashlib
import math
import uuid
from array import array
from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict

from devhook.forge.shopify_headers import SIGNATURE_HEADER, Headers
from devhook.replay.choosing import Chosen
from devhook.webhook.delivery import ORIGIN_HEADER, PROOF_HEADER, Delivery, Origin
from devhook.webhook.signature import Secret, sign

_IDS: Final = frozenset(
    {"x-shopify-webhook-id", "shopify-webhook-id", "x-shopify-event-id", "shopify-event-id"}
)
_SIGNATURES: Final = frozenset({"x-shopify-hmac-sha256", "shopify-hmac-sha256"})
# The host is the tunnel's that it came through: an app with a list of allowed hosts would refuse it.
_LEFT_OUT: Final = frozenset({"host", ORIGIN_HEADER.lower(), PROOF_HEADER.lower()})


class Planned(NamedTuple):
    """One send: in which round (from 1) which delivery, and how many seconds after the beginning."""

    round: int
    delivery_id: int
    at: float


class Pace(BaseModel):
    """In which order, how fast and how often deliveries are sent again, and how many at a time.

    The pauses are those between the arrivals, divided by `speed`; none where it is infinite. All of it is
    repeated `times` times, each round right after the one before. With a `seed` the deliveries of each round
    are shuffled, but not the pauses: what is sent at a moment changes, not the moments. `seconds` is how long
    an answer is waited for.
    """

    model_config = ConfigDict(frozen=True)

    times: int = 1
    speed: float = math.inf
    seed: int | None = None
    concurrency: int = 1
    seconds: float = 5.0


def planned(chosen: Chosen, pace: Pace) -> Iterator[Planned]:
    """Yield the sends of a replay in their order."""
    ids, moments = array("q", chosen.ids), sorted(chosen.moments)
    shuffler = None if pace.seed is None else Random(pace.seed)  # noqa: S311 - an order guards nothing
    for turn in range(pace.times):
        if shuffler is not None:
            shuffler.shuffle(ids)
        for moment, delivery_id in zip(moments, ids, strict=True):
            passed = (moment - moments[0] + turn * (moments[-1] - moments[0])) / 1_000_000
            yield Planned(turn + 1, delivery_id, passed / pace.speed)


class Rewriting(BaseModel):
    """What a replay makes new. `secret` signs the bodies anew; `new_ids` is what new ids are derived from.

    `mark` adds the header that tells devhook's own receiver of a replay.

    An id becomes the same new one wherever it stands in a round, so that the deliveries of an event still
    share its id and a duplicate is still one; every round has its own.
    """

    model_config = ConfigDict(frozen=True)

    secret: Secret | None = None
    new_ids: str | None = None
    mark: bool = True

    def headers(self, delivery: Delivery, turn: int = 1) -> Headers:
        """Return the headers that `delivery` is sent with: its own, and the mark of a replay.

        What is not asked to be new keeps its bytes, order, case and repetition; only Host is left out.
        """
        written = [(name, value) for name, value in delivery.headers if name.lower() not in _LEFT_OUT]
        if self.new_ids is not None:
            written = [
                (name, _renewed(value, f"{self.new_ids}/{turn}") if name.lower() in _IDS else value)
                for name, value in written
            ]
        if self.secret is not None:
            written = _signed(written, sign(self.secret.value.get_secret_value(), delivery.body))
        if self.mark:
            written.append((ORIGIN_HEADER, Origin.REPLAY.value))
        return tuple(written)


def _renewed(value: str, key: str) -> str:
    digest = hashlib.sha256(f"{key}/{value}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def _signed(headers: list[tuple[str, str]], signature: str) -> list[tuple[str, str]]:
    """The headers with this signature in the place of the old one, at the end where there was none."""
    signed = [(name, signature if name.lower() in _SIGNATURES else value) for name, value in headers]
    if not any(name.lower() in _SIGNATURES for name, _ in signed):
        signed.append((SIGNATURE_HEADER, signature))
    return signed
