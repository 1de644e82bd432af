"""Checks of the body: whatever Shopify may write into one is taken."""

from typing import Any, Final

from devhook.probe.bench import Bench
from devhook.probe.check import RAW_BODY, REFERENCE, STRUCTURE, Evaluation, check, expect_accepted
from devhook.webhook.payload import write_json

_SLASH: Final = "and/or 1/2 https://example.com/a"
_MARKUP: Final = "<b>2 < 3</b> & 5 > 4 \u2028"
_EMOJI: Final = "Für Zoë 🎁 👩\u200d🚀 日本"
# The first integer that a double cannot hold, as JavaScript's numbers are.
_BEYOND_A_DOUBLE: Final = 2**53 + 1
# Less than a megabyte of 1024 × 1024, which many servers allow by default.
_LARGE: Final = 1_000_000
_FIRST_LINE_ID: Final = 522_284_985_000_000_001

_ENCODING: Final = (
    f"{RAW_BODY} Where a body is decoded at all, as UTF-8; where it is stored, as utf8mb4 in MySQL."
)
_NUMBERS: Final = f"{RAW_BODY} Ids go beyond 2^53: keep them as text or as 64-bit integers, not as doubles."


@check(
    "escaped-slash",
    r"A body in which / is written \/, as Shopify writes it, is answered with 2xx.",
    STRUCTURE,
)
async def _escaped_slash(bench: Bench) -> Evaluation:
    r"""In Shopify's byte form every `/` is `\/`."""
    return await _with_note(bench, _SLASH, r"signed, with \/ in its note")


@check(
    "escaped-markup",
    r"A body in which < > & are written \u003c \u003e \u0026 is answered with 2xx.",
    STRUCTURE,
)
async def _escaped_markup(bench: Bench) -> Evaluation:
    return await _with_note(bench, _MARKUP, r"signed, with \u003c \u003e \u0026 \u2028 in its note")


@check("emoji", "A body with emoji and other raw UTF-8 is answered with 2xx.", STRUCTURE)
async def _emoji(bench: Bench) -> Evaluation:
    return await _with_note(bench, _EMOJI, "signed, with emoji in its note", refused=_ENCODING)


@check("big-integers", "A body with an id beyond 2^53 is answered with 2xx.", REFERENCE)
async def _big_integers(bench: Bench) -> Evaluation:
    document = bench.samples.document(id=_BEYOND_A_DOUBLE)
    request = bench.samples.delivery(document, how=f"signed, with the id {_BEYOND_A_DOUBLE}")
    return expect_accepted(await bench.send(request), refused=_NUMBERS)


@check("large-body", "A body of 1 MB is answered with 2xx: no limit is documented.", STRUCTURE)
async def _large_body(bench: Bench) -> Evaluation:
    return expect_accepted(await bench.send(bench.samples.delivery(_grown(bench.samples.document()))))


async def _with_note(bench: Bench, note: str, how: str, *, refused: str = RAW_BODY) -> Evaluation:
    request = bench.samples.delivery(bench.samples.document(note=note), how=how)
    return expect_accepted(await bench.send(request), refused=refused)


def _grown(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with so many line items, or so long a note, that it is 1 MB."""
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
