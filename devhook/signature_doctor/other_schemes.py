"""Mistakes in which more than the body was signed, as other services do it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from devhook.signature_doctor.body_mistake import BodyMistake
from devhook.signature_doctor.case import Case
from devhook.signature_doctor.mistake import Mistake

_GROUP: Final = "what other services sign beside the body"
_ALONE: Final = "Pass the body alone to the HMAC function: Shopify signs no header and no address."


@dataclass(frozen=True)
class _Scheme:
    """What stands beside the body in `whose` signatures."""

    name: str
    whose: str
    bodies: Callable[[Case], Iterator[bytes]]

    def mistake(self) -> BodyMistake:
        told = Mistake(
            name=self.name,
            what=f"It is the signature of the body together with {self.whose}.",
            comes_from="The verification of another service was copied.",
            fix=_ALONE,
        )
        return BodyMistake(_GROUP, told, self.bodies)


def _times(case: Case) -> list[str]:
    """Return the moments in the headers as those services write them: seconds, milliseconds, as sent."""
    times = [value for name in ("triggered-at",) if (value := case.shopify(name))]
    for value in tuple(times):
        try:
            moment = datetime.fromisoformat(value[:19] + "+00:00").timestamp()
        except ValueError:
            continue
        times += [str(int(moment)), str(int(moment * 1000))]
    return times


def _with_time(case: Case) -> Iterator[bytes]:
    ids = [value for name in ("webhook-id", "event-id") if (value := case.shopify(name))]
    for time in map(str.encode, _times(case)):
        for between in (b".", b":", b""):
            yield time + between + case.body
        yield b"v0:" + time + b":" + case.body
        yield case.body + time
        for each in map(str.encode, ids):
            yield each + b"." + time + b"." + case.body
    for each in map(str.encode, ids):
        yield each + b"." + case.body
        yield each + case.body


def _with_address(case: Case) -> Iterator[bytes]:
    host = case.header("host") or case.header("x-forwarded-host")
    if host is None:
        return
    for scheme in ("https://", "http://"):
        for path in dict.fromkeys((case.path, case.path.partition("?")[0])):
            address = f"{scheme}{host}{path}".encode("latin-1", "replace")
            yield address + case.body
            yield case.body + address
            yield b"POST" + address + case.body
    target = case.path.encode("latin-1", "replace")
    yield target + case.body
    yield b"POST" + target + case.body


def _with_headers(case: Case) -> Iterator[bytes]:
    for name in ("topic", "shop-domain", "api-version"):
        if value := case.shopify(name):
            before = value.encode("utf-8", "replace")
            yield before + case.body
            yield case.body + before
            yield before + b"." + case.body
            yield before + b":" + case.body


OTHER_SCHEMES: Final = tuple(
    scheme.mistake()
    for scheme in (
        _Scheme(
            "signed-with-time",
            "an id or a time before it, as Stripe, Slack and Standard Webhooks sign",
            _with_time,
        ),
        _Scheme(
            "signed-with-address", "the endpoint's address, as Square, Twilio and Trello sign", _with_address
        ),
        _Scheme("signed-with-header", "the value of a header (topic, shop)", _with_headers),
    )
)
