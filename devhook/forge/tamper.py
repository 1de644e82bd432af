"""A delivery spoiled on purpose: how each of the ways is done."""

import base64
import gzip
import json
import re
from datetime import datetime, timedelta
from typing import Final

from pydantic import SecretStr

from devhook.forge.effects import HUGE, Tamper
from devhook.forge.forge import Forged, forge
from devhook.forge.shopify_headers import SIGNATURE_HEADER, Headers
from devhook.forge.source import XML
from devhook.forge.tampering import tampered
from devhook.webhook.payload import Document, Unreadable, read_json
from devhook.webhook.signature import sign

_TOPIC_HEADER: Final = "X-Shopify-Topic"
_CONTENT_TYPE: Final = "Content-Type"
_ENCODED: Final = ("Content-Encoding", "gzip")
_EARLIER: Final = timedelta(days=1)
_BETWEEN_ELEMENTS: Final = re.compile(rb">\s+<")


def spoiled(
    forged: Forged,
    document: Document,
    tamper: Tamper,
    *,
    secret: SecretStr,
    other_secret: SecretStr,
    made_of: str | None = None,
) -> tuple[Forged, ...]:
    """Return what is sent in place of `forged`, which delivers `document` and is signed with `secret`.

    `other_secret` is one that is not the app's. `made_of` is the Triggered-At of the delivery that it was
    made of, where there is one.
    """
    match tamper:
        case Tamper.DUPLICATE:
            return forged, forged
        case Tamper.STALE:
            return (_stale(forged, document, secret, made_of),)
        case Tamper.EMPTY:
            return (_signed(forged, b"", secret),)
        case Tamper.HUGE:
            return (_signed(forged, forged.body.ljust(HUGE), secret),)
        case Tamper.SECRET:
            return (_signed(forged, forged.body, other_secret),)
        case _:
            return (_spoiled_after_signing(forged, tamper),)


def _spoiled_after_signing(forged: Forged, tamper: Tamper) -> Forged:
    headers, body = forged.headers, forged.body
    signature = dict(headers)[SIGNATURE_HEADER]
    match tamper:
        case Tamper.BODY:
            body = tampered(body)
        case Tamper.RE_SERIALISED:
            body = _written_again(body, forged.heading.content_type)
        case Tamper.GZIP:
            body = gzip.compress(body, mtime=0)
            at = [name for name, _ in headers].index(_CONTENT_TYPE) + 1
            headers = (*headers[:at], _ENCODED, *headers[at:])
        case Tamper.SIGNATURE:
            headers = _with(headers, SIGNATURE_HEADER, ("B" if signature[0] == "A" else "A") + signature[1:])
        case Tamper.HEX:
            headers = _with(headers, SIGNATURE_HEADER, base64.b64decode(signature).hex())
        case Tamper.MISSING_SIGNATURE:
            headers = _with(headers, SIGNATURE_HEADER, None)
        case _:
            headers = _with(headers, _TOPIC_HEADER, None)
    return forged.model_copy(update={"headers": headers, "body": body})


def _stale(forged: Forged, document: Document, secret: SecretStr, made_of: str | None) -> Forged:
    earlier = _a_day_before(made_of or "") or _a_day_before(forged.heading.triggered_at)
    heading = forged.heading.model_copy(update={"triggered_at": earlier or forged.heading.triggered_at})
    if isinstance(document, dict) and isinstance(document.get("updated_at"), str):
        before = _a_day_before(document["updated_at"])
        return forge({**document, "updated_at": before or document["updated_at"]}, heading, secret)
    return forge(document, heading, secret, bytes_as_they_came=forged.body)


def _a_day_before(instant: str) -> str | None:
    """Return an instant as it is written (its fraction, its zone), a day earlier; None where it is none."""
    second, rest = instant[:19], instant[19:]
    try:
        return (datetime.fromisoformat(second) - _EARLIER).isoformat(timespec="seconds") + rest
    except (ValueError, OverflowError):
        return None


def _signed(forged: Forged, body: bytes, secret: SecretStr) -> Forged:
    signature = sign(secret.get_secret_value(), body)
    return forged.model_copy(
        update={"headers": _with(forged.headers, SIGNATURE_HEADER, signature), "body": body}
    )


def _with(headers: Headers, name: str, value: str | None) -> Headers:
    """Return the headers with another value for `name`, or without it."""
    kept = ((each, value if each == name else former) for each, former in headers)
    return tuple((each, text) for each, text in kept if text is not None)


def _written_again(body: bytes, content_type: str) -> bytes:
    """Return what something between Shopify and the endpoint makes of a body that it parses and writes."""
    if content_type == XML:
        again = _BETWEEN_ELEMENTS.sub(b"><", body)
    else:
        try:
            again = json.dumps(read_json(body), ensure_ascii=False, default=float).encode(
                "utf-8", "backslashreplace"
            )
        except Unreadable:
            again = body
    return again if again != body else body + b"\n"
