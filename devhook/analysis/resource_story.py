"""Says in words what changed in any resource, field by field; a count of the fields where they are many.

A value is quoted only of a field that is known to hold no personal data.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from devhook.analysis.change_set import ChangeSet, Placed
from devhook.analysis.diff import Kind
from devhook.analysis.identity import is_set
from devhook.analysis.phrases import Quotes, amount, get, is_count, keyword
from devhook.text import counted
from devhook.webhook.document import Document

# Fields whose values say what happened, and what each is called beside them.
_VALUES: Final = {
    "active": "active",
    "available": "available",
    "balance_used": "used",
    "capped_amount": "capped amount",
    "completed": "completed",
    "cost": "cost",
    "current": "scopes",
    "due_in_days": "due in days",
    "enabled": "enabled",
    "financial_status": "payment",
    "interval": "interval",
    "interval_count": "interval count",
    "inventory_policy": "inventory policy",
    "inventory_quantity": "in stock",
    "orders_count": "orders",
    "plan_name": "plan",
    "price": "price",
    "published": "published",
    "quantity": "quantity",
    "risk_level": "risk",
    "role": "role",
    "shipment_status": "shipment",
    "skipped": "skipped",
    "state": "state",
    "status": "status",
    "taxable": "taxable",
    "total_price": "total",
    "total_spent": "spent",
    "tracked": "tracked",
    "verified_email": "e-mail verified",
}
_TITLES: Final = frozenset({"handle", "name", "product_type", "sku", "title", "vendor"})
# Values that identify nobody in a document about a person.
_HARMLESS: Final = frozenset({"role", "state", "status"})
# Numbers that change with every change.
_REVISIONS: Final = frozenset({"lastEditDate", "revision_id", "version"})
# Fields that repeat what another field says.
_ECHOES: Final = {
    "admin_graphql_api_id": "id",
    "completed_at": "status",
    "contact_email": "email",
    "current_total_price": "total_price",
    "finalized_on": "status",
    "invoice_sent_at": "status",
    "old_inventory_quantity": "inventory_quantity",
    "subtotal_price": "total_price",
    "tax_lines": "total_tax",
    "total_line_items_price": "total_price",
    "total_tax": "total_price",
    "total_weight": "line_items",
}
_NAMED: Final = 3
_TAGS: Final = "tags"
_VARIANTS: Final = "variants"
_SET: Final = "_set"
# The documents of these topics are about people, whose tags and titles are personal.
_PEOPLE: Final = ("compan", "customer", "finance", "shipping_address")


def is_about_people(topic: str | None) -> bool:
    """Return whether all text of the topic's documents may be personal."""
    return (topic or "").startswith(_PEOPLE)


def field_phrases(
    changes: ChangeSet, topic: str | None, document: Document, quotes: Quotes, *, beside: bool
) -> list[str]:
    """Return what changed in the fields that are left; `beside`: other phrases are told already."""
    private = is_about_people(topic) and quotes.discreet
    told = [*_variants(changes, document, quotes), *_tags(changes, quotes, private=private)]
    fields: dict[str, list[Placed]] = {}
    for placed in changes.left:
        fields.setdefault(placed.steps[0].removesuffix(_SET) if placed.steps else "", []).append(placed)
    fields = {name: of_one for name, of_one in fields.items() if _ECHOES.get(name) not in fields}
    if told or beside or fields.keys() - _REVISIONS:
        fields = {name: of_one for name, of_one in fields.items() if name not in _REVISIONS}
    plain: dict[str, list[str]] = {}
    for name, of_one in fields.items():
        words = _value_words(name, of_one, quotes, private=private)
        if words:
            told.append(words)
        else:
            plain.setdefault(_verb(of_one), []).append(_words(name))
    return [*told, *_plain_words(plain, beside=beside or bool(told))]


def _plain_words(plain: dict[str, list[str]], *, beside: bool) -> Iterator[str]:
    """Name up to three fields by what happened to each; count them where they are more."""
    count = sum(map(len, plain.values()))
    if count > _NAMED:
        names = [name for names in plain.values() for name in names]
        yield (
            f"{counted(count, 'field')} more" if beside else f"{count} fields: {', '.join(names[:_NAMED])} …"
        )
        return
    for verb, names in plain.items():
        yield f"{', '.join(names)} {verb}"


