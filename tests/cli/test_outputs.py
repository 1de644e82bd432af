import json
from datetime import UTC, datetime

import pytest

from devhook.cli import outputs
from devhook.cli.console import as_line
from devhook.cli.events import answered_as_lines, answered_object, as_lines, delivery_object
from devhook.cli.outputs import DiagnosisBudget
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Answered
from devhook.inbox.readings import Reader
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Arrival, Delivery
from devhook.webhook.signature import Secret, check, sign

APP = Secret(name="client secret", value="a secret for tests")
TOKEN = Secret(name="access token", value="shpat_1")
BODY = b'{"id":1}'


class CannedSession:
    """The part of a session that the output needs."""

    secrets = (APP,)
    mistakable = (TOKEN,)

    def __init__(self, inbox):
        self.inbox = inbox

    def deliver(self, signature):
        """Let a delivery come; return its row."""
        delivery = Delivery(
            received_at=datetime(2026, 7, 4, tzinfo=UTC),
            headers=(("X-Shopify-Topic", "orders/paid"), ("X-Shopify-Hmac-Sha256", signature)),
            body=BODY,
        )
        found = check(self.secrets, BODY, signature)
        self.inbox.add([Arrival(delivery=delivery, signature=found.signature, status=401)])
        (row,) = Reader(self.inbox, after=self.inbox.newest() - 1).read_new()
        return row


@pytest.fixture
def session(tmp_path):
    with Inbox.open(tmp_path / "inbox") as inbox:
        yield CannedSession(inbox)


async def test_the_lines_explain_a_wrong_signature(session):
    row = session.deliver(sign("shpat_1", BODY))

    shown = as_lines(row, None, await DiagnosisBudget(session).about(row)).splitlines()

    assert shown[1] == "    It is signed with the access token instead of the client secret."
    assert "→ Sign with the app's client secret" in shown[3]


async def test_the_hint_of_json_explains_it_and_the_keys_are_unchanged(session):
    row = session.deliver(sign("stranger", BODY))

    before, told = (
        json.loads(as_line(delivery_object(row, None, diagnosis)))
        for diagnosis in (None, await DiagnosisBudget(session).about(row))
    )

    assert list(told) == list(before)
    assert told["hint"].startswith(f"{before['hint']} No known mistake explains this signature.")


async def test_a_valid_signature_is_not_examined(session):
    row = session.deliver(sign("a secret for tests", BODY))

    assert await DiagnosisBudget(session).about(row) is None


async def test_the_lines_and_json_tell_why_the_app_probably_refused_a_valid_delivery(session):
    row = session.deliver(sign("a secret for tests", BODY))
    answer = Answered(
        delivery_id=row.id,
        by="http://localhost:3000/",
        at=row.received_at,
        answer=Answer(status=401, seconds=0),
    )
    session.inbox.add([], [answer])

    refusal = await DiagnosisBudget(session).refusal(session.inbox.row(row.id))
    lines = answered_as_lines(row, [answer], refusal).splitlines()
    told = answered_object(row, [answer], refusal)

    assert lines[1] == "    The signature is valid, and your app refused the delivery (401)."
    assert "probably" in lines[2]
    assert lines[-1] == "    → To find out: devhook probe http://localhost:3000/"
    assert answered_as_lines(row, [answer], refusal, again=True).splitlines()[1:] == [
        f"{lines[1]} Probably for the same reason as before."
    ]
    assert told["refused"]["next"] == "devhook probe http://localhost:3000/"
    assert answered_object(row, [answer])["refused"] is None


async def test_a_flood_of_forgeries_is_not_examined_one_by_one(session, monkeypatch):
    monkeypatch.setattr(outputs, "_BURST", 0.000001)
    monkeypatch.setattr(outputs, "_SHARE", 0.0)
    row = session.deliver(sign("stranger", BODY))
    doctor = DiagnosisBudget(session)

    first, second = [await doctor.about(row) for _ in range(2)]

    assert first is not None
    assert second is None
