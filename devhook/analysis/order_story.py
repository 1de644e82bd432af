"""Says in words what changed in an order: what was paid, refunded, sent, edited.

Each teller speaks of some fields of the order's body, and names nothing that is not among the changes. Fields
that follow from others (`total_tax` from the lines) are not mentioned beside them.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from devhook.analysis.change_set import ChangeSet
from devhook.analysis.diff import Change, Kind
from devhook.analysis.phrases import (
    Quotes,
    amount,
    get,
    is_count,
    is_zero,
    keyword,
    objects,
    status,
    total,
    units,
)
from devhook.text import counted
from devhook.webhook.document import Document

Phrases = Iterator[str]
_Teller = Callable[[ChangeSet, Document, Quotes], Phrases]

_UNPAID: Final = (None, "pending", "authorized", "expired", "unpaid")
_REFUNDED: Final = ("partially_refunded", "refunded")
_TRACKING: Final = frozenset({"tracking_number", "tracking_numbers"})
_TRACKING_REST: Final = frozenset({"tracking_company", "tracking_url", "tracking_urls"})
_SENT: Final = "success"
# Edits and codes that one phrase names.
_MOST: Final = 3
_BOTH: Final = 2
# The steps to the order's line inside a refund: refunds, index, refund_line_items, index, line_item.
_LINE_IN_A_REFUND: Final = 4

# Amounts that follow from what the tellers say.
_DERIVED: Final = frozenset(
    {
        "subtotal_price",
        "tax_lines",
        "total_additional_fees",
        "total_discounts",
        "total_line_items_price",
        "total_outstanding",
        "total_price",
        "total_shipping_price",
        "total_tax",
        "total_weight",
    }
)
_DERIVED_OF_A_LINE: Final = frozenset(
    {"current_quantity", "discount_allocations", "fulfillable_quantity", "fulfillment_status", "tax_lines"}
)


def order_phrases(changes: ChangeSet, order: Document, quotes: Quotes) -> list[str]:
    """Return what changed, the most important first. The fields spoken of are taken out of `changes`."""
    told = [phrase for teller in _TELLERS for phrase in teller(changes, order, quotes)]
    if told:
        changes.drop(_is_derived)
    return told


def _is_derived(steps: Sequence[str]) -> bool:
    field = steps[0].removesuffix("_set").removeprefix("current_")
    if field == "refunds":
        return steps[_LINE_IN_A_REFUND : _LINE_IN_A_REFUND + 1] == ("line_item",)
    if field == "line_items":
        return len(steps) > 2 and steps[2].removesuffix("_set") in _DERIVED_OF_A_LINE  # noqa: PLR2004 - the field of an item
    return field in _DERIVED


def _ending(changes: ChangeSet, order: Document, _quotes: Quotes) -> Phrases:
    for change in changes.take("cancelled_at"):
        why = status(get(order, "cancel_reason"))
        changes.take("cancel_reason")
        if change.after is None:
            yield "no longer cancelled"
        elif change.before is None:
            yield f"cancelled: {why}" if why else "cancelled"
        else:
            yield "cancelled_at changed"
    for change in changes.take("closed_at"):
        yield "archived" if change.before is None else "reopened" if change.after is None else "archived anew"


def _refunds(changes: ChangeSet, _order: Document, quotes: Quotes) -> Phrases:
    """Tell refunds of money, with the payment status that they lead to."""
    told = [words for each in changes.added("refunds", _moves_money) if (words := refund_words(each, quotes))]
    after = next((change.after for change in changes.peek("financial_status")), None)
    for number, words in enumerate(told):
        ending = ""
        if number == len(told) - 1 and after in _REFUNDED:
            changes.take("financial_status")
            ending = f" → {after}"
        yield f"refunded {words}{ending}"


def _moves_money(refund: Document) -> bool:
    return any(get(each, "kind") == "refund" for each in objects(refund, "transactions"))


def refund_words(refund: Document, quotes: Quotes) -> str:
    """Return the refunded amount, `80.10`; empty if no money was refunded."""
    payments = [each for each in objects(refund, "transactions") if get(each, "kind") == "refund"]
    paid = [each for each in payments if get(each, "status") == _SENT]
    chosen = paid or payments
    sum_of = total(amount(get(each, "amount")) for each in chosen)
    if not sum_of:
        return ""
    code = quotes.money({**chosen[0], "refund_line_items": get(refund, "refund_line_items")}, "amount")
    unit = code.partition(" ")[2]
    words = f"{sum_of} {unit}".strip()
    if not paid:
        words += f" ({status(get(chosen[0], 'status')) or 'not yet paid'})"
    return words


def _refunded_items(lines: Sequence[Document], quotes: Quotes) -> str:
    """Return the items of a refund: its lines contain the order's lines."""
    told = [
        {
            **(line if isinstance(line := get(each, "line_item"), dict) else {}),
            "quantity": get(each, "quantity"),
        }
        for each in lines
    ]
    return quotes.items(told) or counted(len(lines), "line")


