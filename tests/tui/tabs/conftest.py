from datetime import UTC, datetime

import pytest

from devhook.analysis.diff import Change, Kind
from devhook.analysis.verdict import Reading, Verdict
from devhook.tui.delivery_view import DeliveryView
from devhook.webhook.delivery import Delivery, Signature
from devhook.webhook.signature import Check
from devhook.webhook.subject import Subject

NOON = datetime(2026, 3, 14, 12, 0, 0, 250_000, tzinfo=UTC)
ORDER = Subject(kind="order", id="5501", name="#1001", document="order")


@pytest.fixture
def change():
    """`change("note", None, "x")`; `added(…)` and `removed(…)` are of the same kind."""

    def make(path, before=None, after=None, kind=Kind.CHANGED, **facts):
        pointer = facts.pop("pointer", "/" + path.replace(".", "/"))
        return Change(kind=kind, path=path, pointer=pointer, before=before, after=after, **facts)

    return make


@pytest.fixture
def reading():
    def make(verdict=Verdict.CHANGED, **facts):
        return Reading(**{"subject": ORDER, "version": 1, "verdict": verdict} | facts)

    return make


@pytest.fixture
def view(row):
    """A `DeliveryView` without an inbox."""

    def make(
        reading=None,
        *,
        check=None,
        secrets=("demo app",),
        row_facts=None,
        compared_at=NOON,
        diagnose=None,
        explain=None,
        **delivery,
    ):
        facts = {"received_at": NOON, "body": b"{}", "headers": (("Content-Type", "application/json"),)}
        return DeliveryView(
            row=row(7, **(row_facts or {})),
            exact=Delivery(**facts | delivery),
            reading=reading,
            compared_at=compared_at,
            secrets=secrets,
            check=check or Check(signature=Signature.VALID, signed_with="demo app"),
            diagnose=diagnose,
            explain=explain,
        )

    return make
