import asyncio
import contextlib
import gzip
import socket
from asyncio.subprocess import PIPE

import pytest

from devhook.errors import ReceiverError
from devhook.receiver import server as server_module
from devhook.webhook.answer_fault import parse_fault
from devhook.webhook.delivery import Origin, Signature
from devhook.webhook.signature import Secret

BODY = b'{"id":1}'
APP = Secret(name="app", value="hush-of-the-app")


async def test_a_delivery_that_is_signed_right_is_kept_and_answered_200(serve, client, signed):
    server = await serve()

    async with client.post(f"{server.url}/hooks?x=1", data=BODY, headers=signed(BODY)) as response:
        answer = (response.status, await response.read())

    (kept,) = server.kept
    assert answer == (200, b"")
    assert (kept.signature, kept.signed_with, kept.status) == (Signature.VALID, "app", 200)
    assert (kept.delivery.body, kept.delivery.path, kept.origin) == (BODY, "/hooks?x=1", Origin.SHOPIFY)
    assert kept.delivery.topic == "orders/paid"


@pytest.mark.parametrize(
    ("headers", "signature"),
    [
        ({}, Signature.MISSING),
        ({"X-Shopify-Hmac-Sha256": ""}, Signature.MISSING),
        ({"X-Shopify-Hmac-Sha256": "bm90IGl0"}, Signature.INVALID),
        ({"X-Shopify-Hmac-Sha256": "A" * 43 + "="}, Signature.INVALID),
    ],
)
async def test_a_delivery_that_is_not_signed_right_is_kept_and_answered_401(
    serve, client, signed, headers, signature
):
    server = await serve()

    async with client.post(server.url, data=BODY, headers=headers) as response:
        text = await response.text()

    assert response.status == 401
    assert signed(BODY)["X-Shopify-Hmac-Sha256"] not in text
    assert [(kept.signature, kept.status) for kept in server.kept] == [(signature, 401)]


@pytest.mark.tools
async def test_a_delivery_signed_by_openssl_is_valid_and_with_one_byte_changed_invalid(serve, client):
    server = await serve()
    body = b'{"id":820982911946154508,"name":"#1001","note":"caf\xc3\xa9 \\/ 2.0"}'
    pipeline = "openssl dgst -sha256 -hmac hush-of-the-app -binary | openssl base64"
    openssl = await asyncio.create_subprocess_shell(pipeline, stdin=PIPE, stdout=PIPE)
    by_hand, _ = await openssl.communicate(body)
    headers = {"X-Shopify-Hmac-Sha256": by_hand.decode().strip()}

    answers = []
    for sent in (body, body.replace(b"#1001", b"#1002")):
        async with client.post(server.url, data=sent, headers=headers) as response:
            answers.append(response.status)

    assert answers == [200, 401]
    assert [kept.signature for kept in server.kept] == [Signature.VALID, Signature.INVALID]


async def test_without_a_secret_nothing_is_checked(serve, client):
    server = await serve(secrets=(), origin=Origin.SIMULATOR)

    async with client.post(server.url, data=BODY) as response:
        assert response.status == 200

    assert [(kept.signature, kept.origin) for kept in server.kept] == [
        (Signature.UNCHECKED, Origin.SIMULATOR)
    ]


async def test_during_a_rotation_both_secrets_are_good(serve, client, signed):
    new = Secret(name="new", value="another")
    server = await serve(secrets=(APP, new))

    for secret in (APP, new):
        async with client.post(server.url, data=BODY, headers=signed(BODY, secret)) as response:
            assert response.status == 200

    assert [kept.signed_with for kept in server.kept] == [APP.name, "new"]


async def test_headers_keep_their_order_their_case_their_repetitions_and_their_bytes(serve):
    server = await serve()

    answer = await server.say(
        b"POST //a%20b/../?%zz=/&&# HTTP/1.1\r\nhost: x\r\nx-SHOPIFY-topic: orders/paid\r\n"
        b"X-A: 2\r\nx-a: 1\r\nX-A: 2\r\n"
        b"X-Bytes: caf\xe9 \xf0\x9f\x92\xa9\r\nContent-Length: 3\r\nConnection: close\r\n\r\n\x00\xffx"
    )

    (kept,) = server.kept
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert kept.delivery.headers == (
        ("host", "x"),
        ("x-SHOPIFY-topic", "orders/paid"),
        ("X-A", "2"),
        ("x-a", "1"),
        ("X-A", "2"),
        ("X-Bytes", "caf\xe9 \xf0\x9f\x92\xa9"),
        ("Content-Length", "3"),
        ("Connection", "close"),
    )
    assert (kept.delivery.path, kept.delivery.body) == ("//a%20b/../?%zz=/&&#", b"\x00\xffx")


