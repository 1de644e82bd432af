"""Puts readings into words, the same in every output: signs, verdicts, values.

The result may contain text from strangers: an output passes it through `visible()` before showing it.
"""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from devhook.analysis.comparison import MORE, Unlisted
from devhook.analysis.diff import Change, Kind
from devhook.analysis.verdict import Reading, Verdict
from devhook.text import counted, duration, in_common, told_apart
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
    Verdict.UNCHANGED: VerdictWords("○", "Only times differ; the detail lists likely causes"),
    Verdict.DUPLICATE: VerdictWords("=", "Its Webhook-Id arrived before: handle it once"),
    Verdict.LATE: VerdictWords("!", "A newer version arrived before it: do not overwrite that one"),
}
KIND_SIGNS: Final = {Kind.CHANGED: "~", Kind.ADDED: "+", Kind.REMOVED: "-"}

# `total_price` stands in `total_price_set` too, in the shop's currency and in the buyer's.
_MIRRORS: Final = ("_set/shop_money/amount", "_set/presentment_money/amount")

# How much of what two long texts begin with in common is kept, to recognise the place by.
_LEAD: Final = 16
_QUOTES: Final = 2
# The fields that identify an item for people, best first.
_TELLING: Final = ("name", "title", "sku", "code", "number", "tracking_number", "amount", "status", "id")


def verdict_words(
    signature: Signature,
    verdict: Verdict | None,
    changes: int,
    original: int | None = None,
    *,
    unreadable: bool = False,
) -> str:
    """Return the verdict for the list: `3 changes`, `first`, `duplicate of 41`, `bad signature`.

    A payload that is `unreadable` is neither the first nor a changed one.
    """
    if signature is Signature.INVALID:
        return "bad signature"
    if signature is Signature.MISSING:
        return "no signature"
    if unreadable and verdict is not Verdict.DUPLICATE:
        return "unreadable"
    if verdict is Verdict.CHANGED:
        return counted(changes, "change") if changes else "changed"
    if verdict is Verdict.DUPLICATE and original is not None:
        return f"duplicate of {original}"
    return verdict.value if verdict else ""


def oddities(reading: Reading | None) -> list[str]:
    """Return what is wrong with a request and its body, apart from its signature, in sentences."""
    if reading is None:
        return []
    repeated = [
        f"{change.path} occurs more than once in the body: {value_words(change.before)}, and at last"
        f" {value_words(change.after)}, which counts here. Parsers differ in which one they take."
        for change in reading.repeated
    ]
    return [*reading.remarks, *repeated]


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
    before, after = both_words(change.before, change.after, half, half - _QUOTES)
    return f"{sign} {change.path}  {before} → {after}"


def both_words(before: Any, after: Any, width: int, whole: int) -> tuple[str, str]:
    """Return two values that differ, each in at most `width` characters, so that they can be told apart.

    Characters that hide the difference are spelled. Of two texts of more than `whole` characters that begin
    alike, the part is returned where they begin to differ.
    """
    if isinstance(before, str) and isinstance(after, str):
        before, after = told_apart(before, after)
        if max(len(before), len(after)) > whole:
            common = in_common(before, after)
            if common > 2 * _LEAD:
                before, after = (f"…{text[common - _LEAD :]}" for text in (before, after))
    return value_words(before, width), value_words(after, width)


def unlisted_words(unlisted: Sequence[Unlisted]) -> str:
    """Return how many changes are not listed, by part; empty if all are listed."""
    if not unlisted:
        return ""
    total = sum(each.number for each in unlisted)
    named = ", ".join(f"{each.number:,} in {each.part or 'other parts'}" for each in unlisted)
    return f"{total:,} more {'change is' if total == 1 else 'changes are'} not listed: {named}."


def noise_words(noise: Iterable[Change], unlisted: int = 0) -> str:
    """Return the paths of the noise fields: `updated_at, line_items[TEE-M].updated_at`."""
    paths = list(dict.fromkeys(change.path for change in noise))
    return ", ".join([*paths, f"{unlisted:,} more"] if unlisted else paths)


def value_words(value: Any, width: int = 60) -> str:
    """Return a value in at most `width` characters: scalars as JSON, objects by their identifying fields."""
    match value:
        case dict():
            told = [f"{key}: {_scalar(value[key])}" for key in _TELLING if _is_telling(value.get(key))][:2]
            told = told or [str(key) for key in value][:4]
            more = [] if len(told) == len(value) else ["…"]
            text = f"{{{', '.join(told + more)}}}"
        case list():
            text = "[]" if not value else f"[{_items(value)}]"
        case _:
            text = _scalar(value)
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"


def _items(value: list[Any]) -> str:
    return f"more than {len(value) - 1:,} items" if value[-1] == MORE else counted(len(value), "item")


def _is_telling(value: Any) -> bool:
    return isinstance(value, str | int | Decimal) and not isinstance(value, bool) and value != ""


def _scalar(value: Any) -> str:
    if isinstance(value, Decimal | float):
        return str(value)
    return json.dumps(value, ensure_ascii=False)
