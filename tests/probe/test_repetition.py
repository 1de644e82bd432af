"""Deliveries that come twice, too late, or all at once."""

import asyncio

import pytest
from aiohttp import web

from devhook.webhook.payload import read_json


async def test_the_duplicate_is_the_same_to_the_byte(probe, app):
    await probe(app, "duplicate")

    first, second = app.requests[1:]
    assert first == second


async def test_the_late_version_is_older_by_its_header_and_by_its_body_and_has_ids_of_its_own(probe, app):
    await probe(app, "late-version")

    newest, late = ({**dict(headers), **read_json(body)} for _, headers, body in app.requests[1:])
    assert late["X-Shopify-Triggered-At"] < newest["X-Shopify-Triggered-At"]
    assert late["updated_at"] < newest["updated_at"]
    assert late["id"] == newest["id"]
    assert late["X-Shopify-Webhook-Id"] != newest["X-Shopify-Webhook-Id"]


async def test_a_burst_is_50_deliveries_10_at_a_time_each_with_an_id_of_its_own(probe, app):
    full = asyncio.Event()

    async def accept(request, body):
        if app.under_way == 10:
            full.set()
        await full.wait()
        return web.Response()

    first = app.accept

    async def first_alone(request, body):
        app.accept = accept
        return await first(request, body)

    app.accept = first_alone

    found = (await probe(app, "burst"))["burst"]

    ids = app.values("X-Shopify-Webhook-Id")[1:]
    assert found.outcome == "pass"
    assert len(ids) == len(set(ids)) == 50
    assert app.most_under_way == 10
    assert found.sent.startswith("50 × orders/updated")
    assert found.came.startswith("50 × 200; half of them within ")


async def test_a_burst_that_is_partly_lost_is_told_by_numbers(probe, app):
    count = iter(range(1000))

    async def accept(request, body):
        number = next(count)
        return web.Response(status=503 if number % 10 == 5 else 200)

    app.accept = accept

    found = (await probe(app, "burst"))["burst"]

    assert found.outcome == "fail"
    assert found.status == 503
    assert found.came.startswith("45 × 200, 5 × 503; ")


@pytest.mark.parametrize(
    ("check", "said"), [("duplicate", "accepted before"), ("late-version", "ignore older")]
)
@pytest.mark.parametrize("status", [409, 422, 500, 304])
async def test_whatever_the_second_is_answered_with_it_must_be_2xx(probe, app, check, said, status):
    count = iter(range(1000))

    async def accept(request, body):
        return web.Response(status=status if next(count) == 2 else 200)

    app.accept = accept

    found = (await probe(app, check))[check]

    assert found.outcome == "fail"
    assert found.status == status
    assert said in found.fix
    assert found.came.startswith("200 in ")
    assert f", then {status} in " in found.came


@pytest.mark.parametrize("check", ["duplicate", "late-version"])
async def test_where_the_first_is_not_taken_that_is_what_is_told(probe, app, check):
    async def accept(request, body):
        return web.Response(status=404)

    app.accept = accept

    found = (await probe(app, check))[check]

    assert found.outcome == "fail"
    assert "Is this the path" in found.fix
