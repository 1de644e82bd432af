"""Deliveries of a HAR file, and what the lines, the JSON, the page and the screen say of each."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from devhook.cli.events import as_lines, delivery_object
from devhook.cli.show import payload_lines
from devhook.inbox.database import Inbox
from devhook.inbox.readings import Reader
from devhook.inbox.recorded import keep_recorded
from devhook.inbox.timeline import Around
from devhook.recordings.har import read_har
from devhook.tui.delivery_view import DeliveryView
from devhook.tui.tabs.changes import changes_layout
from devhook.tui.widgets.action_lines import Line
from devhook.tui.widgets.delivery_columns import DeliveryColumns
from devhook.webhook.payload import write_line
from devhook.webhook.signature import Secret, sign

APP = Secret(name="client secret", value="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")
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
SHOPIFYS = {
    "Content-Type": "application/json",
    "X-Shopify-Shop-Domain": "quince-and-co.myshopify.com",
    "X-Shopify-API-Version": "2026-10",
}


class Said(NamedTuple):
    """What each output says of one delivery: `json` as a program reads it, the others as text."""

    row: object
    json: dict
    line: str
    listed: str
    tab: str
    payload: str


class Webhook(NamedTuple):
    """A request: its topic, body, headers beside Shopify's usual ones (None: left out), and its answer."""

    topic: str
    body: str | bytes
    headers: dict[str, str | None] = {}  # noqa: RUF012 - read only
    status: int | None = 200
    secret: str = APP.value.get_secret_value()

    def entry(self, number):
        body = self.body if isinstance(self.body, bytes) else self.body.encode()
        headers = SHOPIFYS | {"X-Shopify-Topic": self.topic, "X-Shopify-Webhook-Id": f"w-{number}"}
        headers |= {"X-Shopify-Hmac-Sha256": sign(self.secret, body), **self.headers}
        text = {"text": body.decode("latin-1")}
        if not body.isascii():
            text = {"text": base64.b64encode(body).decode(), "encoding": "base64"}
        return {
            "startedDateTime": (NOON + timedelta(minutes=number)).isoformat(),
            "request": {
                "method": "POST",
                "url": "https://app.example/webhooks",
                "headers": [
                    {"name": name, "value": value} for name, value in headers.items() if value is not None
                ],
                "postData": {"mimeType": "application/json", **text},
            },
            "response": None if self.status is None else {"status": self.status, "headers": []},
        }


@pytest.fixture
def said(tmp_path):
    """Import webhooks from a HAR file, and return what is said of each; one is the fields of a Webhook."""

    def say(*webhooks):
        entries = [Webhook(**each).entry(number) for number, each in enumerate(webhooks, 1)]
        archive = {"log": {"entries": entries}}
        with Inbox.open(tmp_path / f"inbox-{len(list(tmp_path.iterdir()))}") as inbox:
            keep_recorded(inbox, read_har(json.dumps(archive).encode(), "a.har", [APP]), NOON)
            reader = Reader(inbox)
            rows = reader.read_new()
            return [_said(inbox, inbox.row(row.id)) for row in rows]

    return say


def _said(inbox, row):
    reading = inbox.reading(row.id)
    around = Around.of(inbox, row, reading)
    told = write_line(delivery_object(row, reading, around=around))
    tab = changes_layout(DeliveryView.fetch(inbox, [APP], row), 110)
    return Said(
        row=row,
        json=json.loads(told, parse_constant=_not_json, parse_float=str),
        line=as_lines(row, reading, around=around),
        listed=DeliveryColumns.within(90, 99).line(Line(row)).plain,
        tab=" ".join(" ".join(tab.line(number).plain for number in range(tab.count)).split()),
        payload="\n".join(payload_lines(inbox.delivery(row.id))),
    )


def _not_json(constant):
    raise AssertionError(f"{constant} is not JSON (RFC 8259)")