async def test_an_empty_body_is_a_delivery_like_any_other(serve, client, signed):
    server = await serve()

    async with client.post(server.url, headers=signed(b"")) as response:
        assert response.status == 200

    assert [kept.delivery.body for kept in server.kept] == [b""]


async def test_a_compressed_body_is_kept_and_checked_as_the_bytes_that_came(serve, client, signed):
    server = await serve(body_limit=5000)
    body = gzip.compress(b"0" * 1_000_000)

    async with client.post(
        server.url, data=body, headers=signed(body) | {"Content-Encoding": "gzip"}
    ) as response:
        assert response.status == 200

    assert [kept.delivery.body for kept in server.kept] == [body]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_only_post_is_taken(serve, client, method):
    server = await serve()

    async with client.request(method, server.url, data=BODY if method == "PUT" else None) as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST")

    assert server.kept == []


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/hooks/s3cret", 200),
        ("/hooks/s3cret?retry=1", 200),
        ("/hooks/s3cre", 404),
        ("/hooks/s3cret/", 404),
        ("/hooks/S3CRET", 404),
        ("/?/hooks/s3cret", 404),
        ("/hooks/%C3%A9", 404),
    ],
)
async def test_with_a_secret_path_every_other_path_is_unknown(serve, client, signed, target, status):
    server = await serve(secret_path="/hooks/s3cret")

    async with client.post(server.url + target, data=BODY, headers=signed(BODY)) as response:
        assert response.status == status

    assert len(server.kept) == (status == 200)


async def test_a_body_as_large_as_the_limit_is_taken_and_one_byte_more_is_not(serve, client, signed):
    server = await serve(body_limit=100_000)

    answers = []
    for size in (100_000, 100_001):
        body = b"x" * size
        async with client.post(server.url, data=body, headers=signed(body)) as response:
            answers.append((response.status, response.headers.get("Connection")))

    assert answers == [(200, None), (413, "close")]
    assert [len(kept.delivery.body) for kept in server.kept] == [100_000]


async def test_a_body_without_a_length_is_stopped_at_the_limit(serve, client):
    server = await serve(body_limit=100_000)

    async def endless():
        for _ in range(100):
            yield b"x" * 10_000

    with contextlib.suppress(ConnectionError):
        async with client.post(server.url, data=endless()) as response:
            assert (response.status, response.headers["Connection"]) == (413, "close")

    assert server.kept == []