def refunded_items(refund: Document, quotes: Quotes) -> str:
    """Return `1 × BLK-SLATE`; empty if the refund is of no items."""
    lines = objects(refund, "refund_line_items")
    return _refunded_items(lines, quotes) if lines else ""


def _payment(changes: ChangeSet, order: Document, quotes: Quotes) -> Phrases:
    for change in changes.take("financial_status"):
        if change.after == "paid":
            yield f"paid {_paid(changes, change, order, quotes)}".rstrip()
        elif change.after == "authorized":
            yield f"authorized {quotes.money(order, 'total_price')}".rstrip()
        elif change.after == "voided":
            yield "payment voided"
        elif change.after == "partially_paid" and change.before in _UNPAID:
            yield "partly paid"
        else:
            before, after = keyword(change.before), keyword(change.after)
            yield f"payment {before} → {after}" if before and after else "financial_status changed"


def _paid(changes: ChangeSet, change: Change, order: Document, quotes: Quotes) -> str:
    """Return the amount that was paid: what was outstanding before, else the whole."""
    for outstanding in changes.peek("total_outstanding"):
        if is_zero(outstanding.after) and amount(outstanding.before):
            return quotes.money({**order, "was": outstanding.before}, "was")
    if change.before in _UNPAID and not is_zero(get(order, "total_price")):
        return quotes.money(order, "current_total_price") or quotes.money(order, "total_price")
    return ""


def _fulfillments(changes: ChangeSet, order: Document, quotes: Quotes) -> Phrases:
    added = changes.added("fulfillments")
    sent = [each for each in added if get(each, "status") == _SENT]
    for each in added:
        if each not in sent:
            yield f"fulfilment {status(get(each, 'status')) or 'added'}"
    if sent:
        yield _sent_words(sent, order, quotes)
    yield from _shipments(changes, quotes)
    shipped = changes.take("fulfillment_status")
    if shipped and not sent:
        after, before = shipped[0].after, keyword(shipped[0].before)
        if after is None:
            yield "no longer fulfilled"
        elif after == "partial":
            yield "partly fulfilled"
        else:
            yield status(after) or f"fulfillment_status was {before}"


def _sent_words(sent: Sequence[dict[str, Any]], order: Document, quotes: Quotes) -> str:
    """Return `sent 2 of 3 items, tracking KZ14…`; the whole order counts lines that were not removed."""
    now = units(line for each in sent for line in objects(each, "line_items"))
    whole = units(
        (line for line in objects(order, "line_items") if get(line, "requires_shipping") is not False),
        "current_quantity",
    )
    parts = [each for each in objects(order, "fulfillments") if get(each, "status") == _SENT]
    done = units(line for each in parts for line in objects(each, "line_items"))
    if not now:
        words = "sent"
    elif not whole or done is None or not now <= done <= whole:
        words = f"sent {counted(now, 'item')}"
    elif now == whole:
        words = {1: "sent the item", _BOTH: "sent both items"}.get(whole, f"sent all {whole} items")
    elif done == now:
        words = f"sent {now} of {counted(whole, 'item')}"
    elif done == whole:
        words = f"sent the last {now} of {whole} items" if now > 1 else f"sent the last of {whole} items"
    else:
        words = f"sent {counted(now, 'item')}, {done} of {whole} in all"
    return words + tracking_words(sent[-1], quotes)


def tracking_words(fulfillment: Document, quotes: Quotes) -> str:
    """Return `, tracking KZ14…`; empty if the fulfilment has no tracking number."""
    numbers = get(fulfillment, "tracking_numbers")
    number = get(fulfillment, "tracking_number")
    if not number and isinstance(numbers, list) and numbers:
        number = numbers[0]
    if not isinstance(number, str) or not number:
        return ""
    return f", tracking {quotes.personal(number)}" if not quotes.discreet else ", with tracking"


def _shipments(changes: ChangeSet, quotes: Quotes) -> Phrases:
    """Tell what changed in fulfilments that were there before."""
    numbers: list[Change] = []
    tracked = False
    for field, placed in changes.inside("fulfillments"):
        if field in _TRACKING or field in _TRACKING_REST:
            changes.took(placed)
            tracked = True
            numbers += [placed.change] if field in _TRACKING else []
        elif field == "shipment_status":
            changes.took(placed)
            yield f"shipment {status(placed.change.after) or 'status removed'}"
        elif field == "status":
            changes.took(placed)
            yield f"fulfilment {status(placed.change.after) or 'status changed'}"
    if tracked:
        yield f"tracking {_tracking(numbers, quotes)}"


