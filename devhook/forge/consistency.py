"""A payload that was altered by hand brought in line with itself: sums, money sets, ids, times.

What was altered by hand stays as it was typed, whatever would follow from the rest.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from devhook.analysis.diff import Change, Kind, compare
from devhook.forge.amounts import amount_in, amount_of, places_of, set_amount, written
from devhook.forge.order_totals import update_order, update_refund
from devhook.json_pointer import walk
from devhook.webhook.document import Document

_SHOPS: Final = frozenset({"shop_domain", "myshopify_domain"})
# A number below could be a quantity: two of them that are equal need not mean the same thing.
_SMALLEST_ID: Final = 10_000
_GID: Final = "gid://shopify/"


def consistent(
    former: Document, document: Document, *, moment: datetime, shop: str | None = None
) -> Document:
    """Return `document`, altered from `former`, with what depends on the alterations following them.

    In an order: counts and sums of lines, discounts, taxes, shipping and the whole (see `order_totals`); what
    was paid stays paid. In any payload: each `…_set` follows the amount beside it, an id that was replaced is
    replaced wherever it stands, `updated_at` is `moment` in the payload's own time zone, and the fields that
    name the shop name `shop`.
    """
    altered = compare(former, document)
    made = deepcopy(document)
    _follow_ids(altered, made)
    for before, body in _bodies(former, made):
        if isinstance(body.get("line_items"), list):
            update_order(before, body)
        for was, refund in zip(_refunds(before), _refunds(body), strict=False):
            update_refund(was, refund)
        _touch(before, body, moment)
    if shop and isinstance(made, dict):
        made.update(dict.fromkeys(_SHOPS & made.keys(), shop))
    _restore(altered, made)
    _follow_sets(former, made)
    _restore(altered, made)
    return made


def _bodies(former: Document, document: Document) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The resource itself, or what wraps it (`{"order_edit": {…}}`) and it."""
    if isinstance(former, dict) and isinstance(document, dict):
        yield former, document
        if len(document) == 1:
            (key,) = document
            yield from _bodies(former.get(key), document[key])


def _refunds(body: dict[str, Any]) -> list[dict[str, Any]]:
    if "refund_line_items" in body:
        return [body]
    refunds = body.get("refunds")
    return [each for each in refunds if isinstance(each, dict)] if isinstance(refunds, list) else []


def _touch(former: dict[str, Any], body: dict[str, Any], moment: datetime) -> None:
    """Have `updated_at` say the moment, in the zone that it was written in."""
    said = former.get("updated_at")
    if not isinstance(said, str) or "updated_at" not in body:
        return
    try:
        zone = datetime.fromisoformat(said).tzinfo or UTC
    except ValueError:
        zone = UTC
    now = moment.astimezone(zone).isoformat(timespec="milliseconds" if "." in said else "seconds")
    body["updated_at"] = now.replace("+00:00", "Z") if said.endswith("Z") else now


def _follow_ids(altered: Iterable[Change], document: Document) -> None:
    """Replace an id that was altered wherever else it stands: as a number, as a part of a global id."""
    replaced = {
        change.before: change.after
        for change in altered
        if change.kind is Kind.CHANGED
        and change.steps[-1:] == ("id",)
        and type(change.before) is int
        and type(change.after) is int
    }
    if not replaced:
        return
    for holder, key in _places(document):
        value = holder[key]
        if type(value) is int and value >= _SMALLEST_ID:
            holder[key] = replaced.get(value, value)
        elif type(value) is str and value.startswith(_GID):
            own = key == "admin_graphql_api_id"
            holder[key] = _other_gid(value, replaced, smallest=0 if own else _SMALLEST_ID)


def _other_gid(gid: str, replaced: Mapping[int, int], *, smallest: int) -> str:
    kind, _, number = gid.rpartition("/")
    if not number.isascii() or not number.isdecimal() or int(number) < smallest:
        return gid
    return f"{kind}/{replaced.get(int(number), number)}"


def _follow_sets(former: Document, document: Document) -> None:
    """Let each money set say what the amount beside it says, where that amount changed or is new."""
    for change in compare(former, document):
        place = walk(document, change.pointer)
        if change.kind is Kind.REMOVED or place is None:
            continue
        holder, key = place
        for inner, name in ((holder, key), *_places(holder[key])):
            _mirror(inner, name)


def _mirror(holder: Any, key: Any) -> None:
    beside = holder.get(f"{key}_set") if isinstance(holder, dict) and isinstance(key, str) else None
    value = holder[key]
    if not isinstance(value, str | Decimal | int) or isinstance(value, bool):
        return
    said = amount_in(beside)
    if isinstance(beside, dict) and said is not None:
        coin = places_of(str(said))
        if written(amount_of(value), coin) != said:
            set_amount(beside, amount_of(value), coin)


def _restore(altered: Iterable[Change], document: Document) -> None:
    """Put back what was typed by hand."""
    for change in altered:
        # A tag's pointer leads to the whole list of tags.
        is_tag = len(change.steps) != change.pointer.count("/")
        if change.kind is Kind.REMOVED or is_tag or isinstance(change.after, dict | list):
            continue
        if (place := walk(document, change.pointer)) is not None:
            holder, key = place
            holder[key] = change.after


def _places(document: Document) -> Iterator[tuple[Any, Any]]:
    """Every field and item within, each as its container and its key or index there."""
    pending = [document]
    while pending:
        holder = pending.pop()
        if type(holder) is dict or type(holder) is list:
            for key in list(holder) if type(holder) is dict else range(len(holder)):
                yield holder, key
                pending.append(holder[key])
