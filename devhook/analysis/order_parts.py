"""Makes a part of an order comparable with the same part inside the order's body.

Shopify writes a fulfilment in two shapes: the one in an order has no destination, its lines have more fields,
and null in one is `{}` in the other (https://shopify.dev/docs/api/webhooks). Only fields of both shapes are
compared.
"""

from collections.abc import Iterable
from typing import Any, Final

from devhook.analysis.identity import identities, is_set
from devhook.webhook.document import Document

# The list in an order's body that holds a part, by the kind in `Subject.part`.
_LISTS: Final = {"fulfillment": "fulfillments", "refund": "refunds", "return": "returns"}
_IDS: Final = frozenset({"id", "admin_graphql_api_id", "order_id"})
_NOTHING: Final[tuple[Any, ...]] = (None, {}, [])


def is_told_in_orders(part: str) -> bool:
    """Return whether an order's body contains `part` (`refund 52`) too."""
    return part.partition(" ")[0] in {*_LISTS, "transaction"}


def part_in(order: Document, part: str) -> Document | None:
    """Return `part` as the `order`'s body contains it; None if it does not.

    An order's body contains only those transactions that belong to a refund.
    """
    kind, _, part_id = part.partition(" ")
    if kind == "transaction":
        refunds = [refund for refund in _items(order, "refunds") if isinstance(refund, dict)]
        return _with_id(part_id, (each for refund in refunds for each in _items(refund, "transactions")))
    return _with_id(part_id, _items(order, _LISTS.get(kind, "")))


def in_the_shape_of(like: Document, told: Document) -> Document | None:
    """Return `like` with the values that `told`, the same part in another shape, has for the same fields.

    Comparing the result with a document of `like`'s shape finds the values that differ, and no field that
    only one shape has. None: the two share nothing but ids.
    """
    if not isinstance(like, dict) or not isinstance(told, dict):
        return None
    if not like.keys() & told.keys() - _IDS:
        return None
    if not any(_comparable(like[key], told[key]) for key in like.keys() & told.keys() - _IDS):
        return None
    return _taken_over(like, told)


def _taken_over(like: Any, told: Any) -> Any:
    if not _comparable(like, told):
        return like
    if isinstance(like, dict) and isinstance(told, dict):
        return {key: _taken_over_at(key, value, told) for key, value in like.items()}
    return told


def _taken_over_at(key: str, value: Any, told: dict[str, Any]) -> Any:
    if key not in told:
        return value
    other = told[key]
    if isinstance(value, list) and isinstance(other, list):
        return _list_taken_over(key, value, other)
    return _taken_over(value, other)


def _list_taken_over(name: str, like: list[Any], told: list[Any]) -> list[Any]:
    """Return the items of `told`, each in its counterpart's shape; `like` itself if items lack ids."""
    if is_set(name):
        return told
    found = identities(name, like, told)
    if found is None or not _have_ids([*like, *told]):
        return like
    counterparts = dict(zip(found[0], like, strict=True))
    return [
        _taken_over(counterparts[key], item) if key in counterparts else item
        for key, item in zip(found[1], told, strict=True)
    ]


def _comparable(like: Any, told: Any) -> bool:
    """Return whether a difference of the two counts: null, `{}` and `[]` are all empty."""
    if like in _NOTHING and told in _NOTHING:
        return False
    return not (isinstance(like, dict | list) or isinstance(told, dict | list)) or type(like) is type(told)


def _have_ids(items: Iterable[Any]) -> bool:
    return all(isinstance(item, dict) and item.get("id") is not None for item in items)


def _items(document: Any, name: str) -> list[Any]:
    found = document.get(name) if isinstance(document, dict) else None
    return found if isinstance(found, list) else []


def _with_id(wanted: str, items: Iterable[Any]) -> Document | None:
    return next((item for item in items if isinstance(item, dict) and str(item.get("id")) == wanted), None)
