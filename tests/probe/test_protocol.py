"""How an endpoint speaks HTTP, as a probe sees it."""

import asyncio
import itertools

import pytest
from aiohttp import web


async def test_a_certificate_that_is_not_trusted_is_told_once_and_nothing_else_is_tried(
    probe, app, self_signed
):
    server, _ = self_signed

    results = await probe(app, "tls", "valid-json", "burst", context=server)

    assert [result.outcome for result in results.values()] == ["fail", "skip", "skip"]
    assert results["tls"].came == "The certificate is not trusted: unable to get local issuer certificate."
    assert "SSL_CERT_FILE" in results["tls"].fix
    assert app.requests == []


async def test_without_the_check_of_tls_the_first_one_fails_of_it(probe, app, self_signed):
    server, _ = self_signed

    results = await probe(app, "valid-json", "burst", context=server)

    assert [result.outcome for result in results.values()] == ["fail", "skip"]
    assert "certificate" in results["valid-json"].fix


async def test_a_certificate_that_is_trusted_passes(probe, app, self_signed):
    server, trust = self_signed

    results = await probe(app, context=server, trust=trust)

    assert results["tls"].outcome == "pass"
    assert {result.outcome for result in results.values()} == {"pass", "skip"}


async def test_https_where_http_is_spoken_is_told(probe, app):
    async def plain(reader, writer):
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    async with server:
        results = await probe(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/", "tls")

    assert results["tls"].outcome == "fail"
    assert "http://" in results["tls"].fix


async def test_a_redirect_is_told_with_where_it_leads(probe, app):
    async def answer(request, body):
        return web.Response(status=308, headers={"Location": "https://shop.example.com/webhooks"})

    app.answer = answer

    found = (await probe(app, "no-redirect"))["no-redirect"]

    assert found.outcome == "fail"
    assert found.came.startswith("308 → https://shop.example.com/webhooks in ")
    assert "redirect" in found.fix


async def test_an_answer_that_takes_too_long_fails_with_what_to_do(probe, app):
    async def accept(request, body):
        await asyncio.sleep(30)

    app.accept = accept

    results = await probe(app, "answer-time", "no-redirect", "valid-json", "unknown-topic", limit=0.05)

    assert {result.outcome for result in results.values()} == {"fail"}
    for result in results.values():
        assert result.came == "No complete answer within 50 ms."
        assert result.status is None
        assert "queue" in result.fix


async def test_an_answer_that_takes_most_of_the_time_is_a_warning(probe, app):
    # Each request asks for the time twice.
    readings = itertools.chain([0, 0], [10, 10.1], [20, 22.6], [30, 30.1])

    found = (await probe(app, "answer-time", stopwatch=lambda: next(readings)))["answer-time"]

    assert found.outcome == "warn"
    assert found.came == "200; the slowest of 3 in 2.6 s"
    assert "queue" in found.fix


@pytest.mark.parametrize(
    ("status", "outcome"), [(405, "pass"), (200, "warn"), (404, "pass"), (302, "warn"), (500, "warn")]
)
async def test_a_get_is_to_be_turned_away_and_is_never_more_than_a_warning(probe, app, status, outcome):
    async def answer(request, body):
        return web.Response(status=status if request.method == "GET" else 200)

    app.answer = answer

    assert (await probe(app, "get"))["get"].outcome == outcome


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, "pass"), (204, "pass"), (404, "warn"), (401, "fail"), (500, "fail")]
)
async def test_a_topic_that_nobody_knows_is_due_2xx(probe, app, status, outcome):
    async def accept(request, body):
        return web.Response(status=status)

    app.accept = accept

    found = (await probe(app, "unknown-topic"))["unknown-topic"]

    assert found.outcome == outcome
    assert app.values("X-Shopify-Topic")[-1] == "devhook/unheard_of"


async def test_http_1_0_keeps_no_connection(probe):
    async def old(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        await reader.readexactly(length)
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(old, "127.0.0.1", 0)
    async with server:
        results = await probe(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", "keep-alive")

    assert results["keep-alive"].outcome == "warn"
    assert "over a connection of its own" in results["keep-alive"].came


async def test_a_connection_that_was_closed_behind_an_answer_is_no_fault_of_the_next_request(probe):
    """So does Express after an error: it answers, and hangs up without having said so."""

    async def hang_up(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        await reader.readexactly(length)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await reader.read(1)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        results = await probe(
            f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/",
            "valid-json", "duplicate", "late-version", "keep-alive",
        )  # fmt: skip

    assert {name: result.outcome for name, result in results.items()} == {
        "valid-json": "pass",
        "keep-alive": "warn",
        "duplicate": "pass",
        "late-version": "pass",
    }


async def test_an_app_that_breaks_off_fails_and_the_probe_goes_on(probe):
    async def broken(reader, writer):
        await reader.read(100)
        writer.close()

    server = await asyncio.start_server(broken, "127.0.0.1", 0)
    async with server:
        results = await probe(
            f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/",
            "valid-json", "changed-byte", "no-redirect", "keep-alive", "burst",
        )  # fmt: skip

    assert {result.outcome for result in results.values()} == {"fail"}
    assert all("log" in result.fix for result in results.values())
