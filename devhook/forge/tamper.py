"""The ways to tamper with a delivery: what each does, which answer it requires, and its function.

A kind is one `Tamper` in `TAMPERS`, which the options, the help, the screen, the scenarios and the probe
read. The required answers are those of https://shopify.dev/docs/apps/build/webhooks/verify-deliveries and,
where that page names none, those of Shopify's own libraries.
"""

import base64
import gzip
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from pydantic import SecretStr

from devhook.forge.request import XML, SignedRequest, body_of
from devhook.forge.shopify_headers import SIGNATURE_HEADER, TOPIC_HEADER, TRIGGERED_AT_HEADER
from devhook.text import byte_size
from devhook.webhook.payload import Unreadable, read, read_json

HUGE_BYTES: Final = 6 * 2**20
"""The bytes of a huge body. devhook's own receiver accepts 5 MiB."""

_CONTENT_TYPE: Final = "Content-Type"
_EARLIER: Final = timedelta(days=1)
_BETWEEN_ELEMENTS: Final = re.compile(rb">\s+<")
# A digit of an amount in JSON or XML, which an attacker would change: first of an order's total.
_DIGITS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rb"""total[_-]price(?:":"|[^<>]*>)(\d)""",
        rb"""(?:price|amount)(?:":"|[^<>]*>)(\d)""",
        rb"""(\d)\D*\Z""",
    )
)
_ACCEPTED: Final = range(200, 300)
_REFUSED: Final = range(400, 500)
_UNAUTHORIZED: Final = range(401, 402)
_BAD_REQUEST: Final = range(400, 401)

Request = TypeVar("Request", bound=SignedRequest)


@dataclass(frozen=True, kw_only=True)
class TamperContext:
    """What tampering needs besides the request.

    - `secret`: the app's secret.
    - `other_secret`: a secret that is not the app's.
    - `triggered_at`: the Triggered-At of the delivery that the request is composed from; None: no delivery.
    """

    secret: SecretStr
    other_secret: SecretStr
    triggered_at: str | None = None


@dataclass(frozen=True, kw_only=True)
class Tamper:
    """One way to tamper with a delivery.

    - `name`: its name on the command line, on the screen and in a scenario.
    - `effect`: what it does, in words.
    - `wanted`: the required answer in words; `statuses`: the same as status codes.
    - `change`: returns the request that is sent instead.
    - `needs_secret`: whether the app's secret must be known.
    - `copies`: how many times the request is sent.
    - `genuine`: whether Shopify itself sends such deliveries, and therefore retries them.
    """

    name: str
    effect: str
    wanted: str
    statuses: tuple[range, ...]
    change: Callable[[SignedRequest, TamperContext], SignedRequest]
    needs_secret: bool = True
    copies: int = 1
    genuine: bool = False

    def requests(self, request: Request, context: TamperContext) -> tuple[Request, ...]:
        """Return the requests that replace `request`, which is signed with the secret of `context`."""
        changed = self.change(request, context)
        return (replace(request, headers=changed.headers, body=changed.body),) * self.copies

    def fits(self, status: int | None) -> bool:
        """Return whether `status` is a required answer."""
        return status is not None and any(status in each for each in self.statuses)


def _body(request: SignedRequest, _: TamperContext) -> SignedRequest:
    """Change a digit of an amount, else the last digit, else the last byte. The length stays."""
    found = next(filter(None, (digit.search(request.body) for digit in _DIGITS)), None)
    if found is None:
        return replace(request, body=request.body[:-1] + b" " if request.body else b"")
    position = found.start(1)
    digit = b"%d" % (int(found[1]) % 9 + 1)
    return replace(request, body=request.body[:position] + digit + request.body[position + 1 :])


def _signature(request: SignedRequest, _: TamperContext) -> SignedRequest:
    signature = request.value(SIGNATURE_HEADER) or ""
    return request.with_header(SIGNATURE_HEADER, ("B" if signature.startswith("A") else "A") + signature[1:])


def _secret(request: SignedRequest, context: TamperContext) -> SignedRequest:
    return request.signed_with(context.other_secret)


def _missing_signature(request: SignedRequest, _: TamperContext) -> SignedRequest:
    return request.with_header(SIGNATURE_HEADER, None)


def _missing_topic(request: SignedRequest, _: TamperContext) -> SignedRequest:
    return request.with_header(TOPIC_HEADER, None)


def _hex(request: SignedRequest, _: TamperContext) -> SignedRequest:
    return request.with_header(
        SIGNATURE_HEADER, base64.b64decode(request.value(SIGNATURE_HEADER) or "").hex()
    )


def _re_serialised(request: SignedRequest, _: TamperContext) -> SignedRequest:
    """Parse the body and write it again, as some proxies and frameworks do."""
    body = request.body
    if request.value(_CONTENT_TYPE) == XML:
        again = _BETWEEN_ELEMENTS.sub(b"><", body)
    else:
        try:
            again = json.dumps(read_json(body), ensure_ascii=False, default=float).encode(
                "utf-8", "backslashreplace"
            )
        except Unreadable:
            again = body
    return replace(request, body=again if again != body else body + b"\n")


