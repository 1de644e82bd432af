"""Says in words what a delivery is, from its topic and its body alone: `refund 80.10, 1 × BLK-SLATE`."""

import re
from collections.abc import Callable
from typing import Final

from devhook.analysis.order_story import refund_words, refunded_items, tracking_words
from devhook.analysis.phrases import (
    Quotes,
    amount,
    get,
    is_count,
    item_count,
    objects,
    status,
    tail,
    units,
    unwrapped,
)
from devhook.analysis.resource_story import is_about_people
from devhook.analysis.summaries import says
from devhook.text import counted, singular
from devhook.webhook.document import Document

_Describe = Callable[[Document, str, Quotes], str]

_SPLIT: Final = re.compile(r"([a-z0-9_]{1,64})[/.]([a-z0-9_]{1,64})")
_PARTICIPLES: Final = {
    "activate": "activated",
    "add": "added",
    "approve": "approved",
    "assign": "assigned",
    "cancel": "cancelled",
    "close": "closed",
    "complete": "completed",
    "connect": "connected",
    "create": "created",
    "deactivate": "deactivated",
    "decline": "declined",
    "delete": "deleted",
    "destroy": "deleted",
    "disable": "disabled",
    "disconnect": "disconnected",
    "dispose": "disposed of",
    "due": "due",
    "enable": "enabled",
    "expire": "expired",
    "fail": "failed",
    "finish": "finished",
    "grant": "granted",
    "merge": "merged",
    "pause": "paused",
    "process": "processed",
    "publish": "published",
    "remove": "removed",
    "reopen": "reopened",
    "request": "requested",
    "revoke": "revoked",
    "skip": "skipped",
    "unskip": "no longer skipped",
    "update": "updated",
    "updated": "updated",
}
_GONE: Final = frozenset({"delete", "destroy", "remove", "revoke", "disconnect", "redact"})
_NOUNS: Final = {
    "app_purchases_one_time": "purchase",
    "app_subscriptions": "app subscription",
    "customer_account_settings": "customer account settings",
    "customers_email_marketing_consent": "e-mail marketing consent",
    "customers_marketing_consent": "SMS marketing consent",
    "customers_whats_app_marketing_consent": "WhatsApp marketing consent",
    "delivery_promise_settings": "delivery promise settings",
    "fulfillment_events": "fulfilment event",
    "fulfillment_holds": "fulfilment hold",
    "fulfillment_orders": "fulfilment order",
    "reverse_fulfillment_orders": "reverse fulfilment order",
    "finance_app_staff_member": "finance staff member",
    "finance_kyc_information": "business verification",
    "markets_backup_region": "backup region",
    "payment_terms": "payment terms",
    "profiles": "delivery profile",
    "shipping_addresses": "shipping address",
}
_COMPLIANCE: Final = {
    "customers/data_request": ("a customer asks for their data", "orders_requested"),
    "customers/redact": ("erase a customer's data", "orders_to_redact"),
    "shop/redact": ("erase the shop's data", ""),
}
_MOVED_ITEMS: Final = ("items_added", "items_removed", "items_updated", "items_received", "line_items")
_SHOPS_OWN: Final = frozenset({"cancelled", "fulfilled", "paid", "partially_fulfilled"})


def describe(topic: str | None, document: Document, quotes: Quotes) -> str:
    """Return what the delivery is; empty if its topic says nothing."""
    named = _SPLIT.fullmatch(topic or "")
    if named is None:
        return ""
    resource, action = named.groups()
    if topic in _COMPLIANCE:
        words, orders = _COMPLIANCE[topic]
        asked = get(document, orders)
        return f"{words}, {counted(len(asked), 'order')}" if isinstance(asked, list) and asked else words
    body = unwrapped(document)
    special = _RESOURCES.get(resource)
    told = special(body, action, quotes) if special and action not in _GONE else ""
    return told or says(topic, document) or _plain(resource, action, body, quotes)


def _plain(resource: str, action: str, body: Document, quotes: Quotes) -> str:
    """Return `market Germany & Austria created, active`."""
    noun = _NOUNS.get(resource) or singular(resource).replace("_", " ")
    name = (
        ""
        if is_about_people(resource)
        else next(
            filter(
                None,
                (quotes.text(get(body, key)) for key in ("title", "name", "sku", "handle", "host", "locale")),
            ),
            "",
        )
    )
    happened = _PARTICIPLES.get(action) or action.replace("_", " ")
    words = " ".join(filter(None, [noun, name, happened]))
    state = "" if action in _GONE else status(get(body, "status")) or status(get(body, "state"))
    return f"{words}, {state}" if state and state[:5] not in words else words


