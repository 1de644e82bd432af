"""The webhooks about personal data, without which no app is approved."""

import pytest
from aiohttp import web

from devhook.webhook.payload import read_json
from devhook.webhook.topics import COMPLIANCE

NAMES = [f"compliance-{topic.replace('/', '-').replace('_', '-')}" for topic in COMPLIANCE]


async def test_each_topic_comes_signed_and_forged_and_of_a_shop_that_does_not_exist(probe, app):
    results = await probe(app, "compliance-*", shop="kiln-and-clay.myshopify.com")

    sent = [(dict(headers), read_json(body)) for _, headers, body in app.requests[1:]]
    assert list(results) == [each for name in NAMES for each in (name, f"{name}-401")]
    assert [headers["X-Shopify-Topic"] for headers, _ in sent] == [
        topic for topic in COMPLIANCE for _ in range(2)
    ]
    for headers, document in sent:
        assert headers["X-Shopify-Shop-Domain"] == document["shop_domain"] == "devhook-demo.myshopify.com"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(401, "pass"), (400, "fail"), (403, "fail"), (404, "fail"), (200, "fail"), (308, "fail"), (500, "fail")],
)
async def test_a_forged_one_is_due_401_and_nothing_else(probe, app, status, outcome):
    app.refuse = lambda _: web.Response(status=status)

    results = await probe(app, "compliance-*-401")

    assert {result.outcome for result in results.values()} == {outcome}


async def test_where_they_go_elsewhere_the_way_to_probe_that_is_told(probe, app):
    async def accept(request, body):
        return web.Response(status=404)

    app.accept = accept

    results = await probe(app, *NAMES)

    assert all("--only 'compliance-*'" in result.fix for result in results.values())
