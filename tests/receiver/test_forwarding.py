import asyncio
import contextlib

import pytest
from aiohttp import web
from yarl import URL

from devhook.inbox.database import Inbox
from devhook.receiver import forwarding
from devhook.receiver import server as server_module
from devhook.receiver.protocol import FaultsLeft
from devhook.receiver.targets import Target, targets_of
from devhook.sender.client import Sender
from devhook.webhook.answer import Failure
from devhook.webhook.answer_fault import parse_fault

BODY = b'{"id":1,"note":"caf\xc3\xa9 \\/"}'


class App:
    """The developer's app: what it was sent, and how it answers."""

    def __init__(self):
        self.url = ""
        self.got = []
        self.status = 200
        self.gate = asyncio.Event()
        self.gate.set()

    async def handle(self, request):
        headers = [(name.decode(), value.decode("latin-1")) for name, value in request.raw_headers]
        self.got.append((request.method, request.raw_path, headers, await request.read()))
        await self.gate.wait()
        return web.Response(
            status=self.status,
            text="from the app",
            headers={"X-App": "1", "Location": "/elsewhere"},
            content_type="text/x-app",
        )


@pytest.fixture
async def app(unused_tcp_port):
    async with contextlib.AsyncExitStack() as stack:
        made = App()
        runner = web.ServerRunner(web.Server(made.handle), shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
        made.url = f"http://127.0.0.1:{unused_tcp_port}"
        yield made


@pytest.fixture
def answers(path):
    """What the targets answered, as it is on disk: a list for each delivery."""

    def told():
        with Inbox.open(path) as inbox:
            return [[each.answer for each in inbox.answers(row.id)] for row in inbox.rows()]

    return told


def statuses(path):
    with Inbox.open(path) as inbox:
        return [row.status for row in inbox.rows()]


async def test_a_delivery_is_forwarded_byte_for_byte_and_the_answer_kept(
    serve, client, signed, app, answers, until
):
    server = await serve(targets=(Target(url=app.url),))
    headers = signed(BODY, **{"x-ODD": "caf\u00e9", "Host": "acme.ngrok.app"})
    url = URL(f"{server.url}/hooks?a=%2F", encoded=True)

    async with client.post(url, data=BODY, headers=headers) as response:
        assert (response.status, await response.read()) == (200, b"")

    await until(lambda: answers() and answers()[0])
    ((method, path, got, body),) = app.got
    ((answer,),) = answers()
    sent = dict(got)
    assert (method, path, body) == ("POST", "/hooks?a=%2F", BODY)
    assert sent["X-Shopify-Hmac-Sha256"] == headers["X-Shopify-Hmac-Sha256"]
    assert sent["x-ODD"] == "caf\u00e9".encode().decode("latin-1")
    assert sent["Host"] == app.url.removeprefix("http://")
    assert (answer.status, answer.body, dict(answer.headers)["X-App"]) == (200, b"from the app", "1")
    assert answer.failure is None


async def test_what_the_app_answers_to_a_wrong_signature_is_kept(serve, client, app, answers, until):
    server = await serve(targets=(Target(url=app.url),), forward="all")
    app.status = 401

    async with client.post(server.url, data=BODY) as response:
        assert response.status == 401

    await until(lambda: answers() and answers()[0])
    assert answers()[0][0].status == 401


async def test_the_sender_does_not_wait_for_the_target(serve, client, signed, app, answers, until):
    server = await serve(targets=(Target(url=app.url),))
    app.gate.clear()

    async with client.post(server.url, data=BODY, headers=signed(BODY)) as response:
        assert response.status == 200

    assert answers() == [[]]
    app.gate.set()
    await until(lambda: answers()[0])


async def test_a_redirect_is_shown_and_not_followed(serve, client, signed, app, answers, until):
    server = await serve(targets=(Target(url=app.url),))
    app.status = 302

    async with client.post(server.url, data=BODY, headers=signed(BODY)) as response:
        assert response.status == 200

    await until(lambda: answers()[0])
    assert answers()[0][0].status == 302
    assert len(app.got) == 1


async def test_a_target_that_is_down_costs_nothing_but_its_answer(
    serve, client, signed, answers, until, unused_tcp_port
):
    server = await serve(targets=(Target(url=f"http://127.0.0.1:{unused_tcp_port}"),))

    async with client.post(server.url, data=BODY, headers=signed(BODY)) as response:
        assert response.status == 200

    await until(lambda: answers()[0])
    assert answers()[0][0].failure is Failure.REFUSED
    assert server.notices == []


async def test_each_route_gets_its_topics(serve, client, signed, app, until):
    targets = (
        Target(url=f"{app.url}/paid", topics=("orders/paid",)),
        Target(url=f"{app.url}/also-paid", topics=("orders/p*",)),
        Target(url=f"{app.url}/rest"),
    )
    server = await serve(targets=targets)

    for topic in ("orders/paid", "products/update"):
        headers = signed(BODY) | {"X-Shopify-Topic": topic}
        async with client.post(server.url, data=BODY, headers=headers) as response:
            assert response.status == 200

    await until(lambda: len(app.got) == 3)
    assert sorted(path for _, path, _, _ in app.got) == ["/also-paid", "/paid", "/rest"]


async def test_a_sender_who_waits_for_the_target_is_told_what_it_answers(
    serve, client, signed, app, path, answers, until
):
    server = await serve(targets=(Target(url=app.url),), wait_for_target=True)
    app.status = 422

    async with client.post(server.url, data=BODY, headers=signed(BODY)) as response:
        told = (response.status, await response.text(), response.content_type)

    assert told == (422, "from the app", "text/x-app")
    await until(lambda: statuses(path) == [422])
    assert answers()[0][0].status == 422


async def test_a_sender_who_waits_is_answered_in_time_and_the_target_all_the_same_noted(
    serve, client, signed, app, path, answers, until, monkeypatch
):
    monkeypatch.setattr(server_module, "_PATIENCE_WITH_TARGET", 0.05)
    server = await serve(targets=(Target(url=app.url),), wait_for_target=True)
    app.gate.clear()

    async with client.post(server.url, data=BODY, headers=signed(BODY)) as response:
        assert response.status == 504

    app.gate.set()
    await until(lambda: answers()[0])
    await until(lambda: statuses(path) == [504])
    assert answers()[0][0].status == 200


async def test_a_target_that_is_down_is_502_to_a_sender_who_waits(
    serve, client, signed, path, until, unused_tcp_port
):
    server = await serve(targets=(Target(url=f"http://127.0.0.1:{unused_tcp_port}"),), wait_for_target=True)

    async with client.post(server.url, data=BODY, headers=signed(BODY)) as response:
        assert response.status == 502

    await until(lambda: statuses(path) == [502])


async def test_without_a_target_for_the_topic_nobody_waits(serve, client, signed, app):
    targets = (Target(url=app.url, topics=("products/*",)),)
    server = await serve(targets=targets, wait_for_target=True)

    async with client.post(server.url, data=BODY, headers=signed(BODY)) as response:
        assert (response.status, app.got) == (200, [])


async def test_a_wrong_signature_is_401_whatever_the_target_says(serve, client, app):
    server = await serve(targets=(Target(url=app.url),), wait_for_target=True)

    async with client.post(server.url, data=BODY) as response:
        assert response.status == 401


async def test_what_does_not_fit_into_memory_is_not_forwarded_and_says_so(
    serve, client, signed, app, answers, until, monkeypatch
):
    monkeypatch.setattr(forwarding, "_MOST_WAITING", 1)
    server = await serve(targets=(Target(url=app.url),))
    app.gate.clear()

    for _ in range(2):
        async with client.post(server.url, data=BODY, headers=signed(BODY)) as response:
            assert response.status == 200

    await until(lambda: answers()[1])
    assert answers()[1][0].failure is Failure.UNSENDABLE
    app.gate.set()
    await until(lambda: answers()[0])
    assert answers()[0][0].status == 200


async def test_what_is_under_way_at_the_end_is_noted(path, config, client, signed, app, answers):
    app.gate.clear()
    told = config(targets=(Target(url=app.url),), grace=0.05)
    async with (
        server_module.Receiver.open(told, print) as receiver,
        server_module.serving(receiver, told) as port,
        client.post(f"http://127.0.0.1:{port}", data=BODY, headers=signed(BODY)) as response,
    ):
        assert response.status == 200

    app.gate.set()
    ((answer,),) = answers()
    assert answer.error == "devhook ended before the target answered."


async def test_a_fault_is_answered_so_many_times_and_told_how_many_are_left(serve, client, signed, path):
    server = await serve(faults=(parse_fault("503x2"),))

    got = []
    for _ in range(3):
        async with client.post(server.url, data=BODY, headers=signed(BODY)) as response:
            got.append(response.status)

    assert got == [503, 503, 200]
    assert server.notices == [FaultsLeft(faults=("503x1",)), FaultsLeft(faults=())]
    assert statuses(path) == [503, 503, 200]


async def test_a_dropped_connection_gets_no_byte_and_the_delivery_is_kept(serve, signed, path):
    server = await serve(faults=(parse_fault("dropx1"),))
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed(BODY).items())
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\n{headers}\r\n".encode()

    try:
        answer = await server.say(head + BODY)
    except ConnectionResetError:
        answer = b""

    assert answer == b""
    assert statuses(path) == [0]