def _verb(of_one: list[Placed]) -> str:
    """Return `added`, `removed` or `changed`, of the field as a whole."""
    change = of_one[0].change
    if len(of_one) == 1 and len(of_one[0].steps) == 1:
        if change.kind is Kind.ADDED or (change.before in (None, "") and change.after not in (None, "")):
            return "added"
        if change.kind is Kind.REMOVED or (change.after in (None, "") and change.before not in (None, "")):
            return "removed"
    return "changed"


def _value_words(name: str, of_one: list[Placed], quotes: Quotes, *, private: bool) -> str:
    """Return `price 10.00 → 12.00` of a field that can be quoted; empty for any other."""
    change = of_one[0].change
    if (private and name not in _HARMLESS) or len(of_one[0].steps) != 1:
        return ""
    if name in _TITLES:
        title = quotes.text(change.after)
        return f"{_words(name)} now {title}" if title else ""
    before, after = _scalar(change.before), _scalar(change.after)
    if name not in _VALUES or not after:
        return ""
    if change.kind is Kind.ADDED or change.before is None:
        return f"{_VALUES[name]} {after}"
    return f"{_VALUES[name]} {before} → {after}" if before else ""


def _scalar(value: Document) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        return str(value)[:20]
    return amount(value) or keyword(value)


def _variants(changes: ChangeSet, document: Document, quotes: Quotes) -> Iterator[str]:
    """Tell the prices and stocks of a product's variants, then which others changed."""
    for sign, variants in (("+", changes.added(_VARIANTS)), ("-", changes.removed(_VARIANTS))):
        for variant in variants:
            yield f"{sign} variant {quotes.item_name(variant)}".rstrip()
    prices: list[str] = []
    stocks: list[str] = []
    others: dict[str, None] = {}
    for field, placed in changes.inside(_VARIANTS):
        changes.took(placed)
        name = quotes.item_name(changes.item(placed, document)) or "a variant"
        before, after = placed.change.before, placed.change.after
        if field == "price" and amount(before) and amount(after):
            prices.append(f"price of {name} {amount(before)} → {amount(after)}")
        elif field == "inventory_quantity" and type(before) is int and type(after) is int:
            stocks.append(f"{name} in stock {before} → {after}")
        elif field not in {"old_inventory_quantity", "updated_at"}:
            others[name] = None
    yield from prices if len(prices) <= 1 else [f"{len(prices)} prices changed, {prices[0]}"]
    yield from stocks if len(stocks) <= 1 else [f"{len(stocks)} stocks changed, {stocks[0]}"]
    if others:
        names = list(others)
        yield f"{names[0]} changed" if len(names) == 1 else f"{len(names)} variants changed"


def _tags(changes: ChangeSet, quotes: Quotes, *, private: bool) -> Iterator[str]:
    found = changes.take(_TAGS)
    if not found:
        return
    edits = [
        f"{'+' if change.kind is Kind.ADDED else '-'} {quotes.text(value)}"
        for change in found
        if change.kind is not Kind.CHANGED
        and isinstance(value := change.after if change.kind is Kind.ADDED else change.before, str)
    ]
    if private or len(edits) != len(found) or not is_set(_TAGS):
        yield "tags changed"
    else:
        yield f"tags {', '.join(edits[:_NAMED])}{' …' if len(edits) > _NAMED else ''}"


def _words(name: str) -> str:
    return name[:30].replace("_", " ") or "the document"


def level_phrases(changes: ChangeSet, document: Document) -> list[str]:
    """Return `available 5 → 3 at location 68153027410`; the location only with the number."""
    for change in changes.peek("available"):
        if is_count(change.before) and is_count(change.after):
            changes.take("available")
            at = get(document, "location_id")
            where = f" at location {at}" if type(at) is int else ""
            return [f"available {change.before} → {change.after}{where}"]
    return []
