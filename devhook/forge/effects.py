"""The ways to spoil a delivery on purpose: what each does, and how an endpoint has to react to it.

The statuses are those that Shopify documents (https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance,
https://shopify.dev/docs/apps/build/webhooks/verify-deliveries); where it says nothing, what its own libraries
answer (https://github.com/Shopify/shopify-app-js).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from devhook.text import byte_size

HUGE: Final = 6 * 2**20
"""Bytes of a huge body: more than devhook's own receiver takes, which is 5 MiB."""

_ACCEPTED: Final = range(200, 300)
_REFUSED: Final = range(400, 500)
_UNAUTHORIZED: Final = range(401, 402)
_BAD_REQUEST: Final = range(400, 401)


class Tamper(StrEnum):
    """How a delivery is spoiled."""

    BODY = "body"
    SIGNATURE = "signature"
    SECRET = "secret"  # noqa: S105 - the name of a way to tamper
    MISSING_SIGNATURE = "missing-signature"
    MISSING_TOPIC = "missing-topic"
    HEX = "hex"
    RE_SERIALISED = "re-serialised"
    STALE = "stale"
    DUPLICATE = "duplicate"
    EMPTY = "empty"
    GZIP = "gzip"
    HUGE = "huge"


class Effect(NamedTuple):
    """What a way to tamper does (`about`), and the statuses that are wanted for it, in words too."""

    about: str
    wanted: str
    statuses: tuple[range, ...]

    def fits(self, status: int | None) -> bool:
        """Whether an endpoint that answers `status` reacts as it has to."""
        return status is not None and any(status in each for each in self.statuses)


EFFECTS: Final[Mapping[Tamper, Effect]] = {
    Tamper.BODY: Effect("one byte of the body altered after signing", "401", (_UNAUTHORIZED,)),
    Tamper.SIGNATURE: Effect("one character of the signature altered", "401", (_UNAUTHORIZED,)),
    Tamper.SECRET: Effect("signed with a secret that is not the app's", "401", (_UNAUTHORIZED,)),
    Tamper.MISSING_SIGNATURE: Effect("no X-Shopify-Hmac-Sha256", "401 or 400", (_UNAUTHORIZED, _BAD_REQUEST)),
    Tamper.MISSING_TOPIC: Effect("no X-Shopify-Topic, rightly signed", "4xx", (_REFUSED,)),
    Tamper.HEX: Effect("the signature in hexadecimal, not base64", "401", (_UNAUTHORIZED,)),
    Tamper.RE_SERIALISED: Effect("the body parsed and written again after signing", "401", (_UNAUTHORIZED,)),
    Tamper.STALE: Effect("times a day earlier, rightly signed", "2xx, without effect", (_ACCEPTED,)),
    Tamper.DUPLICATE: Effect("sent twice with one Webhook-Id", "2xx, one effect", (_ACCEPTED,)),
    Tamper.EMPTY: Effect("an empty body, rightly signed", "4xx", (_REFUSED,)),
    Tamper.GZIP: Effect("the body compressed after signing", "2xx or 4xx", (_ACCEPTED, _REFUSED)),
    Tamper.HUGE: Effect(
        f"{byte_size(HUGE)} with the blanks after it, rightly signed", "2xx or 4xx", (_ACCEPTED, _REFUSED)
    ),
}
