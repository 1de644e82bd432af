"""What is sent to find out whether an endpoint takes whatever Shopify may write."""

import pytest
from aiohttp import web

from devhook.webhook.payload import read_json


async def sent_by(probe, app, name, **how):
    results = await probe(app, name, **how)
    assert results[name].outcome == "pass"
    ((_, headers, body),) = app.requests[1:]
    return headers, body


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("escaped-slash", rb'"note":"and\/or 1\/2 https:\/\/example.com\/a"'),
        ("escaped-markup", rb'"note":"\u003cb\u003e2 \u003c 3\u003c\/b\u003e \u0026 5 \u003e 4 \u2028"'),
        ("emoji", '"note":"Für Zoë 🎁 👩\u200d🚀 日本"'.encode()),
        ("big-integers", b'{"id":9007199254740993,'),
    ],
)
async def test_the_bytes_are_those_that_the_check_is_named_after(probe, app, name, written):
    _, body = await sent_by(probe, app, name)

    assert written in body


async def test_the_big_id_stands_in_the_header_too(probe, app):
    headers, _ = await sent_by(probe, app, "big-integers")

    assert dict(headers)["X-Shopify-Order-Id"] == "9007199254740993"
    assert int(float(9007199254740993)) != 9007199254740993


@pytest.mark.parametrize("topic", ["orders/updated", "orders/delete"])
async def test_a_large_body_is_a_megabyte_and_can_be_read(probe, app, topic):
    _, body = await sent_by(probe, app, "large-body", topic=topic)

    document = read_json(body)
    assert 1_000_000 <= len(body) < 1024 * 1024
    lines = document.get("line_items", [])
    assert len({line["id"] for line in lines}) == len(lines)


async def test_who_refuses_a_body_for_its_size_is_told_where_the_limit_is_set(probe, app):
    async def answer(request, body):
        return web.Response(status=413)

    app.answer = answer

    found = (await probe(app, "large-body"))["large-body"]

    assert found.outcome == "fail"
    assert "express.raw({limit: '5mb'})" in found.fix
