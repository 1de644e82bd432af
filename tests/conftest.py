from datetime import UTC, datetime, timedelta

import pytest

from devhook.inbox.rows import Row
from devhook.webhook.delivery import Origin, Signature

START = datetime(2026, 3, 14, 14, 2, 0, tzinfo=UTC)


@pytest.fixture
def row():
    """Make a row of the list without an inbox."""

    def make(number=1, **facts):
        return Row(
            **{
                "id": number,
                "received_at": START + timedelta(milliseconds=713 * number),
                "topic": "orders/updated",
                "shop": "harbour-lane.myshopify.com",
                "webhook_id": f"9f2c-{number:04}",
                "event_id": None,
                "signature": Signature.VALID,
                "signed_with": "demo app",
                "origin": Origin.SIMULATOR,
                "status": 200,
                "path": "/",
                "size": 900,
            }
            | facts
        )

    return make
