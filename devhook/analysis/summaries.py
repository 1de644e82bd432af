"""Puts into words what a body reports and no order's body contains: a location, a hold, a return."""

from typing import Any, Final

from devhook.webhook.document import Document

_LONGEST: Final = 60


def says(topic: str | None, document: Document) -> str:
    """Return for example `moved from location 68153027410 to location 68153092946`; empty if nothing."""
    if not isinstance(document, dict):
        return ""
    match (topic or "").partition("/"):
        case ("fulfillment_orders", _, "moved"):
            return _moved(document)
        case ("fulfillment_orders" | "fulfillment_holds", _, _):
            return _with_status("the fulfilment order", _inner(document, "fulfillment_order"))
        case ("returns", _, _):
            return _with_status("the return", document)
        case ("orders", _, "risk_assessment_changed"):
            return "the risk assessment changed"
    return ""


def _moved(document: dict[str, Any]) -> str:
    """Read both locations; the body has each twice, and either may be missing."""
    before = _tail(_inner(document, "source_location").get("id")) or _tail(
        _inner(document, "original_fulfillment_order").get("assigned_location_id")
    )
    after = _tail(document.get("destination_location_id")) or _tail(
        _inner(document, "moved_fulfillment_order").get("assigned_location_id")
    )
    if not after:
        return "moved to another location"
    return f"moved from location {before} to location {after}" if before else f"moved to location {after}"


def _with_status(what: str, body: dict[str, Any]) -> str:
    status = body.get("status")
    return f"{what} is {status[:_LONGEST].replace('_', ' ').lower()}" if isinstance(status, str) else ""


def _inner(document: dict[str, Any], key: str) -> dict[str, Any]:
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def _tail(gid: object) -> str:
    """Return the number at the end of `gid://shopify/Location/68153027410`."""
    if type(gid) is int:
        return str(gid)
    return gid.rpartition("/")[2].partition("?")[0][:_LONGEST] if isinstance(gid, str) else ""
