"""Selects pages of subscriptions: order, search query, cursors.

The forms are those of recorded answers: https://github.com/airhorns/shopify-draft-proxy
"""

import base64
import binascii
import json
import operator
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from graphql import GraphQLError
from pydantic import BaseModel, ConfigDict

from devhook.simulator.admin.subscriptions import SimulatedSubscription, SubscriptionFormat

_TERM: Final = re.compile(r"(\w+):([<>]=?)?(?:'([^']*)'|\"([^\"]*)\"|(\S+))")
_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Listing(BaseModel):
    """The arguments of a list query. `topics` are topic names (`orders/updated`); None: all."""

    model_config = ConfigDict(frozen=True)

    first: int | None = None
    last: int | None = None
    after: str | None = None
    before: str | None = None
    by_id: bool = False
    reverse: bool = False
    query: str | None = None
    topics: tuple[str, ...] | None = None
    format: SubscriptionFormat | None = None
    uri: str | None = None


class SubscriptionPage(BaseModel):
    """The subscriptions of one page, with the cursor of each."""

    model_config = ConfigDict(frozen=True)

    items: tuple[SimulatedSubscription, ...]
    cursors: tuple[str, ...]
    has_next: bool
    has_previous: bool


def page(subscriptions: Iterable[SimulatedSubscription], wanted: Listing) -> SubscriptionPage:
    """Return one page. Raise GraphQLError for a page without a size and for an invalid cursor."""
    if wanted.first is None and wanted.last is None:
        raise GraphQLError("you must provide one of first or last", extensions={"code": "BAD_REQUEST"})
    found = sorted(
        (each for each in selected(subscriptions, wanted.query) if _selected_by(each, wanted)),
        key=lambda each: _sort_key(each, by_id=wanted.by_id),
        reverse=wanted.reverse,
    )
    keys = [_sort_key(each, by_id=wanted.by_id) for each in found]
    start, end = 0, len(found)
    if wanted.after is not None:
        start = _count_until(keys, _decoded(wanted.after, by_id=wanted.by_id), reverse=wanted.reverse)
    if wanted.before is not None:
        before = _decoded(wanted.before, by_id=wanted.by_id)
        end = _count_until(keys, before, reverse=wanted.reverse) - (before in keys)
    if wanted.first is not None:
        end = min(end, start + wanted.first)
    if wanted.last is not None:
        start = max(start, end - wanted.last)
    items = tuple(found[start:end])
    return SubscriptionPage(
        items=items,
        cursors=tuple(_cursor(each, by_id=wanted.by_id) for each in items),
        has_next=end < len(found),
        has_previous=start > 0,
    )


def selected(
    subscriptions: Iterable[SimulatedSubscription], query: str | None
) -> list[SimulatedSubscription]:
    """Return the subscriptions that match every term of a search query. Unknown fields are ignored."""
    terms = [
        (match[1], _COMPARISONS[match[2] or ""], match[3] or match[4] or match[5] or "")
        for match in _TERM.finditer(query or "")
    ]
    return [
        each
        for each in subscriptions
        if all(_matches(each, name, test, value) for name, test, value in terms)
    ]


def _matches(each: SimulatedSubscription, name: str, test: Callable[[Any, Any], bool], value: str) -> bool:
    match name:
        case "id":
            number = value.rpartition("/")[2]
            return number.isdigit() and test(each.number, int(number))
        case "created_at":
            return _moment_matches(each.created_at, test, value)
        case "updated_at":
            return _moment_matches(each.updated_at, test, value)
        case "endpoint":
            return test(each.uri, value)
        case "topic":
            return test(each.topic, value)
        case _:
            return True


def _moment_matches(moment: datetime, test: Callable[[Any, Any], bool], value: str) -> bool:
    try:
        other = datetime.fromisoformat(value)
    except ValueError:
        return False
    return test(moment, other if other.tzinfo else other.replace(tzinfo=UTC))


def _selected_by(each: SimulatedSubscription, wanted: Listing) -> bool:
    return (
        (wanted.topics is None or each.topic in wanted.topics)
        and (wanted.format is None or each.format == wanted.format)
        and (wanted.uri is None or each.uri == wanted.uri)
    )


def _sort_key(each: SimulatedSubscription, *, by_id: bool) -> tuple[str, int]:
    """Return the sort key: creation and id, or only the id."""
    moment = each.created_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return ("" if by_id else moment, each.number)


def _count_until(keys: Sequence[tuple[str, int]], cursor: tuple[str, int], *, reverse: bool) -> int:
    """Return how many of the sorted keys are at the cursor or before it."""
    return sum(key >= cursor if reverse else key <= cursor for key in keys)


def _cursor(each: SimulatedSubscription, *, by_id: bool) -> str:
    moment, number = _sort_key(each, by_id=by_id)
    text = json.dumps({"last_id": number, "last_value": moment or str(number)}, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


def _decoded(cursor: str, *, by_id: bool) -> tuple[str, int]:
    try:
        read = json.loads(base64.b64decode(cursor, validate=True))
        return ("" if by_id else str(read["last_value"]), int(read["last_id"]))
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError) as error:
        raise GraphQLError(
            "Invalid cursor for current pagination sort.", extensions={"code": "BAD_REQUEST"}
        ) from error
