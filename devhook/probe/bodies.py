"""Checks of the body: an endpoint accepts whatever Shopify writes into one."""

from typing import Any, Final

from devhook.probe.check import RAW_BODY, REFERENCE, STRUCTURE, Evaluation, check, expect_accepted
from devhook.probe.endpoint import ProbeEndpoint
from devhook.webhook.payload import write_json

_SLASH: Final = "and/or 1/2 https://example.com/a"
_MARKUP: Final = "<b>2 < 3</b> & 5 > 4 \u2028"
_EMOJI: Final = "Für Zoë 🎁 👩\u200d🚀 日本"
# The first integer that a double, JavaScript's number type, cannot represent.
_BEYOND_A_DOUBLE: Final = 2**53 + 1
# Less than 1024 × 1024 bytes, the default limit of many servers.
_LARGE: Final = 1_000_000
_FIRST_LINE_ID: Final = 522_284_985_000_000_001

_ENCODING: Final = f"{RAW_BODY} Decode bodies as UTF-8, and store them as utf8mb4 in MySQL."
_NUMBERS: Final = f"{RAW_BODY} Ids exceed 2^53: store them as text or as 64-bit integers, not as doubles."


@check(
    "escaped-slash",
    r"A body in which / is written \/, as Shopify writes it, is answered with 2xx.",
    STRUCTURE,
)
async def _escaped_slash(endpoint: ProbeEndpoint) -> Evaluation:
    r"""In Shopify's byte form every `/` is `\/`."""
    return await _with_note(endpoint, _SLASH, r"signed, with \/ in its note")


@check(
    "escaped-markup",
    r"A body in which < > & are written \u003c \u003e \u0026 is answered with 2xx.",
    STRUCTURE,
)
async def _escaped_markup(endpoint: ProbeEndpoint) -> Evaluation:
    return await _with_note(endpoint, _MARKUP, r"signed, with \u003c \u003e \u0026 \u2028 in its note")


@check("emoji", "A body with emoji and other raw UTF-8 is answered with 2xx.", STRUCTURE)
async def _emoji(endpoint: ProbeEndpoint) -> Evaluation:
    return await _with_note(endpoint, _EMOJI, "signed, with emoji in its note", refused=_ENCODING)


@check("big-integers", "A body with an id beyond 2^53 is answered with 2xx.", REFERENCE)
async def _big_integers(endpoint: ProbeEndpoint) -> Evaluation:
    document = endpoint.samples.document(id=_BEYOND_A_DOUBLE)
    request = endpoint.samples.delivery(document, how=f"signed, with the id {_BEYOND_A_DOUBLE}")
    return expect_accepted(await endpoint.send(request), refused=_NUMBERS)


@check("large-body", "A body of 1 MB is answered with 2xx: no limit is documented.", STRUCTURE)
async def _large_body(endpoint: ProbeEndpoint) -> Evaluation:
    return expect_accepted(
        await endpoint.send(endpoint.samples.delivery(_grown(endpoint.samples.document())))
    )


async def _with_note(endpoint: ProbeEndpoint, note: str, how: str, *, refused: str = RAW_BODY) -> Evaluation:
    request = endpoint.samples.delivery(endpoint.samples.document(note=note), how=how)
    return expect_accepted(await endpoint.send(request), refused=refused)


def _grown(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with enough line items, or a long enough note, to be 1 MB."""
    lines = document.get("line_items")
    if not lines:
        return {**document, "note": "x" * _LARGE}
    line = lines[0]
    missing = _LARGE // len(write_json(line)) + 1
    more = [{**line, "id": _FIRST_LINE_ID + number} for number in range(missing)]
    return {**document, "line_items": [*lines, *more]}


BODIES: Final = (
    _escaped_slash,
    _escaped_markup,
    _emoji,
    _big_integers,
    _large_body,
)