async def test_a_length_that_is_too_large_is_refused_before_the_body_comes(serve, monkeypatch):
    monkeypatch.setattr(server_module, "_LINGERING", 0.1)
    server = await serve(body_limit=10)

    answer = await server.say(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_who_asks_first_is_told_to_go_on(serve, signed):
    server = await serve()
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\nConnection: close\r\n"
    head += "Expect: 100-continue\r\n"
    signature = f"X-Shopify-Hmac-Sha256: {signed(BODY)['X-Shopify-Hmac-Sha256']}\r\n\r\n"

    answer = await server.say((head + signature).encode(), BODY)

    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")


async def test_headers_that_do_not_end_are_given_up(serve):
    server = await serve(header_timeout=0.1)

    answer = await server.say(b"POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ")

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert server.kept == []


async def test_headers_that_drip_are_given_up_on_a_used_connection_too(serve, signed):
    server = await serve(header_timeout=0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    await reader.readuntil(b"There is no signature.\n")

    async def drip():
        writer.write(b"POST / HTTP/1.1\r\nX-Slow: ")
        while True:
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with asyncio.TaskGroup() as tasks:
        dripping = tasks.create_task(drip())
        answer = await reader.read()
        dripping.cancel()
    writer.close()

    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_does_not_come_is_given_up(serve, monkeypatch):
    monkeypatch.setattr(server_module, "_LINGERING", 0.1)
    server = await serve(read_timeout=0.1)

    answer = await server.say(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345")

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert server.kept == []


async def test_a_connection_that_says_nothing_is_closed_in_the_end(serve):
    server = await serve(header_timeout=0.1)

    assert await server.say() == b""


async def test_an_idle_connection_outlasts_the_time_for_headers(serve, client, signed):
    server = await serve(header_timeout=0.05)

    for _ in range(2):
        async with client.post(server.url, data=BODY, headers=signed(BODY)) as response:
            assert response.status == 200
            connection = response.connection and response.connection.transport
        await asyncio.sleep(0.15)

    assert connection is None or not connection.is_closing()
    assert len(server.kept) == 2


async def test_a_slow_sender_keeps_nobody_waiting(serve, client, signed):
    server = await serve()
    _, slow = await asyncio.open_connection("127.0.0.1", server.port)
    slow.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1")
    await slow.drain()

    async with client.post(server.url, data=BODY, headers=signed(BODY)) as response:
        assert response.status == 200

    slow.close()
    await slow.wait_closed()


async def test_half_a_body_is_no_delivery(serve):
    server = await serve()
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345")
    await writer.drain()

    writer.close()
    await writer.wait_closed()

    assert (await server.say(b"POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n")).startswith(b"HTTP/1.0 401 ")
    assert [kept.delivery.body for kept in server.kept] == [b""]


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_refused_and_not_talked_about(serve, capfd, request_):
    server = await serve(header_timeout=1)

    answer = await server.say(request_)

    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 ", b"HTTP/1.1 431 "))
    assert server.kept == []
    assert capfd.readouterr() == ("", "")


async def test_a_sender_that_leaves_while_it_waits_has_its_delivery_kept(serve, until):
    server = await serve()
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\n\r\n"

    with socket.create_connection(("127.0.0.1", server.port)) as sender:
        sender.sendall(head.encode() + BODY)

    assert (await server.say(b"GET / HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.0 405 ")
    await until(lambda: server.kept)
    assert [kept.delivery.body for kept in server.kept] == [BODY]


async def test_what_cannot_be_kept_is_answered_500_and_the_trouble_told_once(serve, client, signed, path):
    server = await serve()
    async with client.post(server.url, data=BODY, headers=signed(BODY)) as response:
        assert response.status == 200
    path.rename(path.with_name("elsewhere"))

    async def send():
        async with client.post(server.url, data=BODY, headers=signed(BODY)) as response:
            return response.status

    answers = await asyncio.gather(*(send() for _ in range(20)))

    assert answers == [500] * 20
    assert [trouble.message for trouble in server.notices] == [
        f"The inbox {path} was removed or replaced while it was in use."
    ]
    path.with_name("elsewhere").rename(path)
    assert await send() == 200
    assert len(server.kept) == 2


async def test_a_bug_is_answered_500_and_told_of(serve, client, signed, monkeypatch):
    server = await serve()

    with monkeypatch.context() as patched:
        patched.delattr(server_module, "check")
        async with client.post(server.url, data=BODY, headers=signed(BODY)) as response:
            assert response.status == 500
    async with client.post(server.url, data=BODY, headers=signed(BODY)) as response:
        assert response.status == 200

    assert ["NameError" in trouble.message for trouble in server.notices] == [True]
    assert len(server.kept) == 1


async def test_a_full_disk_is_answered_500_until_there_is_room(serve, client, signed):
    server = await serve()
    writer = server.receiver._commit

    async def pages(most):
        await writer.between(lambda inbox: inbox.query(f"PRAGMA main.max_page_count = {most}"))

    async def send(size):
        body = bytes(range(256)) * (size // 256)
        async with client.post(server.url, data=body, headers=signed(body)) as response:
            return response.status

    await pages(10)
    full = [await send(256) for _ in range(40)]
    await pages(10_000)
    room = [await send(256) for _ in range(3)]
    await pages(10)
    full_again = [await send(256) for _ in range(40)]

    assert set(full) <= {200, 500}
    assert full[-1] == full_again[-1] == 500
    assert room == [200] * 3
    assert len(server.kept) == [*full, *room, *full_again].count(200)
    assert [trouble.message.partition(",")[0] for trouble in server.notices] == ["The disk is full"] * 2


SILENT, DRIPPING_HEAD, DRIPPING_BODY, IDLE = "silent", "dripping headers", "dripping body", "idle"


async def _occupy(server, kind, signed):
    """Open one connection and leave it in that state."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    if kind == DRIPPING_HEAD:
        writer.write(b"POST / HTTP/1.1\r\nX-Slow: a")
    elif kind == DRIPPING_BODY:
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
    elif kind == IDLE:
        head = "".join(f"{name}: {value}\r\n" for name, value in signed(BODY).items())
        writer.write(f"POST / HTTP/1.1\r\nHost: a\r\n{head}Content-Length: 8\r\n\r\n".encode() + BODY)
        await reader.readuntil(b"\r\n\r\n")
    await writer.drain()
    return writer


@pytest.mark.parametrize("kind", [SILENT, DRIPPING_HEAD, DRIPPING_BODY, IDLE])
async def test_strangers_who_keep_connections_open_shut_nobody_out(serve, client, signed, kind):
    server = await serve(connections=8)
    strangers = []
    for _ in range(20):
        strangers.append(await _occupy(server, kind, signed))
        if len(strangers) % 4 == 0:
            async with client.post(server.url, data=BODY, headers=signed(BODY)) as response:
                assert response.status == 200
    for writer in strangers:
        writer.close()


async def test_a_rejected_request_that_keeps_its_connection_open_gives_way(serve, client, signed):
    server = await serve(connections=1, header_limit=100)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"POST / HTTP/1.1\r\nX-Long: " + b"a" * 200)
    assert (await reader.readline()).startswith(b"HTTP/1.1 431 ")

    async with client.post(server.url, data=BODY, headers={**signed(BODY), "User-Agent": ""}) as response:
        assert response.status != 503
    writer.close()


async def test_who_waits_for_an_answer_is_not_closed_to_make_room(serve, signed, until):
    server = await serve(connections=1, faults=(parse_fault("slow:0.5sx1"),))
    head = "".join(f"{name}: {value}\r\n" for name, value in signed(BODY).items())
    slow = asyncio.get_running_loop().create_task(
        server.say(
            f"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{head}Content-Length: 8\r\n\r\n".encode()
            + BODY
        )
    )
    await until(lambda: server.kept)

    turned_away = await server.say(b"")

    assert turned_away.startswith(b"HTTP/1.1 503 ")
    assert (await slow).startswith(b"HTTP/1.1 200 ")


async def test_headers_beyond_the_limit_are_answered_431_however_they_arrive(serve):
    server = await serve(header_limit=10_000)
    line = b"X-Long: " + b"a" * 1000 + b"\r\n"

    at_once = await server.say(b"POST / HTTP/1.1\r\nHost: a\r\n" + line * 12 + b"\r\n")
    in_pieces = await server.say(b"POST / HTTP/1.1\r\nHost: a\r\n", *[line] * 12)
    below = await server.say(
        b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + line * 9 + b"Content-Length: 20000\r\n\r\n",
        b"b" * 20_000,
    )

    assert at_once.startswith(b"HTTP/1.1 431 ")
    assert in_pieces.startswith(b"HTTP/1.1 431 ")
    assert below.startswith(b"HTTP/1.1 401 ")
    (kept,) = server.kept
    assert len(kept.delivery.body) == 20_000


async def test_a_sender_that_ends_its_side_gets_its_answer(serve, signed):
    server = await serve()
    head = "".join(f"{name}: {value}\r\n" for name, value in signed(BODY).items())
    request = f"POST //x HTTP/1.1\r\nHost: a\r\n{head}Content-Length: 8\r\n\r\n".encode() + BODY
    answers = []
    for sent in (request, request[:-1]):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(sent)
        writer.write_eof()
        answers.append(await reader.read())
        writer.close()

    assert answers[0].startswith(b"HTTP/1.1 200 ")
    assert answers[1].startswith(b"HTTP/1.1 400 ")
    assert [kept.delivery.path for kept in server.kept] == ["//x"]


async def test_more_bytes_than_may_be_held_are_refused_until_they_are_let_go(
    serve, client, signed, monkeypatch
):
    monkeypatch.setattr(server_module, "_MOST_BYTES", 1000)
    server = await serve()

    async def send(size):
        body = b"x" * size
        async with client.post(server.url, data=body, headers=signed(body)) as response:
            return response.status

    assert [await send(size) for size in (900, 1001, 900)] == [200, 503, 200]


async def test_a_request_that_is_under_way_at_the_end_is_still_answered(path, config, signed, until):
    async with contextlib.AsyncExitStack() as stack:
        receiver = await stack.enter_async_context(server_module.Receiver.open(config(), print))
        async with server_module.serving(receiver, config(grace=5)) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            stack.callback(writer.close)
            headers = "".join(f"{name}: {value}\r\n" for name, value in signed(BODY).items())
            head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\n{headers}\r\n"
            writer.write(head.encode() + BODY[:1])
            await until(lambda: receiver._held)
            asyncio.get_running_loop().call_later(0.05, writer.write, BODY[1:])

        assert (await reader.read()).startswith(b"HTTP/1.1 200 ")


async def test_a_request_that_does_not_come_to_an_end_is_broken_off_after_the_grace(path, config):
    async with server_module.Receiver.open(config(), print) as receiver:
        async with server_module.serving(receiver, config(grace=0.1)) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1")
            await writer.drain()

        assert await reader.read() == b""
        writer.close()


async def test_a_port_that_is_taken_is_told_with_the_way_out(path, config):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with server_module.Receiver.open(config(), print) as receiver:
            with pytest.raises(ReceiverError, match=f"Port {port} is taken") as caught:
                async with server_module.serving(receiver, config(port=port)):
                    pass

    assert "--port 0" in caught.value.hint


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
async def test_a_host_that_is_not_this_machine_is_told_in_plain_words(path, config, host):
    async with server_module.Receiver.open(config(), print) as receiver:
        with pytest.raises(ReceiverError, match=f"cannot listen on {host}"):
            async with server_module.serving(receiver, config(host=host)):
                pass