def fulfillment_phrases(changes: ChangeSet, quotes: Quotes) -> list[str]:
    """Return what changed in a fulfilment that is a document of its own."""
    told = [
        f"{what} {status(change.after) or 'status removed'}"
        for field, what in (("status", "fulfilment"), ("shipment_status", "shipment"))
        for change in changes.take(field)
    ]
    moved = {field: changes.take(field) for field in (*sorted(_TRACKING), *sorted(_TRACKING_REST))}
    if any(moved.values()):
        told.append(f"tracking {_tracking(moved['tracking_number'] or moved['tracking_numbers'], quotes)}")
    return told


def _tracking(changes: Sequence[Change], quotes: Quotes) -> str:
    """Return the new tracking number, or what happened to it."""
    for change in changes:
        if change.kind is not Kind.REMOVED and (number := quotes.personal(change.after)):
            return number
    if not changes:
        return "changed"
    return "number changed" if changes[0].after else "number removed"


def _lines(changes: ChangeSet, order: Document, quotes: Quotes) -> Phrases:
    """Tell the edited lines. Units removed by an edit are a refund without money in the order's body."""
    refunded = changes.was_touched("refunds")
    edits = [f"+ {quotes.item(line, _ordered(line)) or 'a line'}" for line in changes.added("line_items")]
    edits += [f"- {quotes.item(line) or 'a line'}" for line in changes.removed("line_items")]
    for refund in changes.added("refunds"):
        refunded = True
        edits += [f"- {words}" for words in [refunded_items(refund, quotes)] if words]
    prices: list[str] = []
    counted_lines: set[str] = set()
    for field, placed in changes.inside("line_items"):
        before, after = placed.change.before, placed.change.after
        if field == "quantity" or (field == "current_quantity" and not refunded):
            changes.took(placed)
            if is_count(before) and is_count(after) and placed.steps[1] not in counted_lines:
                counted_lines.add(placed.steps[1])
                name = quotes.item_name(changes.item(placed, order))
                edits.append(f"{'+' if after > before else '-'} {abs(after - before)} × {name or 'a line'}")
        elif field == "price" and amount(before) and amount(after):
            changes.took(placed)
            name = quotes.item_name(changes.item(placed, order))
            prices.append(f"price of {name or 'a line'} {amount(before)} → {amount(after)}")
        elif field == "price_set" and prices:
            changes.took(placed)
    if edits:
        more = f", {len(edits) - _MOST} more" if len(edits) > _MOST else ""
        yield f"edited: {', '.join(edits[:_MOST])}{more}"
    yield from prices[:1] if len(prices) <= 1 else [f"{len(prices)} prices changed, {prices[0]}"]


def _ordered(line: Document) -> str:
    return "current_quantity" if is_count(get(line, "current_quantity")) else "quantity"


def _returns(changes: ChangeSet, _order: Document, _quotes: Quotes) -> Phrases:
    for added in changes.added("returns"):
        yield f"return {status(get(added, 'status')) or 'added'}"
    for field, placed in changes.inside("returns"):
        if field == "status":
            changes.took(placed)
            yield f"return {status(placed.change.after) or 'status changed'}"


def _discounts(changes: ChangeSet, order: Document, quotes: Quotes) -> Phrases:
    codes = [f"+ {quotes.text(get(each, 'code'))}" for each in changes.added("discount_codes")]
    codes += [f"- {quotes.text(get(each, 'code'))}" for each in changes.removed("discount_codes")]
    applied = changes.take("discount_applications")
    rest = changes.take("discount_codes")
    if codes:
        yield f"discount {', '.join(codes[:_MOST])}"
    elif applied or rest:
        given = quotes.money(order, "current_total_discounts") or quotes.money(order, "total_discounts")
        moved = changes.peek("current_total_discounts") or changes.peek("total_discounts")
        yield f"discount now {given}" if given and moved else "discount changed"


def _shipping(changes: ChangeSet, _order: Document, quotes: Quotes) -> Phrases:
    for line in changes.added("shipping_lines"):
        title = quotes.text(get(line, "title")) or "a line"
        yield f"shipping + {title} {amount(get(line, 'price'))}".rstrip()
    for line in changes.removed("shipping_lines"):
        yield f"shipping - {quotes.text(get(line, 'title')) or 'a line'}"
    if changes.take("shipping_lines"):
        yield "shipping changed"


def _totals(changes: ChangeSet, _order: Document, _quotes: Quotes) -> Phrases:
    """Tell the new total, unless a refund explains it."""
    refunded = changes.was_touched("refunds")
    for key in ("current_total_price", "total_price"):
        found = changes.take(key)
        for change in found:
            before, after = amount(change.before), amount(change.after)
            if before and after and not refunded:
                yield f"total {before} → {after}"
        if found:
            break


_TELLERS: Final[tuple[_Teller, ...]] = (
    _ending,
    _refunds,
    _lines,
    _payment,
    _fulfillments,
    _returns,
    _discounts,
    _shipping,
    _totals,
)
