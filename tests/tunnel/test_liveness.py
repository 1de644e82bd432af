"""Pings over real sockets: through the stand-in's edge, and to other servers."""

import asyncio
import contextlib
import socket

import pytest
import trustme
from aiohttp import web
from pydantic import SecretStr

from devhook.receiver.protocol import PING
from devhook.tunnel.diagnosis import PingFailed, Why
from devhook.tunnel.liveness import Clocks, MachineWoke, Pinger, PingSucceeded
from devhook.tunnel.ngrok.settings import NgrokSettings
from devhook.tunnel.ngrok.tunnel import open_tunnel

KEY = SecretStr("the run's own key")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextlib.asynccontextmanager
async def serving(answer):
    """An HTTP server that is not devhook; yields its address."""
    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def talking(talk):
    """A server that sends anything; yields its address."""

    async def take(_, writer):
        await talk(writer)
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def ping(url, key=KEY, **options):
    return await Pinger(lambda: url, key, **options).ping()


async def test_a_ping_through_the_tunnel_comes_back_and_is_not_kept(ngrok, settings, receiver, kept):
    async with open_tunnel(receiver.url, settings) as tunnel:
        ping_result = await ping(f"{tunnel.url}/hooks", receiver.config.ping_key)

    assert isinstance(ping_result, PingSucceeded)
    assert 0 < ping_result.milliseconds < 10_000
    assert kept() == []


@pytest.fixture
def edge(ngrok, tmp_path, monkeypatch):
    """The stand-in's edge behind TLS, at a name that only its proxy resolves."""
    authority = trustme.CA()
    certificate = tmp_path / "edge.pem"
    authority.issue_cert("acme-demo.ngrok-free.dev").private_key_and_cert_chain_pem.write_to_path(
        str(certificate)
    )
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    port = free_port()
    ngrok.plays(url="https://acme-demo.ngrok-free.dev", edge=port, certificate=str(certificate))
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))


async def test_a_ping_goes_through_the_proxy_of_the_environment_and_trusts_its_certificates_alone(
    edge, settings, receiver, monkeypatch
):
    async with open_tunnel(receiver.url, settings) as tunnel:
        trusted = await ping(tunnel.url, receiver.config.ping_key)
        monkeypatch.delenv("SSL_CERT_FILE")
        untrusted = await ping(tunnel.url, receiver.config.ping_key)

    assert tunnel.url == "https://acme-demo.ngrok-free.dev"
    assert isinstance(trusted, PingSucceeded)
    assert untrusted.why is Why.TLS
    assert "certificate" in untrusted.message


async def test_a_tunnel_that_lost_its_session_is_told_from_one_whose_receiver_is_gone(
    ngrok, settings, receiver
):
    async with open_tunnel(receiver.url, settings) as tunnel:
        await ngrok.does(drop=30)
        await tunnel.events.get()
        offline = await ping(tunnel.url, receiver.config.ping_key)
    ngrok.plays()
    async with open_tunnel(f"http://127.0.0.1:{free_port()}", settings) as tunnel:
        no_upstream = await ping(tunnel.url, receiver.config.ping_key)

    assert (offline.why, no_upstream.why) == (Why.TUNNEL, Why.TUNNEL)
    assert "no agent is connected to the address" in offline.message
    assert "ERR_NGROK_3200" in offline.message
    assert "nothing listens where it leads to" in no_upstream.message
    assert "ERR_NGROK_8012" in no_upstream.message


async def test_an_error_page_of_ngrok_is_recognised_by_its_text():
    async def answer(_):
        return web.Response(status=502, text="<html>ERR_NGROK_3004</html>")

    async with serving(answer) as url:
        ping_result = await ping(url)

    assert ping_result.why is Why.TUNNEL
    assert "does not answer in HTTP" in ping_result.message


@pytest.mark.parametrize("status", [200, 204, 301, 404, 500])
async def test_another_servers_answer_is_not_mistaken_for_the_receivers(status):
    async def answer(_):
        headers = {
            "Server": "nginx/1.2",
            "X-Devhook-Pong": "0" * 64,
            "Location": "https://elsewhere.example/",
        }
        return web.Response(status=status, headers=headers)

    async with serving(answer) as url:
        ping_result = await ping(url)

    assert ping_result.why is Why.OTHER_SERVER
    assert f"answered with {status} by nginx/1.2, but not by this devhook" in ping_result.message