def _order(body: Document, action: str, quotes: Quotes) -> str:
    if action == "edited":
        return _edit(body)
    if action in {"risk_assessment_changed", "shopify_protect_eligibility_changed"}:
        level = status(get(body, "risk_level")) or status(get(body, "eligibility", "status"))
        what = "risk" if action.startswith("risk") else "Shopify Protect"
        return f"{what}: {level}" if level else ""
    of = quotes.money(body, "total_price")
    parts = [f"order of {of}" if of else "order", item_count(body), *_states(body)]
    if action in _SHOPS_OWN and action.replace("_", " ") not in parts:
        parts.append(action.replace("_", " "))
    return ", ".join(filter(None, parts))


def _states(body: Document) -> list[str]:
    """Return how far an order is: `paid`, `fulfilled`, `cancelled`."""
    shipped = get(body, "fulfillment_status")
    sent = "partially fulfilled" if shipped == "partial" else status(shipped)
    ended = "cancelled" if isinstance(get(body, "cancelled_at"), str) else ""
    return [status(get(body, "financial_status")), sent, ended]


def _edit(body: Document) -> str:
    """Return `edited: 1 item added`; the body of an edit has the lines' ids and numbers only."""
    counts = [
        f"{counted(count, 'item')} {done}"
        for key, done in (("additions", "added"), ("removals", "removed"))
        if (count := units(objects(body, "line_items", key), "delta"))
    ]
    return f"edited: {', '.join(counts)}" if counts else "edited"


def _refund(body: Document, _action: str, quotes: Quotes) -> str:
    money = refund_words(body, quotes)
    return ", ".join(
        filter(None, [f"refund {money}" if money else "refund without payment", refunded_items(body, quotes)])
    )


def _transaction(body: Document, _action: str, quotes: Quotes) -> str:
    kind = status(get(body, "kind"))
    words = " ".join(filter(None, ["transaction", kind, quotes.money(body, "amount")]))
    state = status(get(body, "status"))
    return words if state in {"", "success"} else f"{words}: {state}"


def _fulfillment(body: Document, _action: str, quotes: Quotes) -> str:
    count, state = item_count(body), status(get(body, "status"))
    words = f"sent {count or 'a fulfilment'}" if state == "success" else f"fulfilment {state}".rstrip()
    if state != "success" and count:
        words += f", {count}"
    moved = status(get(body, "shipment_status"))
    return words + tracking_words(body, quotes) + (f", {moved}" if moved else "")


def _shipment(body: Document, action: str, _quotes: Quotes) -> str:
    state = status(get(body, "status"))
    return f"shipment {state}" if state and action == "create" else ""


def _return(body: Document, action: str, _quotes: Quotes) -> str:
    count = get(body, "total_return_line_items")
    state = _PARTICIPLES.get(action) or status(get(body, "status"))
    return f"return of {counted(count, 'line')} {state}" if is_count(count) else ""


def _priced(noun: str) -> _Describe:
    def priced(body: Document, _action: str, quotes: Quotes) -> str:
        of = quotes.money(body, "total_price")
        parts = [f"{noun} of {of}" if of else noun, item_count(body), status(get(body, "status"))]
        return ", ".join(filter(None, parts))

    return priced


def _product(body: Document, _action: str, quotes: Quotes) -> str:
    variants = get(body, "variants")
    parts = [
        f"product {quotes.text(get(body, 'title'))}".rstrip(),
        counted(len(variants), "variant") if isinstance(variants, list) else "",
        status(get(body, "status")),
    ]
    return ", ".join(filter(None, parts))


def _variant(body: Document, action: str, quotes: Quotes) -> str:
    name = quotes.item_name(body) or "a variant"
    before, after = get(body, "old_inventory_quantity"), get(body, "inventory_quantity")
    stock = f": {before} → {after}" if type(before) is int and type(after) is int else ""
    return f"{name} {action.replace('_', ' ')}{stock}"


def _level(body: Document, action: str, _quotes: Quotes) -> str:
    count, at = get(body, "available"), get(body, "location_id")
    where = f" at location {at}" if type(at) is int else ""
    if type(count) is not int:
        return f"stock {_PARTICIPLES.get(action, action)}{where}"
    return f"{count} available{where}"


def _item(body: Document, _action: str, quotes: Quotes) -> str:
    cost = quotes.money(body, "cost")
    return f"inventory item {quotes.item_name(body)}".rstrip() + (f", cost {cost}" if cost else "")


def _customer(body: Document, action: str, quotes: Quotes) -> str:
    if action == "merge":
        state = status(get(body, "status"))
        return f"merge of two customers: {state}" if state else ""
    if action in {"tags_added", "tags_removed"}:
        tags = get(body, "tags")
        sign = "+" if action == "tags_added" else "-"
        if isinstance(tags, list) and tags and (first := quotes.personal(tags[0])):
            more = f" and {len(tags) - 1} more" if len(tags) > 1 else ""
            return f"customer's tags {sign} {first}{more}"
        return f"customer's tags {action.removeprefix('tags_')}"
    if action.endswith("_segment"):
        return f"customer {action.replace('_', ' the ')} {tail(get(body, 'segment_id'))}".rstrip()
    orders = get(body, "orders_count")
    parts = [
        f"customer {_PARTICIPLES.get(action, action.replace('_', ' '))}",
        counted(orders, "order") if is_count(orders) else "",
    ]
    return ", ".join(filter(None, parts))


