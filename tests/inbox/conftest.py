import json
from datetime import UTC, datetime, timedelta

import pytest

from devhook.inbox.store import Inbox
from devhook.webhook.delivery import Arrival, Delivery, Origin, Signature

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "inbox"


@pytest.fixture
def inbox(path):
    with Inbox.open(path) as opened:
        yield opened


@pytest.fixture
def arrival():
    """One line to make a delivery: `arrival("orders/updated", {"id": 1}, webhook_id="w-2")`."""

    def make(
        topic="orders/updated",
        document=None,
        *,
        body=None,
        shop="lavender.myshopify.com",
        webhook_id=None,
        triggered_at=None,
        seconds=0,
        signature=Signature.VALID,
        **facts,
    ):
        named = {
            "X-Shopify-Topic": topic,
            "X-Shopify-Shop-Domain": shop,
            "X-Shopify-Webhook-Id": webhook_id,
            "X-Shopify-Event-Id": facts.pop("event_id", None),
            "X-Shopify-Triggered-At": triggered_at,
            "Content-Type": "application/json",
        }
        delivery = Delivery(
            received_at=NOON + timedelta(seconds=seconds),
            path="/webhooks",
            headers=tuple((name, value) for name, value in named.items() if value is not None),
            body=json.dumps(document or {}).encode() if body is None else body,
        )
        return Arrival(delivery=delivery, signature=signature, **{"origin": Origin.SHOPIFY} | facts)

    return make


@pytest.fixture
def order():
    """An order's payload: `order(note="fragile")` is #2001, `order(2, name="#2002")` another one."""

    def make(number=1, **fields):
        return {"id": 5_000_000_000_000 + number, "name": f"#{2000 + number}", "note": None} | fields

    return make