async def test_a_slow_answer_is_late_and_right(serve, client, signed):
    server = await serve(faults=(parse_fault("slow:0.2s"),))
    loop = asyncio.get_running_loop()
    began = loop.time()

    async with client.post(server.url, data=BODY, headers=signed(BODY)) as response:
        assert response.status == 200

    assert loop.time() - began >= 0.2


async def test_a_delivery_that_is_not_signed_right_uses_no_fault_up(serve, client, signed):
    server = await serve(faults=(parse_fault("500x1"),))

    async with client.post(server.url, data=BODY) as response:
        assert response.status == 401
    async with client.post(server.url, data=BODY, headers=signed(BODY)) as response:
        assert response.status == 500


async def test_faults_may_be_taken_away_while_it_runs(serve, client, signed):
    server = await serve(faults=(parse_fault("500"),))

    server.receiver.answer_with(())
    async with client.post(server.url, data=BODY, headers=signed(BODY)) as response:
        assert response.status == 200


async def test_what_devhook_sends_itself_is_known_by_its_proof(serve, client, signed, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    server = await serve()

    async with Sender() as sender:
        for mark in ("replay", "forged", "shopify"):
            headers = [*signed(BODY).items(), ("X-Devhook-Origin", mark)]
            assert (await sender.send(server.url, headers, BODY)).status == 200
    (proof,) = {name: value for name, value in server.kept[0].delivery.headers if "Proof" in name}.values()
    # A stranger has no key, and the proof of another body proves nothing.
    for stranger, body in (({}, BODY), ({"X-Devhook-Proof": proof}, b'{"id":2}')):
        marked = signed(body) | {"X-Devhook-Origin": "replay"} | stranger
        async with client.post(server.url, data=body, headers=marked) as response:
            assert response.status == 200

    assert [kept.origin for kept in server.kept] == ["replay", "forged", "shopify", "shopify", "shopify"]


@pytest.mark.parametrize(("forward", "bodies"), [("trusted", [b"1"]), ("all", [b"1", b"2", b"3"])])
async def test_a_wrong_or_missing_signature_is_forwarded_only_where_all_are(
    serve, client, signed, app, forward, bodies, until
):
    server = await serve(targets=(Target(url=app.url),), forward=forward)

    for body, headers in ((b"1", signed(b"1")), (b"2", signed(b"1")), (b"3", {})):
        async with client.post(server.url, data=body, headers=headers) as response:
            assert response.status == (200 if body == b"1" else 401)
    await until(lambda: len(app.got) >= len(bodies))

    assert sorted(body for _, _, _, body in app.got) == bodies


async def test_a_forwarded_delivery_gets_no_proof_of_ours(serve, client, signed, app, until):
    server = await serve(targets=(Target(url=app.url),))

    async with client.post(
        server.url, data=BODY, headers=signed(BODY) | {"X-Devhook-Origin": "replay"}
    ) as response:
        assert response.status == 200
    await until(lambda: app.got)

    assert "X-Devhook-Proof" not in dict(app.got[0][2])


EVERYTHING = Target(url="http://localhost:3000")
ORDERS = Target(url="http://localhost:3001/orders", topics=("orders/*",))
PAID = Target(url="http://localhost:3002/paid", topics=("orders/paid", "refunds/create"))


def test_a_target_without_topics_gets_what_nobody_asks_for():
    targets = (EVERYTHING, ORDERS, PAID)

    assert targets_of(targets, "products/update") == (EVERYTHING,)
    assert targets_of(targets, None) == (EVERYTHING,)
    assert targets_of(targets, "orders/updated") == (ORDERS,)
    assert targets_of(targets, "orders/paid") == (ORDERS, PAID)
    assert targets_of((ORDERS,), "products/update") == ()


@pytest.mark.parametrize(
    ("url", "path", "address"),
    [
        ("http://localhost:3000", "/hooks?a=1", "http://localhost:3000/hooks?a=1"),
        ("http://localhost:3000/", "/", "http://localhost:3000/"),
        ("http://localhost:3000", "//x?y=//", "http://localhost:3000//x?y=//"),
        ("http://localhost:3000/webhooks", "/hooks?a=1", "http://localhost:3000/webhooks"),
        ("http://localhost:3000/?secret=1", "/hooks", "http://localhost:3000/?secret=1"),
    ],
)
def test_a_target_without_a_path_gets_the_one_that_a_delivery_came_on(url, path, address):
    assert Target(url=url).address(path) == address


def test_a_target_is_called_by_its_place():
    assert ORDERS.name == "localhost:3001/orders"
    assert EVERYTHING.place == ("localhost", 3000)
    assert Target(url="https://[::1]/x").place == ("::1", 443)
