import socket
import ssl

import httpx
import pytest

from devhook.shop.dead_tunnels import dead_tunnels, is_tunnel


@pytest.fixture
async def client(internet):
    trust = ssl.create_default_context(cafile=str(internet.certificate))
    async with httpx.AsyncClient(proxy=internet.proxy, verify=trust) as opened:
        yield opened


@pytest.mark.parametrize(
    "uri",
    [
        "https://a1b2.ngrok-free.app/hooks",
        "https://acme.ngrok.io",
        "https://loud-fox.trycloudflare.com/x",
        "https://mine.loca.lt/",
        "https://box.tail1234.ts.net/hooks",
    ],
)
def test_an_address_of_a_tunnel_provider_is_recognised(uri):
    assert is_tunnel(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "https://hooks.example.com/",
        "https://ngrok.io.example.com/",
        "https://notngrok.io/",
        "http://a.ngrok.io/",
        "pubsub://project:topic",
        "https://[broken/",
        "",
    ],
)
def test_any_other_address_is_no_tunnel(uri):
    assert not is_tunnel(uri)


async def test_a_dead_tunnel_is_reported_with_its_reason(internet, client):
    internet.answers = {
        "gone.ngrok-free.app": (404, {"Ngrok-Error-Code": "ERR_NGROK_3200"}),
        "quick.trycloudflare.com": (530, {}),
    }

    dead = await dead_tunnels(
        ["https://gone.ngrok-free.app/hooks", "https://quick.trycloudflare.com/hooks"], client
    )

    assert dead == {
        "https://gone.ngrok-free.app/hooks": "ngrok has no agent for it (ERR_NGROK_3200)",
        "https://quick.trycloudflare.com/hooks": "Cloudflare has no tunnel for it (530)",
    }


@pytest.mark.parametrize(
    "answer",
    [
        (200, {}),
        (404, {}),
        (502, {"Ngrok-Error-Code": "ERR_NGROK_8012"}),
        (302, {"Location": "https://elsewhere.ngrok-free.app/"}),
    ],
    ids=["well", "not found", "the app behind it is down", "redirected"],
)
async def test_an_open_tunnel_is_not_dead_whatever_it_answers(internet, client, answer):
    internet.answers = {"box.ngrok-free.app": answer}

    assert await dead_tunnels(["https://box.ngrok-free.app/hooks"], client) == {}
    assert len(internet.asked) == 1


async def test_only_the_front_page_is_asked_once_for_each_host(internet, client):
    internet.answers = {"box.ngrok-free.app": (200, {})}

    await dead_tunnels(["https://box.ngrok-free.app/a", "https://box.ngrok-free.app/b"], client)

    assert internet.asked == [("box.ngrok-free.app", "/")]


async def test_an_address_that_is_no_tunnel_is_not_requested(internet, client):
    internet.answers = {"hooks.example.com": (404, {})}

    assert await dead_tunnels(["https://hooks.example.com/"], client) == {}
    assert internet.asked == []


async def test_an_address_that_a_proxy_cannot_reach_is_not_reported_as_dead(client):
    assert await dead_tunnels(["https://unknown.ngrok-free.app/"], client) == {}


class Unreachable(httpx.AsyncBaseTransport):
    """A broken network: every connection fails for the same reason."""

    def __init__(self, cause):
        self._cause = cause

    async def handle_async_request(self, request):
        raise httpx.ConnectError("no connection", request=request) from self._cause


@pytest.mark.parametrize(
    "cause",
    [ConnectionRefusedError(111, "refused"), socket.gaierror(socket.EAI_NONAME, "no such name")],
    ids=["refused", "no such name"],
)
async def test_a_failure_of_the_local_network_proves_nothing(cause):
    async with httpx.AsyncClient(transport=Unreachable(cause)) as client:
        assert await dead_tunnels(["https://a1b2.ngrok-free.app/hooks"], client) == {}


async def test_a_proxy_that_refuses_connections_makes_no_tunnel_dead():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with httpx.AsyncClient(proxy=f"http://127.0.0.1:{port}") as client:
        assert await dead_tunnels(["https://a1b2.ngrok-free.app/hooks"], client) == {}
