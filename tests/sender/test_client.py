import asyncio
import contextlib
import socket

import pytest
from aiohttp import web

from devhook.sender.client import Sender
from devhook.webhook.answer import Failure


@contextlib.asynccontextmanager
async def raw_endpoint(talk, **options):
    """A TCP server that hands each connection to `talk(reader, writer)`; yields its port."""
    talks = []

    async def accept(reader, writer):
        talks.append(asyncio.current_task())
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await talk(reader, writer)
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, **options)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await server.wait_closed()


@contextlib.asynccontextmanager
async def endpoint(handler, **options):
    """An aiohttp server that answers every request with `handler`; yields its origin."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, **options)
    await site.start()
    try:
        yield f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    finally:
        await runner.cleanup()


async def request_of(reader):
    """The next request on a connection: its head and its body, as bytes."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    return head, await reader.readexactly(length)


async def never(reader, writer):
    await reader.read()


async def test_headers_go_out_in_their_order_case_and_repetition_and_with_nothing_added():
    seen = asyncio.get_running_loop().create_future()

    async def talk(reader, writer):
        seen.set_result(await request_of(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    headers = [("X-Shopify-Topic", "orders/paid"), ("x-b", "2"), ("X-A", "1"), ("x-b", "3")]
    async with raw_endpoint(talk) as port, Sender() as sender:
        await sender.send(f"http://127.0.0.1:{port}/hook?a=%2F", headers, b'{"a":1}')

        head, body = await seen
    assert head.decode().split("\r\n") == [
        "POST /hook?a=%2F HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "X-Shopify-Topic: orders/paid",
        "x-b: 2",
        "X-A: 1",
        "x-b: 3",
        "Content-Length: 7",
        "",
        "",
    ]
    assert body == b'{"a":1}'


async def test_a_recorded_host_goes_out_and_what_described_the_old_connection_does_not():
    seen = asyncio.get_running_loop().create_future()

    async def talk(reader, writer):
        seen.set_result(await request_of(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    headers = [
        ("Host", "shop.example.com"),
        ("Transfer-Encoding", "chunked"),
        ("content-length", "99"),
        ("Connection", "close"),
        ("Expect", "100-continue"),
    ]
    async with raw_endpoint(talk) as port, Sender() as sender:
        answer = await sender.send(f"http://127.0.0.1:{port}/", headers, b"abc")

        head, body = await seen
    assert answer.accepted
    assert head.decode().split("\r\n")[1:] == ["Host: shop.example.com", "Content-Length: 3", "", ""]
    assert body == b"abc"


async def test_header_bytes_beyond_ascii_go_out_as_they_came_in():
    seen = asyncio.get_running_loop().create_future()

    async def talk(reader, writer):
        seen.set_result(await request_of(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    as_a_delivery_holds_it = "Käse 🧀".encode().decode("latin-1")
    async with raw_endpoint(talk) as port, Sender() as sender:
        await sender.send(f"http://127.0.0.1:{port}/", [("X-Note", as_a_delivery_holds_it)], b"")

        head, _ = await seen
    assert "X-Note: Käse 🧀".encode() in head.split(b"\r\n")


async def test_a_body_of_megabytes_goes_out_whole_and_with_nothing_added():
    seen = asyncio.get_running_loop().create_future()

    async def talk(reader, writer):
        seen.set_result(await request_of(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    large = bytes(range(256)) * 4096 * 3
    async with raw_endpoint(talk) as port, Sender() as sender:
        answer = await sender.send(f"http://127.0.0.1:{port}/", [], large)

        head, body = await seen
    assert answer.accepted
    assert head.decode().split("\r\n")[1:] == [f"Host: 127.0.0.1:{port}", "Content-Length: 3145728", "", ""]
    assert body == large


async def test_a_name_in_two_spellings_loses_no_value():
    seen = asyncio.get_running_loop().create_future()

    async def talk(reader, writer):
        seen.set_result(await request_of(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with raw_endpoint(talk) as port, Sender() as sender:
        await sender.send(f"http://127.0.0.1:{port}/", [("x-note", "1"), ("X-Note", "2")], b"")

        head, _ = await seen
    assert [line for line in head.split(b"\r\n") if b"note" in line.lower()] == [b"x-note: 1", b"x-note: 2"]


@pytest.mark.parametrize(
    ("header", "named"),
    [
        (("X-Note", "a\r\nX-Injected: 1"), "X-Note"),
        (("X Note", "a"), "X Note"),
        (("X-Note", "\xff\xfe"), "X-Note"),
        (("X-Note", "✓"), "X-Note"),
    ],
)
async def test_a_header_that_cannot_be_written_is_named_and_nothing_is_sent(header, named):
    async with Sender() as sender:
        answer = await sender.send("http://127.0.0.1:9/", [header], b"")

    assert answer.failure is Failure.UNSENDABLE
    assert named in answer.error


async def test_an_answer_is_told_with_its_status_headers_and_body():
    async def handler(request):
        return web.Response(status=202, body=b"taken", headers=[("X-One", "1"), ("X-One", "2")])

    async with endpoint(handler) as origin, Sender() as sender:
        answer = await sender.send(f"{origin}/", [], b"{}")

    assert (answer.status, answer.body, answer.failure, answer.error) == (202, b"taken", None, "")
    assert [value for name, value in answer.headers if name == "X-One"] == ["1", "2"]
    assert answer.accepted


async def test_seconds_are_the_stopwatchs():
    async def handler(request):
        return web.Response()

    readings = iter([10.0, 12.5])
    async with endpoint(handler) as origin, Sender(stopwatch=lambda: next(readings)) as sender:
        answer = await sender.send(f"{origin}/", [], b"{}")

    assert answer.seconds == 2.5


async def test_a_redirect_is_an_answer_and_not_followed():
    asked = []

    async def handler(request):
        asked.append(request.path)
        return web.Response(status=308, headers={"Location": "/elsewhere"})

    async with endpoint(handler) as origin, Sender() as sender:
        answer = await sender.send(f"{origin}/hook", [], b"{}")

    assert answer.status == 308
    assert not answer.accepted
    assert asked == ["/hook"]


async def test_no_cookie_comes_back():
    asked = []

    async def handler(request):
        asked.append(request.headers.get("Cookie"))
        return web.Response(headers={"Set-Cookie": "session=1"})

    async with endpoint(handler) as origin, Sender() as sender:
        await sender.send(f"{origin}/", [], b"{}")
        await sender.send(f"{origin}/", [], b"{}")

    assert asked == [None, None]


async def test_a_proxy_in_the_environment_is_not_asked(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    async def handler(request):
        return web.Response(text="direct")

    async with endpoint(handler) as origin, Sender() as sender:
        answer = await sender.send(f"{origin}/", [], b"{}")

    assert answer.body == b"direct"


async def test_a_compressed_answer_is_kept_as_it_came():
    async def handler(request):
        return web.Response(body=b"\x1f\x8b not really", headers={"Content-Encoding": "gzip"})

    async with endpoint(handler) as origin, Sender() as sender:
        answer = await sender.send(f"{origin}/", [("Accept-Encoding", "gzip")], b"{}")

    assert answer.body == b"\x1f\x8b not really"


async def test_an_endless_answer_is_cut_at_the_limit():
    async def talk(reader, writer):
        await request_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with raw_endpoint(talk) as port, Sender(body_limit=100_000) as sender:
        answer = await sender.send(f"http://127.0.0.1:{port}/", [], b"{}")

    assert len(answer.body) == 100_000
    assert answer.cut
    assert answer.accepted


async def test_a_closed_port_is_refused_in_plain_words():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    async with Sender() as sender:
        answer = await sender.send(f"http://127.0.0.1:{port}/", [], b"{}")

    assert answer.failure is Failure.REFUSED
    assert answer.error == f"Connection refused: nothing listens on 127.0.0.1:{port}."
    assert answer.status is None
    assert not answer.accepted


async def test_localhost_with_two_addresses_and_nobody_on_either_is_refused():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    async with Sender() as sender:
        answer = await sender.send(f"http://localhost:{port}/", [], b"{}")

    assert answer.failure is Failure.REFUSED


async def test_a_handshake_that_never_ends_is_no_connection():
    async with raw_endpoint(never) as port, Sender() as sender:
        answer = await sender.send(f"https://127.0.0.1:{port}/", [], b"{}", connect_timeout=0.05)

    assert answer.failure is Failure.NO_CONNECTION
    assert answer.error == "No connection within 50 ms."


async def test_an_endpoint_that_is_too_slow_gives_no_answer():
    async with raw_endpoint(never) as port, Sender() as sender:
        answer = await sender.send(f"http://127.0.0.1:{port}/", [], b"{}", total_timeout=0.05)

    assert answer.failure is Failure.NO_ANSWER
    assert answer.error == "No complete answer within 50 ms."


async def test_a_body_that_never_ends_is_no_answer_although_its_status_is_known():
    async def talk(reader, writer):
        await request_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        await reader.read()

    async with raw_endpoint(talk) as port, Sender() as sender:
        answer = await sender.send(f"http://127.0.0.1:{port}/", [], b"{}", total_timeout=0.2)

    assert (answer.status, answer.body, answer.failure) == (200, b"half", Failure.NO_ANSWER)
    assert not answer.accepted


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"])
async def test_a_connection_that_is_dropped_is_broken(said):
    async def talk(reader, writer):
        await request_of(reader)
        writer.write(said)

    async with raw_endpoint(talk) as port, Sender() as sender:
        answer = await sender.send(f"http://127.0.0.1:{port}/", [], b"{}")

    assert answer.failure is Failure.BROKEN
    assert not answer.accepted


async def test_something_that_is_not_http_is_broken():
    async def talk(reader, writer):
        await request_of(reader)
        writer.write(b"220 mail.example.com ready\r\n")

    async with raw_endpoint(talk) as port, Sender() as sender:
        answer = await sender.send(f"http://127.0.0.1:{port}/", [], b"{}")

    assert answer.failure is Failure.BROKEN
    assert answer.error == "The answer is not HTTP."


async def test_https_to_a_plain_endpoint_is_a_tls_failure():
    async def handler(request):
        return web.Response()

    async with endpoint(handler) as origin, Sender() as sender:
        answer = await sender.send(origin.replace("http:", "https:"), [], b"{}")

    assert answer.failure is Failure.TLS
    assert answer.error.startswith("TLS failed: ")


async def test_a_certificate_of_its_own_making_is_not_trusted_unless_said_so(self_signed):
    context, trusting = self_signed

    async def handler(request):
        return web.Response()

    async with (
        endpoint(handler, ssl_context=context) as origin,
        Sender() as wary,
        Sender(trust=trusting) as sure,
    ):
        url = origin.replace("http:", "https:")
        doubted = await wary.send(url, [], b"{}")
        believed = await sure.send(url, [], b"{}")

    assert doubted.failure is Failure.TLS
    assert doubted.error == "The certificate is not trusted: unable to get local issuer certificate."
    assert believed.accepted


@pytest.mark.parametrize("host", ["a..b", "a" * 64 + ".example"])
async def test_a_name_that_cannot_exist_is_unreachable(host):
    async with Sender() as sender:
        answer = await sender.send(f"http://{host}/", [], b"{}")

    assert answer.failure is Failure.UNREACHABLE


async def test_a_name_that_does_not_exist_is_unreachable():
    async with Sender() as sender:
        answer = await sender.send("http://nobody.invalid/", [], b"{}", connect_timeout=5)

    assert answer.failure is Failure.UNREACHABLE
    assert answer.error == "The host nobody.invalid does not exist."


@pytest.mark.parametrize(
    "url",
    ["ftp://127.0.0.1/", "not an address", "", "http://", "http://[::1", "http://a:99999/", "http://a:b/"],
)
async def test_an_address_that_is_not_http_is_unsendable(url):
    async with Sender() as sender:
        answer = await sender.send(url, [], b"{}")

    assert answer.failure is Failure.UNSENDABLE
    assert answer.error == f"{url!r} is not an http:// or https:// address."


async def test_a_connection_is_kept_for_the_next_request():
    ports = set()

    async def handler(request):
        ports.add(request.transport.get_extra_info("peername")[1])
        return web.Response()

    async with endpoint(handler) as origin, Sender() as sender:
        await sender.send(f"{origin}/", [], b"{}")
        await sender.send(f"{origin}/", [], b"{}")

    assert len(ports) == 1


@pytest.mark.parametrize(
    ("said", "told"), [(b"", [False, True, True]), (b"Connection: close\r\n", [False] * 3)]
)
async def test_a_connection_that_is_used_again_is_told(said, told):
    async def talk(reader, writer):
        while True:
            await request_of(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + said + b"\r\n")

    async with raw_endpoint(talk) as port, Sender(reports_reuse=True) as sender:
        answers = [await sender.send(f"http://127.0.0.1:{port}/", [], b"{}") for _ in range(3)]

    assert [answer.reused for answer in answers] == told


async def test_nobody_who_did_not_ask_is_told_of_connections():
    async def handler(request):
        return web.Response()

    async with endpoint(handler) as origin, Sender() as sender:
        answer = await sender.send(f"{origin}/", [], b"{}")

    assert answer.reused is None


async def test_a_closed_sender_says_so():
    with pytest.raises(RuntimeError, match="not open"):
        await Sender().send("http://127.0.0.1:9/", [], b"")