async def test_foreign_text_in_an_answer_cannot_act_on_the_terminal():
    async def talk(writer):
        writer.write(
            b"HTTP/1.1 200 OK\r\nServer: x\x1b]52;c;aGk=\x07\xe2\x80\xae\r\nContent-Length: 0\r\n\r\n"
        )
        await writer.drain()

    async with talking(talk) as url:
        ping_result = await ping(url)

    assert isinstance(ping_result, PingFailed)
    assert ping_result.message.isprintable()


async def test_a_refused_connection_is_reported():
    ping_result = await ping(f"http://127.0.0.1:{free_port()}")

    assert ping_result.why is Why.REFUSED


async def test_an_unknown_host_is_reported():
    ping_result = await ping("https://no-such-name.invalid")

    assert ping_result.why is Why.DNS
    assert "no-such-name.invalid" in ping_result.message


async def test_a_server_that_hangs_up_is_reported():
    async def talk(_):
        pass

    async with talking(talk) as url:
        ping_result = await ping(url)

    assert ping_result.why is Why.BROKEN


async def test_a_server_that_says_nothing_is_not_waited_for():
    over = asyncio.Event()

    async def talk(_):
        await over.wait()

    async with talking(talk) as url:
        ping_result = await ping(url, patience=0.1)
        over.set()

    assert ping_result.why is Why.TIMED_OUT
    assert "within 100 ms" in ping_result.message


async def test_a_proxy_that_refuses_is_reported(monkeypatch):
    async def talk(writer):
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with talking(talk) as url:
        monkeypatch.setenv("https_proxy", url)
        monkeypatch.setenv("no_proxy", "")
        ping_result = await ping("https://acme-demo.ngrok-free.dev")

    assert ping_result.why is Why.UNREACHABLE
    assert "proxy" in ping_result.hint


async def test_pings_go_on_can_be_hurried_and_say_since_when_the_address_is_dead(receiver):
    nowhere = f"http://127.0.0.1:{free_port()}"
    address = receiver.url
    results = Pinger(lambda: address, receiver.config.ping_key).results(interval=0.01)

    alive = await anext(results)
    address = nowhere
    first, second = await anext(results), await anext(results)
    address = receiver.url
    again = await anext(results)
    address = nowhere
    third = await anext(results)
    await results.aclose()

    assert (type(alive), type(again)) == (PingSucceeded, PingSucceeded)
    assert first.since == second.since < third.since

    pinger = Pinger(lambda: receiver.url, receiver.config.ping_key)
    results = pinger.results(interval=3600)
    await anext(results)
    asyncio.get_running_loop().call_later(0.05, pinger.hurry)
    assert isinstance(await anext(results), PingSucceeded)
    await results.aclose()

    stranger = await ping(receiver.url, SecretStr("the key of another run"))
    assert stranger.why is Why.OTHER_SERVER


class Machine:
    """Clocks of a machine that can be put to sleep."""

    def __init__(self):
        self.loop = asyncio.get_running_loop()
        self.began = self.loop.time()
        self.slept = 0.0
        self.stopped = 0.0

    @property
    def clocks(self):
        return Clocks(
            wall=lambda: 1e9 + self.loop.time() - self.began + self.slept + self.stopped,
            awake=lambda: self.loop.time() - self.began + self.stopped,
        )


@pytest.mark.thorough
async def test_a_machine_that_wakes_pings_at_once_and_says_how_long_it_slept(receiver):
    for how in ("slept", "stopped"):
        machine = Machine()
        pinger = Pinger(lambda: receiver.url, receiver.config.ping_key, clocks=machine.clocks)
        results = pinger.results(interval=3600)

        first = await anext(results)
        asyncio.get_running_loop().call_later(0.1, setattr, machine, how, 3600.0)
        woke = await anext(results)
        again = await anext(results)
        await results.aclose()

        assert isinstance(first, PingSucceeded)
        assert isinstance(woke, MachineWoke)
        assert "1:00:0" in woke.message
        assert isinstance(again, PingSucceeded)


async def test_each_ping_has_its_own_content():
    pings = []

    async def answer(request):
        pings.append(request.headers[PING])
        return web.Response()

    async with serving(answer) as url:
        await ping(url)
        await ping(url)

    assert len(set(pings)) == 2
    assert all(KEY.get_secret_value() not in sent for sent in pings)


def test_a_start_timeout_of_zero_is_rejected():
    with pytest.raises(ValueError, match="greater than 0"):
        NgrokSettings(start_timeout=0)
