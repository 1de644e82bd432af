"""Makes an edited payload consistent: updates the sums, money sets, ids and times that depend on the edits.

The edited fields themselves keep the values that were typed.
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
# A smaller number may be a quantity, which can equal an id by chance.
_SMALLEST_ID: Final = 10_000
_GID: Final = "gid://shopify/"


def consistent(
    former: Document, document: Document, *, moment: datetime, shop: str | None = None
) -> Document:
    """Return `document`, which was edited from `former`, with all dependent fields updated.

    In an order: counts and sums of lines, discounts, taxes, shipping and the order (see `order_totals`);
    payments stay. In any payload: each `…_set` gets the amount beside it, a replaced id is replaced
    everywhere, `updated_at` becomes `moment` in the payload's time zone, and the fields with the shop's
    domain become `shop`.
    """
    edits = compare(former, document)
    made = deepcopy(document)
    _replace_ids(edits, made)
    for before, body in _bodies(former, made):
        if isinstance(body.get("line_items"), list):
            update_order(before, body)
        for was, refund in zip(_refunds(before), _refunds(body), strict=False):
            update_refund(was, refund)
        _set_updated_at(before, body, moment)
    if shop and isinstance(made, dict):
        made.update(dict.fromkeys(_SHOPS & made.keys(), shop))
    _restore(edits, made)
    _update_money_sets(former, made)
    _restore(edits, made)
    return made


def _bodies(former: Document, document: Document) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the resource before and after, and its wrapper (`{"order_edit": {…}}`) if there is one."""
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


def _set_updated_at(former: dict[str, Any], body: dict[str, Any], moment: datetime) -> None:
    """Set `updated_at` to the moment, in its own time zone."""
    written_value = former.get("updated_at")
    if not isinstance(written_value, str) or "updated_at" not in body:
        return
    try:
        zone = datetime.fromisoformat(written_value).tzinfo or UTC
    except ValueError:
        zone = UTC
    now = moment.astimezone(zone).isoformat(timespec="milliseconds" if "." in written_value else "seconds")
    body["updated_at"] = now.replace("+00:00", "Z") if written_value.endswith("Z") else now


def _replace_ids(edits: Iterable[Change], document: Document) -> None:
    """Replace an edited id everywhere else: as a number, and as a part of a global id."""
    replaced = {
        change.before: change.after
        for change in edits
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


def _update_money_sets(former: Document, document: Document) -> None:
    """Set each money set to the amount beside it, if that amount changed or is new."""
    for change in compare(former, document):
        place = walk(document, change.pointer)
        if change.kind is Kind.REMOVED or place is None:
            continue
        holder, key = place
        for inner, name in ((holder, key), *_places(holder[key])):
            _update_money_set(inner, name)


def _update_money_set(holder: Any, key: Any) -> None:
    beside = holder.get(f"{key}_set") if isinstance(holder, dict) and isinstance(key, str) else None
    value = holder[key]
    if not isinstance(value, str | Decimal | int) or isinstance(value, bool):
        return
    written_value = amount_in(beside)
    if isinstance(beside, dict) and written_value is not None:
        coin = places_of(str(written_value))
        if written(amount_of(value), coin) != written_value:
            set_amount(beside, amount_of(value), coin)


def _restore(edits: Iterable[Change], document: Document) -> None:
    """Restore the values that were typed."""
    for change in edits:
        # The pointer of a tag's change leads to the whole list of tags.
        is_tag = len(change.steps) != change.pointer.count("/")
        if change.kind is Kind.REMOVED or is_tag or isinstance(change.after, dict | list):
            continue
        if (place := walk(document, change.pointer)) is not None:
            holder, key = place
            holder[key] = change.after


def _places(document: Document) -> Iterator[tuple[Any, Any]]:
    """Yield every field and item at any depth, as its container and its key or index there."""
    pending = [document]
    while pending:
        holder = pending.pop()
        if type(holder) is dict or type(holder) is list:
            for key in list(holder) if type(holder) is dict else range(len(holder)):
                yield holder, key
                pending.append(holder[key])
