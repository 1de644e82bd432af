"""The facts at hand that speak about a signature which no known mistake explains."""

from collections.abc import Callable
from typing import Final

from pydantic import BaseModel, ConfigDict

from devhook.signature_doctor.case import Case
from devhook.signature_doctor.containers import decompressed
from devhook.text import counted, listed

_REPLACEMENT: Final = "\ufffd".encode()
# Content-Encoding's codings that devhook undoes; https://www.iana.org/assignments/http-parameters lists all.
_UNDONE: Final = frozenset({"gzip", "x-gzip", "deflate"})
_RECORD_BYTES: Final = "Record the request again with a tool that keeps the bytes: devhook listen."


class Observation(BaseModel):
    """One fact about the delivery, and what to do about it. It contains no text from a stranger.

    `name`: for programs; a contract.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    what: str
    fix: str


def observations(case: Case) -> tuple[Observation, ...]:
    """Return what can be said about a signature that no mistake explains, the strongest fact first."""
    found = tuple(seen for look in _LOOKS if (seen := look(case)) is not None)
    if found:
        return found
    accepted = _app_accepted(case)
    return (accepted,) if accepted else ()


def _right_at_another_time(case: Case) -> Observation | None:
    same = [other.id for other in case.others if other.valid and other.body == case.body]
    if not same:
        return None
    return Observation(
        name="same-bytes-valid",
        what=f"Delivery {same[0]} has the same bytes and a valid signature, so it was the secret: this"
        " signature was made with another one, or it was made up.",
        fix="The sender's secret was changed in between, or two secrets are in use. Nothing to do if newer"
        " deliveries are valid.",
    )


def _other_bytes_valid(case: Case) -> Observation | None:
    valid = [other for other in case.others if other.valid and other.topic == case.shopify("topic")]
    if not valid or any(other.body == case.body for other in valid):
        return None
    return Observation(
        name="other-bytes-valid",
        what=f"Delivery {valid[0].id} has the same Webhook-Id, a valid signature and another body: this one"
        " was altered, or its headers belong to another message.",
        fix=f"Compare the two: devhook diff {valid[0].id} with this delivery.",
    )


def _body_lost(case: Case) -> Observation | None:
    if case.body:
        return None
    announced = case.content_length
    if announced:
        return Observation(
            name="body-lost",
            what=f"There is no body here although Content-Length is {announced:,}: nothing can be said of"
            " the signature.",
            fix=f"The recorder did not keep it. {_RECORD_BYTES}",
        )
    return Observation(
        name="body-empty",
        what="The body is empty: it was lost, or read already, before it got here. Nothing can be said of"
        " the signature.",
        fix="A body is read once: verify before a body parser, a logger or a proxy takes it.",
    )


def _made_lossy(case: Case) -> Observation | None:
    lost = case.body.count(_REPLACEMENT)
    if not lost:
        return None
    marks = f"The body contains {counted(lost, 'replacement character')} (U+FFFD)"
    if case.content_length is None or case.content_length == len(case.body):
        return Observation(
            name="body-lossy",
            what=f"{marks}. Most often something on its way put them in the place of bytes that it could not"
            " read, and then no signature holds.",
            fix="Keep the body as bytes from end to end: a proxy that makes text of it damages it.",
        )
    return Observation(
        name="body-lossy",
        what=f"{marks}, and Content-Length is {case.content_length:,} where there are"
        f" {counted(len(case.body), 'byte')}: the recorder damaged the body. Nothing can be said of the"
        " signature.",
        fix=_RECORD_BYTES,
    )


def _other_length(case: Case) -> Observation | None:
    announced, size = case.content_length, len(case.body)
    if announced is None or announced == size or not size or _REPLACEMENT in case.body:
        return None
    if case.header("transfer-encoding") or case.content_encodings:
        return None
    how = "its end is missing" if announced > size else "something was added"
    return Observation(
        name="other-length",
        what=f"Content-Length is {announced:,}, and the body has {counted(size, 'byte')}: {how}, or it was"
        " written again. It is not the body that was signed.",
        fix=_RECORD_BYTES,
    )


def _still_encoded(case: Case) -> Observation | None:
    codings = case.content_encodings
    if not codings or not case.body:
        return None
    foreign = [coding for coding in codings if coding not in _UNDONE]
    named = listed(codings, "and") if set(codings) <= _KNOWN_CODINGS else "a coding"
    if foreign and case.document is None:
        return Observation(
            name="still-encoded",
            what=f"The body is still compressed (Content-Encoding: {named}), which devhook cannot undo. The"
            " signature covers the decompressed body.",
            fix="Check the body once it is decompressed (brotli -d, zstd -d), or send it plain.",
        )
    if case.document is not None or not any(decompressed(case.body)):
        return Observation(
            name="not-encoded",
            what=f"Content-Encoding is {named}, and the body is not compressed: something decompressed it on"
            " its way, and may have written it again.",
            fix="Shopify compresses nothing. Find the proxy that does, and switch it off for this route.",
        )
    return Observation(
        name="encoded",
        what=f"The body is compressed (Content-Encoding: {named}), and what it contains does not have this"
        " signature either.",
        fix="Shopify compresses nothing: verify before the proxy that compresses, or without it.",
    )


def _app_accepted(case: Case) -> Observation | None:
    accepted = [status for status in case.answers if 200 <= status <= 299]  # noqa: PLR2004 - the range is the definition
    if not accepted:
        return None
    return Observation(
        name="app-accepted",
        what=f"It was answered {accepted[0]}: what answered knows a secret that devhook does not, or checks"
        " no signatures.",
        fix="If it was your app, give devhook the secret that it verifies with; devhook probe URL shows"
        " whether it checks.",
    )


_KNOWN_CODINGS: Final = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz", *_UNDONE})
_LOOKS: Final[tuple[Callable[[Case], Observation | None], ...]] = (
    _body_lost,
    _right_at_another_time,
    _made_lossy,
    _still_encoded,
    _other_length,
    _other_bytes_valid,
)