def _consent(resource: str) -> _Describe:
    def consent(body: Document, _action: str, _quotes: Quotes) -> str:
        key = resource.removeprefix("customers_")
        state = status(get(body, "sms_marketing_consent" if key == "marketing_consent" else key, "state"))
        return f"{_NOUNS[resource]}: {state}" if state else ""

    return consent


def _app(body: Document, action: str, _quotes: Quotes) -> str:
    if action == "uninstalled":
        return "the app was uninstalled"
    before, after = get(body, "previous"), get(body, "current")
    if not isinstance(before, list) or not isinstance(after, list):
        return ""
    edits = [f"+ {status(each)}" for each in after if each not in before]
    edits += [f"- {status(each)}" for each in before if each not in after]
    return f"scopes {', '.join(edits)}".replace("read ", "read_").replace("write ", "write_") if edits else ""


def _dispute(body: Document, _action: str, quotes: Quotes) -> str:
    words = " ".join(filter(None, [status(get(body, "type")) or "dispute", quotes.money(body, "amount")]))
    return ": ".join(filter(None, [words, status(get(body, "status"))]))


def _due(body: Document, _action: str, quotes: Quotes) -> str:
    of = quotes.money(body, "balance_due") or quotes.money(body, "amount")
    return f"payment of {of} is due" if of else ""


def _bulk(body: Document, _action: str, _quotes: Quotes) -> str:
    words = " ".join(
        filter(None, ["bulk", status(get(body, "type")) or "operation", status(get(body, "status"))])
    )
    error = status(get(body, "error_code"))
    return f"{words}: {error}" if error else words


def _attempt(body: Document, action: str, _quotes: Quotes) -> str:
    outcome = {"success": "succeeded", "failure": "failed"}.get(action, action.replace("_", " "))
    why = status(get(body, "error_code"))
    return f"subscription billing {outcome}" + (f": {why}" if why else "")


def _capped(body: Document, action: str, quotes: Quotes) -> str:
    used, cap = amount(get(body, "balance_used")), amount(get(body, "capped_amount"))
    if action == "approaching_capped_amount" and used and cap:
        return f"app subscription {quotes.text(get(body, 'name'))} used {used} of {cap}"
    return ""


def _transfer(noun: str) -> _Describe:
    def moved(body: Document, action: str, _quotes: Quotes) -> str:
        key = next((key for key in _MOVED_ITEMS if objects(body, key)), "")
        count = counted(len(objects(body, key)), "item") if key else ""
        done = (
            key.removeprefix("items_")
            if key.startswith("items_")
            else _PARTICIPLES.get(action) or action.replace("_", " ")
        )
        words = [f"{count} {done}"] if key.startswith("items_") else [done, count]
        return f"{noun}: {', '.join(filter(None, words))}"

    return moved


def _fulfillment_order(body: Document, action: str, _quotes: Quotes) -> str:
    if action == "moved":
        return says("fulfillment_orders/moved", body)
    words = action.replace("_", " ").replace("fulfillment", "fulfilment")
    if "request" in action or action.startswith(("line_items", "order_routing", "fulfillment", "manually")):
        return words
    return (
        f"{words.removesuffix(' ready')} is ready"
        if action.endswith("_ready")
        else f"fulfilment order {words}"
    )


_RESOURCES: Final[dict[str, _Describe]] = {
    "app": _app,
    "app_subscriptions": _capped,
    "bulk_operations": _bulk,
    "carts": _priced("cart"),
    "checkouts": _priced("checkout"),
    "customer": _customer,
    "customers": _customer,
    "customers_email_marketing_consent": _consent("customers_email_marketing_consent"),
    "customers_marketing_consent": _consent("customers_marketing_consent"),
    "customers_whats_app_marketing_consent": _consent("customers_whats_app_marketing_consent"),
    "disputes": _dispute,
    "draft_orders": _priced("draft order"),
    "fulfillment_events": _shipment,
    "fulfillment_orders": _fulfillment_order,
    "fulfillments": _fulfillment,
    "inventory_items": _item,
    "inventory_levels": _level,
    "inventory_shipments": _transfer("inventory shipment"),
    "inventory_transfers": _transfer("inventory transfer"),
    "order_transactions": _transaction,
    "orders": _order,
    "payment_schedules": _due,
    "products": _product,
    "refunds": _refund,
    "returns": _return,
    "subscription_billing_attempts": _attempt,
    "tender_transactions": lambda body, _action, quotes: f"tender {quotes.money(body, 'amount')}".rstrip(),
    "variants": _variant,
}