def _stale(request: SignedRequest, context: TamperContext) -> SignedRequest:
    triggered_at = request.value(TRIGGERED_AT_HEADER) or ""
    earlier = _a_day_before(context.triggered_at or "") or _a_day_before(triggered_at) or triggered_at
    request = request.with_header(TRIGGERED_AT_HEADER, earlier)
    content_type = request.value(_CONTENT_TYPE) or ""
    try:
        document = read(request.body, content_type)
    except Unreadable:
        return request
    updated_at = document.get("updated_at") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(updated_at, str):
        return request
    document = {**document, "updated_at": _a_day_before(updated_at) or updated_at}
    body = body_of(document, request.value(TOPIC_HEADER) or "", content_type)
    return replace(request, body=body).signed_with(context.secret)


def _a_day_before(instant: str) -> str | None:
    """Return an instant a day earlier, in the same notation; None for text that is not an instant."""
    second, rest = instant[:19], instant[19:]
    try:
        return (datetime.fromisoformat(second) - _EARLIER).isoformat(timespec="seconds") + rest
    except (ValueError, OverflowError):
        return None


def _duplicate(request: SignedRequest, _: TamperContext) -> SignedRequest:
    return request


def _empty(request: SignedRequest, context: TamperContext) -> SignedRequest:
    return replace(request, body=b"").signed_with(context.secret)


def _gzip(request: SignedRequest, _: TamperContext) -> SignedRequest:
    names = [name.lower() for name, _ in request.headers]
    place = names.index(_CONTENT_TYPE.lower()) + 1 if _CONTENT_TYPE.lower() in names else 0
    headers = (*request.headers[:place], ("Content-Encoding", "gzip"), *request.headers[place:])
    return replace(request, headers=headers, body=gzip.compress(request.body, mtime=0))


def _huge(request: SignedRequest, context: TamperContext) -> SignedRequest:
    return replace(request, body=request.body.ljust(HUGE_BYTES)).signed_with(context.secret)


BODY: Final = Tamper(
    name="body",
    effect="one byte of the body altered after signing",
    wanted="401",
    statuses=(_UNAUTHORIZED,),
    change=_body,
)
SIGNATURE: Final = Tamper(
    name="signature",
    effect="one character of the signature altered",
    wanted="401",
    statuses=(_UNAUTHORIZED,),
    change=_signature,
)
SECRET: Final = Tamper(
    name="secret",
    effect="signed with another secret",
    wanted="401",
    statuses=(_UNAUTHORIZED,),
    change=_secret,
    needs_secret=False,
)
MISSING_SIGNATURE: Final = Tamper(
    name="missing-signature",
    effect="no X-Shopify-Hmac-Sha256",
    wanted="401 or 400",
    statuses=(_UNAUTHORIZED, _BAD_REQUEST),
    change=_missing_signature,
    needs_secret=False,
)
MISSING_TOPIC: Final = Tamper(
    name="missing-topic",
    effect="no X-Shopify-Topic, signed correctly",
    wanted="4xx",
    statuses=(_REFUSED,),
    change=_missing_topic,
)
HEX: Final = Tamper(
    name="hex",
    effect="the signature in hexadecimal, not base64",
    wanted="401",
    statuses=(_UNAUTHORIZED,),
    change=_hex,
)
RE_SERIALISED: Final = Tamper(
    name="re-serialised",
    effect="the body parsed and written again after signing",
    wanted="401",
    statuses=(_UNAUTHORIZED,),
    change=_re_serialised,
)
STALE: Final = Tamper(
    name="stale",
    effect="times a day earlier, signed correctly",
    wanted="2xx, without effect",
    statuses=(_ACCEPTED,),
    change=_stale,
)
DUPLICATE: Final = Tamper(
    name="duplicate",
    effect="sent twice with one Webhook-Id",
    wanted="2xx, one effect",
    statuses=(_ACCEPTED,),
    change=_duplicate,
    copies=2,
    genuine=True,
)
EMPTY: Final = Tamper(
    name="empty",
    effect="an empty body, signed correctly",
    wanted="4xx",
    statuses=(_REFUSED,),
    change=_empty,
)
GZIP: Final = Tamper(
    name="gzip",
    effect="the body compressed after signing",
    wanted="2xx or 4xx",
    statuses=(_ACCEPTED, _REFUSED),
    change=_gzip,
)
HUGE: Final = Tamper(
    name="huge",
    effect=f"{byte_size(HUGE_BYTES)} with blanks at the end, signed correctly",
    wanted="2xx or 4xx",
    statuses=(_ACCEPTED, _REFUSED),
    change=_huge,
)

TAMPERS: Final[Mapping[str, Tamper]] = {
    tamper.name: tamper
    for tamper in (
        *(BODY, SIGNATURE, SECRET, MISSING_SIGNATURE, MISSING_TOPIC, HEX),
        *(RE_SERIALISED, STALE, DUPLICATE, EMPTY, GZIP, HUGE),
    )
}
"""All ways to tamper by name, in the order of the help."""
