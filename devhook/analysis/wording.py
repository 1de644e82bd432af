"""Puts readings into words, the same in every output: signs, verdicts, values.

The result may contain text from strangers: an output passes it through `visible()` before showing it.
"""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from devhook.analysis.diff import Change, Kind
from devhook.analysis.verdict import Verdict
from devhook.text import counted, duration
from devhook.webhook.answer import Failure
from devhook.webhook.delivery import Signature

SIGNATURE_SIGNS: Final = {
    Signature.VALID: "✓",
    Signature.INVALID: "✗",
    Signature.MISSING: "!",
    Signature.UNCHECKED: "?",
}
NOT_FORWARDED: Final = {
    Signature.INVALID: "Not forwarded: its signature is invalid.",
    Signature.MISSING: "Not forwarded: it has no signature.",
}
"""Why a target does not get a delivery; `devhook listen --forward all` forwards it."""


class VerdictWords(NamedTuple):
    """How a verdict is shown: its sign in the timeline, and its meaning in a sentence without a full stop."""

    sign: str
    meaning: str


VERDICTS: Final = {
    Verdict.FIRST: VerdictWords("◆", "No earlier version of this order, product, customer … is in the inbox"),
    Verdict.CHANGED: VerdictWords("●", "This many fields differ from the previous version"),
    Verdict.UNCHANGED: VerdictWords("○", "Only times differ; with a ?, the detail lists likely causes"),
    Verdict.DUPLICATE: VerdictWords("=", "Its Webhook-Id arrived before: handle it once"),
    Verdict.LATE: VerdictWords("!", "A newer version arrived before it: do not overwrite that one"),
}
KIND_SIGNS: Final = {Kind.CHANGED: "~", Kind.ADDED: "+", Kind.REMOVED: "-"}

# `total_price` stands in `total_price_set` too, in the shop's currency and in the buyer's.
_MIRRORS: Final = ("_set/shop_money/amount", "_set/presentment_money/amount")

# The fields that identify an item for people, best first.
_TELLING: Final = ("name", "title", "sku", "code", "number", "tracking_number", "amount", "status", "id")


def verdict_words(
    signature: Signature, verdict: Verdict | None, changes: int, original: int | None = None
) -> str:
    """Return the verdict for the list: `3 changes`, `first`, `duplicate of 41`, `bad signature`."""
    if signature is Signature.INVALID:
        return "bad signature"
    if signature is Signature.MISSING:
        return "no signature"
    if verdict is Verdict.CHANGED:
        return counted(changes, "change") if changes else "changed"
    if verdict is Verdict.DUPLICATE and original is not None:
        return f"duplicate of {original}"
    return verdict.value if verdict else ""


def happened_words(
    summary: str, signature: Signature, verdict: Verdict | None, changes: int, original: int | None = None
) -> str:
    """Return what happened in words; before the delivery is read, what its signature says."""
    return summary or verdict_words(signature, verdict, changes, original)


def answer_words(status: int | None, seconds: float, failure: Failure | None) -> str:
    """What an endpoint answered and how fast: `200 in 41 ms`, `connection refused`, `500 broken off`."""
    took = duration(seconds)
    if failure is None:
        return f"{status} in {took}"
    return f"{status or ''} {failure.words}{f' in {took}' if failure.by_time else ''}".strip()


def without_mirrors(changes: Sequence[Change]) -> list[tuple[Change, bool]]:
    """Return the changes without repeated amounts, each with whether its money set repeats it.

    An amount that changes with its `…_set` would be listed three times. A set whose amounts differ from it,
    in another currency, is listed.
    """
    told = {change.pointer: (change.kind, change.before, change.after) for change in changes}
    mirrored: set[str] = set()
    for change in changes:
        said = (change.kind, change.before, change.after)
        mirrored.update(
            change.pointer + mirror for mirror in _MIRRORS if told.get(change.pointer + mirror) == said
        )
    return [
        (change, any(change.pointer + mirror in mirrored for mirror in _MIRRORS))
        for change in changes
        if change.pointer not in mirrored
    ]


def change_words(change: Change, width: int = 60) -> str:
    """Return a change on one line: `~ financial_status  "pending" → "paid"`."""
    sign = KIND_SIGNS[change.kind]
    if change.kind is Kind.ADDED:
        return f"{sign} {change.path}  {value_words(change.after, width)}"
    if change.kind is Kind.REMOVED:
        return f"{sign} {change.path}  {value_words(change.before, width)}"
    half = width // 2
    return f"{sign} {change.path}  {value_words(change.before, half)} → {value_words(change.after, half)}"


def value_words(value: Any, width: int = 60) -> str:
    """Return a value in at most `width` characters: scalars as JSON, objects by their identifying fields."""
    match value:
        case dict():
            told = [f"{key}: {_scalar(value[key])}" for key in _TELLING if _is_telling(value.get(key))][:2]
            told = told or [str(key) for key in value][:4]
            more = [] if len(told) == len(value) else ["…"]
            text = f"{{{', '.join(told + more)}}}"
        case list():
            text = "[]" if not value else f"[{counted(len(value), 'item')}]"
        case _:
            text = _scalar(value)
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"


def _is_telling(value: Any) -> bool:
    return isinstance(value, str | int | Decimal) and not isinstance(value, bool) and value != ""


def _scalar(value: Any) -> str:
    if isinstance(value, Decimal | float):
        return str(value)
    return json.dumps(value, ensure_ascii=False)
