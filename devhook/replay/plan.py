"""Plans a replay: when each delivery is sent, and which headers are replaced. Pure."""

import hashlib
import math
import uuid
from array import array
from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict

from devhook.forge.shopify_headers import SIGNATURE_HEADER, Headers
from devhook.replay.deliveries import ReplayDeliveries
from devhook.webhook.delivery import ORIGIN_HEADER, PROOF_HEADER, Delivery, Origin
from devhook.webhook.signature import Secret, sign

_IDS: Final = frozenset(
    {"x-shopify-webhook-id", "shopify-webhook-id", "x-shopify-event-id", "shopify-event-id"}
)
_SIGNATURES: Final = frozenset({"x-shopify-hmac-sha256", "shopify-hmac-sha256"})
# Host names the tunnel that the delivery arrived through; an app with a list of allowed hosts rejects it.
_LEFT_OUT: Final = frozenset({"host", ORIGIN_HEADER.lower(), PROOF_HEADER.lower()})


class PlannedSend(NamedTuple):
    """One send: its round (from 1), the delivery, and `at`, the seconds after the start."""

    round: int
    delivery_id: int
    at: float


class Pace(BaseModel):
    """The order, speed, repetition and concurrency of a replay.

    - `times`: the number of rounds; each follows the previous one without a pause.
    - `speed`: divides the pauses between the arrivals; infinity removes them.
    - `seed`: shuffles the deliveries of each round, but not the pauses; None: no shuffling.
    - `concurrency`: how many requests are under way at the same time.
    - `seconds`: how long to wait for an answer.
    """

    model_config = ConfigDict(frozen=True)

    times: int = 1
    speed: float = math.inf
    seed: int | None = None
    concurrency: int = 1
    seconds: float = 5.0


def planned(chosen: ReplayDeliveries, pace: Pace) -> Iterator[PlannedSend]:
    """Yield the sends of a replay in order."""
    ids, moments = array("q", chosen.ids), sorted(chosen.moments)
    shuffler = None if pace.seed is None else Random(pace.seed)  # noqa: S311 - not used for security
    for turn in range(pace.times):
        if shuffler is not None:
            shuffler.shuffle(ids)
        for moment, delivery_id in zip(moments, ids, strict=True):
            passed = (moment - moments[0] + turn * (moments[-1] - moments[0])) / 1_000_000
            yield PlannedSend(turn + 1, delivery_id, passed / pace.speed)


class Rewriting(BaseModel):
    """Which headers a replay replaces.

    - `secret`: signs the bodies again; None: the signatures stay.
    - `new_ids`: the key that new ids are derived from; None: the ids stay. Within a round equal ids get equal
      new ids, so the deliveries of one event still share its id and a duplicate stays a duplicate.
    - `mark`: whether to add the header that marks a replay for devhook's own receiver.
    """

    model_config = ConfigDict(frozen=True)

    secret: Secret | None = None
    new_ids: str | None = None
    mark: bool = True

    def headers(self, delivery: Delivery, turn: int = 1) -> Headers:
        """Return the headers that `delivery` is sent with in round `turn`.

        Headers that are not replaced keep their bytes, order, case and repetition. Host is removed.
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
    """Return the headers with this signature in place of the old one, or at the end if there is none."""
    signed = [(name, signature if name.lower() in _SIGNATURES else value) for name, value in headers]
    if not any(name.lower() in _SIGNATURES for name, _ in signed):
        signed.append((SIGNATURE_HEADER, signature))
    return signed
